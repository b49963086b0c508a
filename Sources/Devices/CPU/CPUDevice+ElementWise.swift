import TandemBasics
import TandemCPUKernels

extension CPUDevice {
    /// Sets every element.
    public func run(_ o: DeviceOperation.Fill) throws(DeviceError) {
        let target = elements(o.output)
        shareElements(o.output.count, grain: Grain.light) { start, count in
            tandem_fill(target + start, o.value, count)
        }
    }

    /// A function of each element by vector code.
    public func run(_ o: DeviceOperation.Unary) throws(DeviceError) {
        let (source, target) = (elements(o.input), elements(o.output))
        shareElements(o.output.count, grain: o.operation.grain) { start, count in
            tandem_unary(o.operation.rawValue, source + start, target + start, count)
        }
    }

    /// The gradient of `unary` by vector code.
    public func run(_ o: DeviceOperation.UnaryBackward) throws(DeviceError) {
        let (x, y) = (elements(o.input), elements(o.output))
        let (gradient, target) = (elements(o.outputGradient), elements(o.inputGradient))
        shareElements(o.inputGradient.count, grain: o.operation.grain) { start, count in
            tandem_unary_backward(
                o.operation.rawValue, x + start, y + start, gradient + start, target + start, count)
        }
    }

    /// A function of two elements by vector code.
    public func run(_ o: DeviceOperation.Binary) throws(DeviceError) {
        let (a, b, target) = (elements(o.left), elements(o.right), elements(o.output))
        shareElements(o.output.count, grain: o.operation.grain) { start, count in
            tandem_binary(o.operation.rawValue, a + start, b + start, target + start, count)
        }
    }

    /// Scales and shifts each element.
    public func run(_ o: DeviceOperation.Affine) throws(DeviceError) {
        let (source, target) = (elements(o.input), elements(o.output))
        shareElements(o.output.count, grain: Grain.light) { start, count in
            tandem_affine(source + start, target + start, o.scale, o.offset, count)
        }
    }

    /// Adds a multiple of `x` to `y`.
    public func run(_ o: DeviceOperation.Axpy) throws(DeviceError) {
        let (source, target) = (elements(o.x), elements(o.y))
        shareElements(o.y.count, grain: Grain.light) { start, count in
            tandem_axpy(o.alpha, source + start, target + start, count)
        }
    }

    /// Dropout with the words of `stream`, 64 of them computed at a time.
    public func run(_ o: DeviceOperation.Dropout) throws(DeviceError) {
        let (source, target) = (elements(o.input), elements(o.output))
        let constants = try DropoutConstants(probability: o.probability)
        let words = tandem_random_stream(seed: o.stream.seed, identifier: o.stream.identifier)
        shareElements(o.output.count, grain: Grain.heavy) { start, count in
            tandem_dropout(
                words, Int64(start), constants.threshold, constants.scale, source + start,
                target + start, count)
        }
    }

    /// Uniform numbers from the words of `stream`, 64 of them computed at a time.
    public func run(_ o: DeviceOperation.RandomUniform) throws(DeviceError) {
        let target = elements(o.output)
        let words = tandem_random_stream(seed: o.stream.seed, identifier: o.stream.identifier)
        shareElements(o.output.count, grain: Grain.heavy) { start, count in
            tandem_random_uniform(words, Int64(start), target + start, count)
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
