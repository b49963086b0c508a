import TandemCPUKernels

extension CPUDevice {
    /// Sets every element.
    public func fill(_ output: BufferSlice, value: Float) throws(DeviceError) {
        let target = try elements(output, "fill")
        share(output.count, grain: Grain.light, alignment: 64) { range in
            tandem_fill(target + range.lowerBound, value, Int64(range.count))
        }
    }

    /// A function of each element by vector code.
    public func unary(_ operation: UnaryOperation, input: BufferSlice, output: BufferSlice)
        throws(DeviceError)
    {
        let source = try elements(input, "unary")
        let target = try elements(output, "unary")
        share(output.count, grain: operation.grain, alignment: 64) { range in
            tandem_unary(
                operation.rawValue, source + range.lowerBound, target + range.lowerBound,
                Int64(range.count))
        }
    }

    /// The gradient of `unary` by vector code.
    public func unaryBackward(
        _ operation: UnaryOperation, input: BufferSlice, output: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice
    ) throws(DeviceError) {
        let x = try elements(input, "unaryBackward")
        let y = try elements(output, "unaryBackward")
        let gradient = try elements(outputGradient, "unaryBackward")
        let target = try elements(inputGradient, "unaryBackward")
        share(inputGradient.count, grain: operation.grain, alignment: 64) { range in
            let start = range.lowerBound
            tandem_unary_backward(
                operation.rawValue, x + start, y + start, gradient + start, target + start,
                Int64(range.count))
        }
    }

    /// A function of two elements by vector code.
    public func binary(
        _ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice
    ) throws(DeviceError) {
        let a = try elements(left, "binary")
        let b = try elements(right, "binary")
        let target = try elements(output, "binary")
        share(output.count, grain: operation.grain, alignment: 64) { range in
            let start = range.lowerBound
            tandem_binary(
                operation.rawValue, a + start, b + start, target + start, Int64(range.count))
        }
    }

    /// Scales and shifts each element.
    public func affine(input: BufferSlice, output: BufferSlice, scale: Float, offset: Float)
        throws(DeviceError)
    {
        let source = try elements(input, "affine")
        let target = try elements(output, "affine")
        share(output.count, grain: Grain.light, alignment: 64) { range in
            tandem_affine(
                source + range.lowerBound, target + range.lowerBound, scale, offset,
                Int64(range.count))
        }
    }

    /// Adds a multiple of `x` to `y`.
    public func axpy(alpha: Float, x: BufferSlice, y: BufferSlice) throws(DeviceError) {
        let source = try elements(x, "axpy")
        let target = try elements(y, "axpy")
        share(y.count, grain: Grain.light, alignment: 64) { range in
            tandem_axpy(
                alpha, source + range.lowerBound, target + range.lowerBound, Int64(range.count))
        }
    }
}

extension UnaryOperation {
    /// Elements worth a thread of their own.
    fileprivate var grain: Int {
        switch self {
        case .negate, .squareRoot, .square, .reciprocal, .absolute, .relu, .sign: Grain.light
        case .exponential, .logarithm, .sigmoid, .tanh, .gelu, .softplus, .silu, .sine, .cosine:
            Grain.heavy
        }
    }
}

extension BinaryOperation {
    /// Elements worth a thread of their own.
    var grain: Int { self == .power ? Grain.heavy : Grain.light }
}
