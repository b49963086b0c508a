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

/// Element-wise arithmetic.
///
/// Primitives: every device implements them. All may run in place.
public protocol ElementWiseOperations {
    /// `output[i] = operation(input[i])`; input and output `[n]`.
    func unary(_ operation: UnaryOperation, input: BufferSlice, output: BufferSlice)
        throws(DeviceError)

    /// `inputGradient[i] = outputGradient[i] * operation'(input[i])`; all `[n]`.
    ///
    /// `input` and `output` are those of the forward call. For `relu`, `sigmoid` and `tanh` the result depends on
    /// `output` alone or is the same from either, so a caller that no longer has the input passes `output` twice.
    /// `inputGradient` may be the same slice as `outputGradient`.
    func unaryBackward(
        _ operation: UnaryOperation, input: BufferSlice, output: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice) throws(DeviceError)

    /// `output[i] = operation(left[i], right[i])`; all `[n]`.
    func binary(
        _ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice)
        throws(DeviceError)

    /// `output[r, c] = operation(matrix[r, c], vector[c])` (`perColumn`) or `operation(matrix[r, c], vector[r])`
    /// (`perRow`); matrix and output `[rows, columns]`.
    func binaryBroadcast(
        _ operation: BinaryOperation, matrix: BufferSlice, vector: BufferSlice, axis: BroadcastAxis,
        output: BufferSlice, rows: Int, columns: Int) throws(DeviceError)

    /// `output[i] = scale * input[i] + offset`; all `[n]`. With `scale` 1 and `offset` 0 this is a copy.
    func affine(input: BufferSlice, output: BufferSlice, scale: Float, offset: Float)
        throws(DeviceError)

    /// `y[i] += alpha * x[i]`; both `[n]`.
    func axpy(alpha: Float, x: BufferSlice, y: BufferSlice) throws(DeviceError)
}
