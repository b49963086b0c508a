/// Functions of one element.
///
/// Raw values are shared with the kernels.
public enum UnaryOperation: Int32, Sendable, CaseIterable {
    /// `-x`
    case negate = 0
    /// `e^x`
    case exponential = 1
    /// Natural logarithm.
    case logarithm = 2
    /// `sqrt(x)`
    case squareRoot = 3
    /// `x * x`
    case square = 4
    /// `1 / x`
    case reciprocal = 5
    /// `|x|`, derivative 0 at 0 and at NaN.
    case absolute = 6
    /// `max(x, 0)`, derivative 0 at 0.
    case relu = 7
    /// `1 / (1 + e^-x)`
    case sigmoid = 8
    /// Hyperbolic tangent.
    case tanh = 9
    /// Exact GELU: `0.5 x (1 + erf(x / sqrt 2))`; NaN at -infinity, as in PyTorch.
    case gelu = 10
    /// `log(1 + e^x)`, computed as `max(x, 0) + log1p(e^-|x|)`.
    case softplus = 11
    /// `x * sigmoid(x)`; NaN at -infinity, as in PyTorch.
    case silu = 12
}

/// Functions of two elements.
///
/// Raw values are shared with the kernels.
public enum BinaryOperation: Int32, Sendable, CaseIterable {
    /// `a + b`
    case add = 0
    /// `a - b`
    case subtract = 1
    /// `a * b`
    case multiply = 2
    /// `a / b`
    case divide = 3
    /// The larger of the two; NaN if either is NaN.
    case maximum = 4
}

/// How a vector is spread over a matrix `[R, C]`.
///
/// Raw values are shared with the kernels.
public enum BroadcastAxis: Int32, Sendable, CaseIterable {
    /// A vector `[C]`: element `c` meets every element of column `c` (the vector is repeated on every row).
    case perColumn = 0
    /// A vector `[R]`: element `r` meets every element of row `r`.
    case perRow = 1
}

extension DeviceOperation {
    /// The operands of `Device.unary`.
    public struct Unary: OperationPayload {
        package let operation: UnaryOperation
        package var input, output: BufferSlice

        package static var name: StaticString { "unary" }
        package var floatingPointOperations: Int { output.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&input, "input", output.count)
            try operands.take(&output, "output", output.count)
        }
    }

    /// The operands of `Device.unaryBackward`.
    public struct UnaryBackward: OperationPayload {
        package let operation: UnaryOperation
        package var input, output, outputGradient, inputGradient: BufferSlice

        package static var name: StaticString { "unaryBackward" }
        package var floatingPointOperations: Int { 2 * inputGradient.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = inputGradient.count
            try operands.take(&input, "input", count)
            try operands.take(&output, "output", count)
            try operands.take(&outputGradient, "outputGradient", count)
            try operands.take(&inputGradient, "inputGradient", count)
        }
    }

    /// The operands of `Device.binary`.
    public struct Binary: OperationPayload {
        package let operation: BinaryOperation
        package var left, right, output: BufferSlice

        package static var name: StaticString { "binary" }
        package var floatingPointOperations: Int { output.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&left, "left", output.count)
            try operands.take(&right, "right", output.count)
            try operands.take(&output, "output", output.count)
        }
    }

    /// The operands of `Device.binaryBroadcast`.
    public struct BinaryBroadcast: OperationPayload {
        package let operation: BinaryOperation
        package var matrix, vector: BufferSlice
        package let axis: BroadcastAxis
        package var output: BufferSlice
        package let rows, columns: Int

        package static var name: StaticString { "binaryBroadcast" }
        package var floatingPointOperations: Int { rows * columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(rows, columns)
            try operands.take(&matrix, "matrix", count)
            try operands.take(&vector, "vector", axis == .perColumn ? columns : rows)
            try operands.take(&output, "output", count)
        }
    }

    /// The operands of `Device.affine`.
    public struct Affine: OperationPayload {
        package var input, output: BufferSlice
        package let scale, offset: Float

        package static var name: StaticString { "affine" }
        package var floatingPointOperations: Int { 2 * output.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&input, "input", output.count)
            try operands.take(&output, "output", output.count)
        }
    }

    /// The operands of `Device.axpy`.
    public struct Axpy: OperationPayload {
        package let alpha: Float
        package var x, y: BufferSlice

        package static var name: StaticString { "axpy" }
        package var floatingPointOperations: Int { 2 * y.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&x, "x", y.count)
            try operands.take(&y, "y", y.count)
        }
    }
}

/// Element-wise arithmetic.
///
/// Primitives: every device implements them. All may run in place.
extension Device {
    /// `output[i] = operation(input[i])`; input and output `[n]`.
    public func unary(_ operation: UnaryOperation, input: BufferSlice, output: BufferSlice) throws(DeviceError) {
        try issue(DeviceOperation.Unary(operation: operation, input: input, output: output))
    }

    /// `inputGradient[i] = outputGradient[i] * operation'(input[i])`; all `[n]`.
    ///
    /// `input` and `output` are those of the forward call. For `relu`, `sigmoid` and `tanh` the result depends on
    /// `output` alone or is the same from either, so a caller that no longer has the input passes `output` twice.
    /// `inputGradient` may be the same slice as `outputGradient`.
    public func unaryBackward(_ operation: UnaryOperation, input: BufferSlice, output: BufferSlice, outputGradient: BufferSlice, inputGradient: BufferSlice) throws(DeviceError) {
        try issue(DeviceOperation.UnaryBackward(operation: operation, input: input, output: output, outputGradient: outputGradient, inputGradient: inputGradient))
    }

    /// `output[i] = operation(left[i], right[i])`; all `[n]`.
    public func binary(_ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice) throws(DeviceError) {
        try issue(DeviceOperation.Binary(operation: operation, left: left, right: right, output: output))
    }

    /// `output[r, c] = operation(matrix[r, c], vector[c])` (`perColumn`) or `operation(matrix[r, c], vector[r])`
    /// (`perRow`); matrix and output `[rows, columns]`.
    public func binaryBroadcast(_ operation: BinaryOperation, matrix: BufferSlice, vector: BufferSlice, axis: BroadcastAxis, output: BufferSlice, rows: Int, columns: Int) throws(DeviceError) {
        try issue(DeviceOperation.BinaryBroadcast(operation: operation, matrix: matrix, vector: vector, axis: axis, output: output, rows: rows, columns: columns))
    }

    /// `output[i] = scale * input[i] + offset`; all `[n]`. With `scale` 1 and `offset` 0 this is a copy.
    public func affine(input: BufferSlice, output: BufferSlice, scale: Float, offset: Float) throws(DeviceError) {
        try issue(DeviceOperation.Affine(input: input, output: output, scale: scale, offset: offset))
    }

    /// `y[i] += alpha * x[i]`; both `[n]`.
    public func axpy(alpha: Float, x: BufferSlice, y: BufferSlice) throws(DeviceError) {
        try issue(DeviceOperation.Axpy(alpha: alpha, x: x, y: y))
    }
}
