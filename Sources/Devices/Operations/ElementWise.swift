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
    /// Sine of an angle in radians.
    case sine = 13
    /// Cosine of an angle in radians.
    case cosine = 14
    /// 1 above 0, -1 below, 0 at 0 and at NaN, as in PyTorch; derivative 0 everywhere.
    case sign = 15
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
    /// The smaller of the two; NaN if either is NaN.
    case minimum = 5
    /// `a^b` as C's `pow`: 1 for `b = 0` even if `a` is NaN; NaN for a negative `a` unless `b` is an integer.
    case power = 6
    /// 1 if `a == b`, otherwise 0. Here as in all comparisons NaN equals nothing and is neither less nor greater.
    case equal = 7
    /// 1 if `a != b`, otherwise 0.
    case notEqual = 8
    /// 1 if `a < b`, otherwise 0.
    case less = 9
    /// 1 if `a <= b`, otherwise 0.
    case lessOrEqual = 10
    /// 1 if `a > b`, otherwise 0.
    case greater = 11
    /// 1 if `a >= b`, otherwise 0.
    case greaterOrEqual = 12
}

/// How a vector is spread over a matrix `[R, C]`.
public enum BroadcastAxis: Sendable, CaseIterable {
    /// A vector `[C]`: element `c` meets every element of column `c` (the vector is repeated on every row).
    case perColumn
    /// A vector `[R]`: element `r` meets every element of row `r`.
    case perRow
}

extension DeviceOperation {
    /// The operands of `Device.unary`.
    public struct Unary: OperationPayload {
        package let operation: UnaryOperation
        package var input, output: BufferSlice

        package var floatingPointOperations: Int { output.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&input, "input", &output, "output", output.count)
        }
    }

    /// The operands of `Device.unaryBackward`.
    public struct UnaryBackward: OperationPayload {
        package let operation: UnaryOperation
        package var input, output, outputGradient, inputGradient: BufferSlice

        package var floatingPointOperations: Int { 2 * inputGradient.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = inputGradient.count
            try operands.take(&input, "input", &output, "output", count)
            try operands.take(
                &outputGradient, "outputGradient", &inputGradient, "inputGradient", count)
        }
    }

    /// The operands of `Device.binary`.
    public struct Binary: OperationPayload {
        package let operation: BinaryOperation
        package var left, right, output: BufferSlice

        package var floatingPointOperations: Int { output.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&left, "left", &right, "right", output.count)
            try operands.take(&output, "output", output.count)
        }
    }

    /// The operands of `Device.binaryBroadcast`.
    public struct BinaryBroadcast: OperationPayload {
        package let operation: BinaryOperation
        package var left, right, output: BufferSlice
        package let shape: StridedShape

        package var floatingPointOperations: Int { shape.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&output, "output", shape)
            try operands.take(&left, "left", shape, operand: 0)
            try operands.take(&right, "right", shape, operand: 1)
        }
    }

    /// The operands of `Device.select`.
    public struct Select: OperationPayload {
        package var condition, ifTrue, ifFalse, output: BufferSlice
        package let shape: StridedShape

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&output, "output", shape)
            try operands.take(&condition, "condition", shape, operand: 0)
            try operands.take(&ifTrue, "ifTrue", shape, operand: 1)
            try operands.take(&ifFalse, "ifFalse", shape, operand: 2)
        }
    }

    /// The operands of `Device.affine`.
    public struct Affine: OperationPayload {
        package var input, output: BufferSlice
        package let scale, offset: Float

        package var floatingPointOperations: Int { 2 * output.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&input, "input", &output, "output", output.count)
        }
    }

    /// The operands of `Device.axpy`.
    public struct Axpy: OperationPayload {
        package let alpha: Float
        package var x, y: BufferSlice

        package var floatingPointOperations: Int { 2 * y.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&x, "x", &y, "y", y.count)
        }
    }
}

/// Element-wise arithmetic.
///
/// Primitives: every device implements them. All may run in place.
extension Device {
    /// `output[i] = operation(input[i])`; input and output `[n]`.
    public func unary(_ operation: UnaryOperation, input: BufferSlice, output: BufferSlice)
        throws(DeviceError)
    {
        try issue(DeviceOperation.Unary(operation: operation, input: input, output: output))
    }

    /// `inputGradient[i] = outputGradient[i] * operation'(input[i])`; all `[n]`.
    ///
    /// `input` and `output` are those of the forward call. For `relu`, `sigmoid` and `tanh` the result depends on
    /// `output` alone or is the same from either, so a caller that no longer has the input passes `output` twice.
    /// `inputGradient` may be the same slice as `outputGradient`.
    public func unaryBackward(
        _ operation: UnaryOperation, input: BufferSlice, output: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.UnaryBackward(
                operation: operation, input: input, output: output, outputGradient: outputGradient,
                inputGradient: inputGradient))
    }

    /// `output[i] = operation(left[i], right[i])`; all `[n]`.
    public func binary(
        _ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.Binary(operation: operation, left: left, right: right, output: output))
    }

    /// `output = operation(left, right)`, each operand laid over the result as `shape` says (left, then right).
    ///
    /// The output holds as many elements as the result. It may be an operand that has the result's own layout, and overlaps
    /// no other. One matrix and one vector: `StridedShape.matrix`.
    public func binaryBroadcast(
        _ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice,
        _ shape: StridedShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.BinaryBroadcast(
                operation: operation, left: left, right: right, output: output, shape: shape))
    }

    /// `output = condition != 0 ? ifTrue : ifFalse`, each operand laid over the result as `shape` says (condition, then
    /// `ifTrue`, then `ifFalse`).
    ///
    /// A condition that is NaN is not 0. Chosen elements keep every bit. Aliasing as in `binaryBroadcast`.
    public func select(
        condition: BufferSlice, ifTrue: BufferSlice, ifFalse: BufferSlice, output: BufferSlice,
        _ shape: StridedShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.Select(
                condition: condition, ifTrue: ifTrue, ifFalse: ifFalse, output: output, shape: shape
            ))
    }

    /// `output[i] = scale * input[i] + offset`; all `[n]`.
    ///
    /// With `scale` 1 and `offset` 0 this is a copy.
    public func affine(input: BufferSlice, output: BufferSlice, scale: Float, offset: Float)
        throws(DeviceError)
    {
        try issue(
            DeviceOperation.Affine(input: input, output: output, scale: scale, offset: offset))
    }

    /// `y[i] += alpha * x[i]`; both `[n]`.
    public func axpy(alpha: Float, x: BufferSlice, y: BufferSlice) throws(DeviceError) {
        try issue(DeviceOperation.Axpy(alpha: alpha, x: x, y: y))
    }
}
