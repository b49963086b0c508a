import TandemCPUKernels

extension CPUDevice {
    /// Sets every element.
    public func run(_ o: DeviceOperation.Fill) throws(DeviceError) {
        let target = elements(o.output)
        share(o.output.count, grain: Grain.light, alignment: 64) { range in
            tandem_fill(target + range.lowerBound, o.value, Int64(range.count))
        }
    }

    /// A function of each element by vector code.
    public func run(_ o: DeviceOperation.Unary) throws(DeviceError) {
        let source = elements(o.input)
        let target = elements(o.output)
        share(o.output.count, grain: o.operation.grain, alignment: 64) { range in
            tandem_unary(
                o.operation.rawValue, source + range.lowerBound, target + range.lowerBound,
                Int64(range.count))
        }
    }

    /// The gradient of `unary` by vector code.
    public func run(_ o: DeviceOperation.UnaryBackward) throws(DeviceError) {
        let x = elements(o.input)
        let y = elements(o.output)
        let gradient = elements(o.outputGradient)
        let target = elements(o.inputGradient)
        share(o.inputGradient.count, grain: o.operation.grain, alignment: 64) { range in
            let start = range.lowerBound
            tandem_unary_backward(
                o.operation.rawValue, x + start, y + start, gradient + start, target + start,
                Int64(range.count))
        }
    }

    /// A function of two elements by vector code.
    public func run(_ o: DeviceOperation.Binary) throws(DeviceError) {
        let a = elements(o.left)
        let b = elements(o.right)
        let target = elements(o.output)
        share(o.output.count, grain: o.operation.grain, alignment: 64) { range in
            let start = range.lowerBound
            tandem_binary(
                o.operation.rawValue, a + start, b + start, target + start, Int64(range.count))
        }
    }

    /// Scales and shifts each element.
    public func run(_ o: DeviceOperation.Affine) throws(DeviceError) {
        let source = elements(o.input)
        let target = elements(o.output)
        share(o.output.count, grain: Grain.light, alignment: 64) { range in
            tandem_affine(
                source + range.lowerBound, target + range.lowerBound, o.scale, o.offset,
                Int64(range.count))
        }
    }

    /// Adds a multiple of `x` to `y`.
    public func run(_ o: DeviceOperation.Axpy) throws(DeviceError) {
        let source = elements(o.x)
        let target = elements(o.y)
        share(o.y.count, grain: Grain.light, alignment: 64) { range in
            tandem_axpy(
                o.alpha, source + range.lowerBound, target + range.lowerBound, Int64(range.count))
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
