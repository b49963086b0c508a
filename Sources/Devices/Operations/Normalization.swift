/// The sizes of one layer norm or RMS norm; rows are normalised independently.
public struct LayerNormShape: Sendable, Equatable {
    /// Number of rows.
    public var rows: Int
    /// Elements per row.
    public var columns: Int
    /// Added to the variance (RMS norm: to the mean square) inside the root.
    public var epsilon: Float

    /// A layer norm over `rows` rows of `columns` elements.
    public init(rows: Int, columns: Int, epsilon: Float) {
        self.rows = rows
        self.columns = columns
        self.epsilon = epsilon
    }
}

extension DeviceOperation {
    /// The operands of `Device.layerNorm`.
    public struct LayerNorm: OperationPayload {
        package var input, gamma, beta, output, mean, reciprocalDeviation: BufferSlice
        package let shape: LayerNormShape

        package var floatingPointOperations: Int { 8 * shape.rows * shape.columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(shape.rows, shape.columns)
            try operands.take(&input, "input", count)
            try operands.take(&gamma, "gamma", &beta, "beta", shape.columns)
            try operands.take(&output, "output", count)
            try operands.take(
                &mean, "mean", &reciprocalDeviation, "reciprocalDeviation", shape.rows)
        }
    }

    /// The operands of `Device.layerNormBackward`.
    public struct LayerNormBackward: OperationPayload {
        package var input, gamma, mean, reciprocalDeviation, outputGradient, inputGradient,
            gammaGradient, betaGradient: BufferSlice
        package let shape: LayerNormShape

        package var floatingPointOperations: Int { 14 * shape.rows * shape.columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(shape.rows, shape.columns)
            try operands.take(&input, "input", count)
            try operands.take(&gamma, "gamma", shape.columns)
            try operands.take(
                &mean, "mean", &reciprocalDeviation, "reciprocalDeviation", shape.rows)
            try operands.take(
                &outputGradient, "outputGradient", &inputGradient, "inputGradient", count)
            try operands.take(
                &gammaGradient, "gammaGradient", &betaGradient, "betaGradient", shape.columns)
        }
    }

    /// The operands of `Device.rmsNorm`.
    public struct RMSNorm: OperationPayload {
        package var input, gamma, output, reciprocalRoot: BufferSlice
        package let shape: LayerNormShape

        package var floatingPointOperations: Int { 4 * shape.rows * shape.columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(shape.rows, shape.columns)
            try operands.take(&input, "input", count)
            try operands.take(&gamma, "gamma", shape.columns)
            try operands.take(&output, "output", count)
            try operands.take(&reciprocalRoot, "reciprocalRoot", shape.rows)
        }
    }

    /// The operands of `Device.rmsNormBackward`.
    public struct RMSNormBackward: OperationPayload {
        package var input, gamma, reciprocalRoot, outputGradient, inputGradient,
            gammaGradient: BufferSlice
        package let shape: LayerNormShape

        package var floatingPointOperations: Int { 9 * shape.rows * shape.columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(shape.rows, shape.columns)
            try operands.take(&input, "input", count)
            try operands.take(&gamma, "gamma", shape.columns)
            try operands.take(&reciprocalRoot, "reciprocalRoot", shape.rows)
            try operands.take(
                &outputGradient, "outputGradient", &inputGradient, "inputGradient", count)
            try operands.take(&gammaGradient, "gammaGradient", shape.columns)
        }
    }

    /// The operands of `Device.l2Normalize`.
    public struct L2Normalize: OperationPayload {
        package var input, output, norms: BufferSlice
        package let rows, columns: Int
        package let epsilon: Float

        package var floatingPointOperations: Int { 3 * rows * columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(rows, columns)
            try operands.take(&input, "input", &output, "output", count)
            try operands.take(&norms, "norms", rows)
        }
    }

    /// The operands of `Device.l2NormalizeBackward`.
    public struct L2NormalizeBackward: OperationPayload {
        package var output, norms, outputGradient, inputGradient: BufferSlice
        package let rows, columns: Int
        package let epsilon: Float

        package var floatingPointOperations: Int { 5 * rows * columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(rows, columns)
            try operands.take(&output, "output", count)
            try operands.take(&norms, "norms", rows)
            try operands.take(
                &outputGradient, "outputGradient", &inputGradient, "inputGradient", count)
        }
    }
}

/// Normalisations over rows.
///
/// Fused: the default implementations are made of primitives.
extension Device {
    /// `output = gamma * (x - mean) * rstd + beta` per row, `rstd = 1 / sqrt(var + epsilon)`, biased variance by two passes.
    ///
    /// input and output `[R, C]`, gamma and beta `[C]`; `mean [R]` and `reciprocalDeviation [R]` are written for the
    /// backward pass.
    public func layerNorm(
        input: BufferSlice, gamma: BufferSlice, beta: BufferSlice, output: BufferSlice,
        mean: BufferSlice, reciprocalDeviation: BufferSlice, _ shape: LayerNormShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.LayerNorm(
                input: input, gamma: gamma, beta: beta, output: output, mean: mean,
                reciprocalDeviation: reciprocalDeviation, shape: shape))
    }

    /// Gradients of `layerNorm`: overwrites `inputGradient [R, C]`, adds to `gammaGradient [C]` and `betaGradient [C]`.
    public func layerNormBackward(
        input: BufferSlice, gamma: BufferSlice, mean: BufferSlice, reciprocalDeviation: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice, gammaGradient: BufferSlice,
        betaGradient: BufferSlice, _ shape: LayerNormShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.LayerNormBackward(
                input: input, gamma: gamma, mean: mean, reciprocalDeviation: reciprocalDeviation,
                outputGradient: outputGradient, inputGradient: inputGradient,
                gammaGradient: gammaGradient, betaGradient: betaGradient, shape: shape))
    }

    /// `output = gamma * x * rrms` per row, `rrms = 1 / sqrt(mean(x^2) + epsilon)`: layer norm without mean and shift.
    ///
    /// input and output `[R, C]`, gamma `[C]`; `reciprocalRoot [R]` is written for the backward pass. In place allowed.
    /// Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
    public func rmsNorm(
        input: BufferSlice, gamma: BufferSlice, output: BufferSlice, reciprocalRoot: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.RMSNorm(
                input: input, gamma: gamma, output: output, reciprocalRoot: reciprocalRoot,
                shape: shape))
    }

    /// Gradients of `rmsNorm`: overwrites `inputGradient [R, C]`, adds to `gammaGradient [C]`.
    ///
    /// `inputGradient` may be the same slice as `outputGradient`.
    public func rmsNormBackward(
        input: BufferSlice, gamma: BufferSlice, reciprocalRoot: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice, gammaGradient: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.RMSNormBackward(
                input: input, gamma: gamma, reciprocalRoot: reciprocalRoot,
                outputGradient: outputGradient, inputGradient: inputGradient,
                gammaGradient: gammaGradient, shape: shape))
    }

    /// `output[r, :] = input[r, :] / norms[r]` with `norms[r] = max(||input[r, :]||, epsilon)`; `[rows, columns]`.
    public func l2Normalize(
        input: BufferSlice, output: BufferSlice, norms: BufferSlice, rows: Int, columns: Int,
        epsilon: Float
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.L2Normalize(
                input: input, output: output, norms: norms, rows: rows, columns: columns,
                epsilon: epsilon))
    }

    /// `inputGradient[r, :] = (g - (g . y) y) / norms[r]`; where the norm was clamped to `epsilon`, `g / epsilon`.
    ///
    /// `output` and `norms` are those of the forward call; `g = outputGradient`.
    public func l2NormalizeBackward(
        output: BufferSlice, norms: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, rows: Int, columns: Int, epsilon: Float
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.L2NormalizeBackward(
                output: output, norms: norms, outputGradient: outputGradient,
                inputGradient: inputGradient, rows: rows, columns: columns, epsilon: epsilon))
    }
}
