/// The arrays of one layer-norm call; rows are normalised independently.
public struct LayerNormShape: Sendable, Equatable {
    /// Number of rows.
    public var rows: Int
    /// Elements per row.
    public var columns: Int
    /// Added to the variance inside the root.
    public var epsilon: Float

    /// A layer norm over `rows` rows of `columns` elements.
    public init(rows: Int, columns: Int, epsilon: Float) {
        self.rows = rows
        self.columns = columns
        self.epsilon = epsilon
    }
}

extension DeviceOperation {
    /// The operands of `Device.softmax`.
    public struct Softmax: OperationPayload {
        package var input, output: BufferSlice
        package let rows, columns: Int

        package static var name: StaticString { "softmax" }
        package var floatingPointOperations: Int { 5 * rows * columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(rows, columns)
            try operands.take(&input, "input", count)
            try operands.take(&output, "output", count)
        }
    }

    /// The operands of `Device.softmaxBackward`.
    public struct SoftmaxBackward: OperationPayload {
        package var output, outputGradient, inputGradient: BufferSlice
        package let rows, columns: Int

        package static var name: StaticString { "softmaxBackward" }
        package var floatingPointOperations: Int { 4 * rows * columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(rows, columns)
            try operands.take(&output, "output", count)
            try operands.take(&outputGradient, "outputGradient", count)
            try operands.take(&inputGradient, "inputGradient", count)
        }
    }

    /// The operands of `Device.softmaxCrossEntropy`.
    public struct SoftmaxCrossEntropy: OperationPayload {
        package var logits, targets, losses: BufferSlice
        package var gradient: BufferSlice?
        package let rows, columns: Int
        package let ignoreIndex: Int32

        package static var name: StaticString { "softmaxCrossEntropy" }
        package var floatingPointOperations: Int { 5 * rows * columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(rows, columns)
            try operands.take(&logits, "logits", count)
            try operands.take(&targets, "targets", rows)
            try operands.take(&losses, "losses", rows)
            try operands.take(&gradient, "gradient", count)
        }
    }

    /// The operands of `Device.layerNorm`.
    public struct LayerNorm: OperationPayload {
        package var input, gamma, beta, output, mean, reciprocalDeviation: BufferSlice
        package let shape: LayerNormShape

        package static var name: StaticString { "layerNorm" }
        package var floatingPointOperations: Int { 8 * shape.rows * shape.columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(shape.rows, shape.columns)
            try operands.take(&input, "input", count)
            try operands.take(&gamma, "gamma", shape.columns)
            try operands.take(&beta, "beta", shape.columns)
            try operands.take(&output, "output", count)
            try operands.take(&mean, "mean", shape.rows)
            try operands.take(&reciprocalDeviation, "reciprocalDeviation", shape.rows)
        }
    }

    /// The operands of `Device.layerNormBackward`.
    public struct LayerNormBackward: OperationPayload {
        package var input, gamma, mean, reciprocalDeviation, outputGradient, inputGradient,
            gammaGradient, betaGradient: BufferSlice
        package let shape: LayerNormShape

        package static var name: StaticString { "layerNormBackward" }
        package var floatingPointOperations: Int { 14 * shape.rows * shape.columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(shape.rows, shape.columns)
            try operands.take(&input, "input", count)
            try operands.take(&gamma, "gamma", shape.columns)
            try operands.take(&mean, "mean", shape.rows)
            try operands.take(&reciprocalDeviation, "reciprocalDeviation", shape.rows)
            try operands.take(&outputGradient, "outputGradient", count)
            try operands.take(&inputGradient, "inputGradient", count)
            try operands.take(&gammaGradient, "gammaGradient", shape.columns)
            try operands.take(&betaGradient, "betaGradient", shape.columns)
        }
    }

    /// The operands of `Device.l2Normalize`.
    public struct L2Normalize: OperationPayload {
        package var input, output, norms: BufferSlice
        package let rows, columns: Int
        package let epsilon: Float

        package static var name: StaticString { "l2Normalize" }
        package var floatingPointOperations: Int { 3 * rows * columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(rows, columns)
            try operands.take(&input, "input", count)
            try operands.take(&output, "output", count)
            try operands.take(&norms, "norms", rows)
        }
    }

    /// The operands of `Device.l2NormalizeBackward`.
    public struct L2NormalizeBackward: OperationPayload {
        package var output, norms, outputGradient, inputGradient: BufferSlice
        package let rows, columns: Int
        package let epsilon: Float

        package static var name: StaticString { "l2NormalizeBackward" }
        package var floatingPointOperations: Int { 5 * rows * columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(rows, columns)
            try operands.take(&output, "output", count)
            try operands.take(&norms, "norms", rows)
            try operands.take(&outputGradient, "outputGradient", count)
            try operands.take(&inputGradient, "inputGradient", count)
        }
    }
}

/// Row-wise normalisations and losses.
///
/// Fused: the default implementations are made of primitives.
extension Device {
    /// `output[r, :] = softmax(input[r, :])`, the row maximum subtracted first; `[rows, columns]`.
    ///
    /// In place allowed.
    public func softmax(input: BufferSlice, output: BufferSlice, rows: Int, columns: Int)
        throws(DeviceError)
    {
        try issue(
            DeviceOperation.Softmax(input: input, output: output, rows: rows, columns: columns))
    }

    /// `inputGradient[r, c] = y[r, c] * (g[r, c] - sum_j g[r, j] y[r, j])` with `y = output`, `g = outputGradient`.
    ///
    /// `inputGradient` may be the same slice as `outputGradient`.
    public func softmaxBackward(
        output: BufferSlice, outputGradient: BufferSlice, inputGradient: BufferSlice, rows: Int,
        columns: Int
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.SoftmaxBackward(
                output: output, outputGradient: outputGradient, inputGradient: inputGradient,
                rows: rows, columns: columns))
    }

    /// Softmax and cross-entropy in one: `losses[r] = logsumexp(logits[r, :]) - logits[r, targets[r]]` and, when wanted,
    /// `gradient[r, :] = softmax(logits[r, :]) - onehot(targets[r])`.
    ///
    /// logits and gradient `[rows, columns]`, targets `Int32 [rows]`, losses `[rows]`. A row whose target equals
    /// `ignoreIndex` gives loss 0 and gradient 0. Another target outside `0..<columns` gives a loss that is NaN.
    public func softmaxCrossEntropy(
        logits: BufferSlice, targets: BufferSlice, losses: BufferSlice, gradient: BufferSlice?,
        rows: Int, columns: Int, ignoreIndex: Int32
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.SoftmaxCrossEntropy(
                logits: logits, targets: targets, losses: losses, gradient: gradient, rows: rows,
                columns: columns, ignoreIndex: ignoreIndex))
    }

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
