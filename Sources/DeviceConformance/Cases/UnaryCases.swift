import TandemDevices

/// Functions of one element, forward and backward.
func unaryCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    UnaryOperation.allCases.flatMap { operation in
        let lengths = sizes.lengths + (operation == .tanh ? sizes.manyBlocks : [])
        return lengths.flatMap { count in
            [
                unary(operation, count: count, inPlace: false),
                unaryBackward(operation, count: count, inPlace: false),
            ]
        } + [
            unary(operation, count: 65, inPlace: true),
            unaryBackward(operation, count: 65, inPlace: true),
            unarySpecialValues(operation),
            unaryBackwardLargeValues(operation), unaryBackwardSpecialValues(operation),
        ]
    } + [kinkCase(.relu), kinkCase(.absolute)]
        + [UnaryOperation.relu, .sigmoid, .tanh].map(backwardFromOutput)
}

private func expectation(_ operation: UnaryOperation, _ values: [Float]) -> Expectation {
    let results = values.map { operation.reference(Double($0)) }
    if operation.isExact { return .exact(results.floats) }
    switch operation {
    case .tanh, .gelu, .silu, .logarithm, .sine, .cosine: return .close(results)
    default: return .close(results, .relative)
    }
}

private func inputs(_ operation: UnaryOperation, _ count: Int, _ random: inout ValueSource)
    -> [Float]
{
    operation.takesNegative
        ? random.signed(count, magnitude: operation.domain)
        : random.uniform(count, in: operation.domain)
}

private func unary(_ operation: UnaryOperation, count: Int, inPlace: Bool) -> CaseBuilder {
    var build = CaseBuilder("\(operation) n=\(count)\(inPlace ? " in place" : "")")
    let values = inputs(operation, count, &build.random)
    return build.forward(operation, values, inPlace: inPlace)
}

private func unarySpecialValues(_ operation: UnaryOperation) -> CaseBuilder {
    let values: [Float] = [
        .nan, .infinity, -.infinity, 0, -0.0, 1, -1, 1e-30, -1e-30, 1e-6, -1e-6, 20, -20, 50, -50,
        80, -80, 87, -87, 89, -89, 104, -104, 1000, -1000, 1e18, -1e18,
    ]
    return CaseBuilder("\(operation) special values").forward(operation, values, inPlace: false)
}

private func unaryBackward(_ operation: UnaryOperation, count: Int, inPlace: Bool) -> CaseBuilder {
    var build = CaseBuilder("\(operation) backward n=\(count)\(inPlace ? " in place" : "")")
    let values = inputs(operation, count, &build.random)
    return build.backward(operation, values, inPlace: inPlace)
}

private func unaryBackwardLargeValues(_ operation: UnaryOperation) -> CaseBuilder {
    let positive: [Float] = [10, 20, 50, 80]
    let values = operation.takesNegative ? positive + positive.map { -$0 } : positive
    return CaseBuilder("\(operation) backward large values").backward(operation, values)
}

/// The documentation lets a caller pass the output twice when it no longer has the input.
private func backwardFromOutput(_ operation: UnaryOperation) -> CaseBuilder {
    var build = CaseBuilder("\(operation) backward from the output alone")
    let values = inputs(operation, 65, &build.random)
    return build.backward(operation, values, hasInput: false)
}

extension CaseBuilder {
    fileprivate func forward(_ operation: UnaryOperation, _ values: [Float], inPlace: Bool)
        -> CaseBuilder
    {
        var build = self
        let (input, output) = build.pair(
            "input", values, inPlace: inPlace, "output", expectation(operation, values))
        return build.calls { device, arrays in
            try device.unary(operation, input: arrays[input], output: arrays[output])
        }
    }

    /// Compares the gradient with the derivative of the forward function by central differences.
    fileprivate func backward(
        _ operation: UnaryOperation, _ values: [Float], inPlace: Bool = false, hasInput: Bool = true
    ) -> CaseBuilder {
        var build = self
        let gradients = build.random.signed(values.count, magnitude: 0.1...2)
        let expected = zip(values, gradients).map { value, gradient in
            Double(gradient)
                * CentralDifference.derivative(at: Double(value), of: operation.reference)
        }
        return build.backward(
            operation, hasInput ? values : nil, gradients, .close(expected, .gradient),
            outputs: values.map { Float(operation.reference(Double($0))) }, inPlace: inPlace)
    }

    /// The gradient from given inputs (`nil`: from the outputs in their place), outputs and gradients.
    fileprivate func backward(
        _ operation: UnaryOperation, _ values: [Float]?, _ gradients: [Float],
        _ expectation: Expectation, outputs: [Float], inPlace: Bool = false
    ) -> CaseBuilder {
        var build = self
        let input = values.map { build.input("input", $0) }
        let output = build.input("output", outputs)
        let (outputGradient, inputGradient) = build.pair(
            "output gradient", gradients, inPlace: inPlace, "input gradient", expectation)
        return build.calls { device, arrays in
            try device.unaryBackward(
                operation, input: arrays[input ?? output], output: arrays[output],
                outputGradient: arrays[outputGradient], inputGradient: arrays[inputGradient])
        }
    }
}

/// The derivatives at the ends of the number line and at NaN, as PyTorch 2 computes them.
private func unaryBackwardSpecialValues(_ operation: UnaryOperation) -> CaseBuilder {
    let values: [Float] = [-.infinity, -1e30, 1e30, .infinity, .nan]
    return CaseBuilder("\(operation) backward special values").backward(
        operation, values, [1, 1, 1, 1, 1], .close(operation.slopesAtSpecialValues, .gradient),
        outputs: values.map { Float(operation.reference(Double($0))) })
}

extension UnaryOperation {
    /// PyTorch's derivatives at -infinity, -1e30, 1e30, infinity and NaN.
    fileprivate var slopesAtSpecialValues: [Double] {
        let large = Double(Float(1e30))
        let (sine, cosine) = (Self.sine.reference(large), Self.cosine.reference(large))
        return switch self {
        case .negate: [-1, -1, -1, -1, -1]
        case .exponential: [0, 0, .infinity, .infinity, .nan]
        case .logarithm: [0, -1e-30, 1e-30, 0, .nan]
        case .squareRoot: [.nan, .nan, 5e-16, 0, .nan]
        case .square: [-.infinity, -2e30, 2e30, .infinity, .nan]
        case .reciprocal: [0, 0, 0, 0, .nan]
        case .absolute: [-1, -1, 1, 1, 0]
        case .relu: [0, 0, 1, 1, 1]
        case .sigmoid, .tanh: [0, 0, 0, 0, .nan]
        case .gelu, .silu: [.nan, 0, 1, .nan, .nan]
        case .softplus: [0, 0, 1, 1, .nan]
        case .sine: [.nan, cosine, cosine, .nan, .nan]
        case .cosine: [.nan, sine, -sine, .nan, .nan]
        case .sign: [0, 0, 0, 0, 0]
        }
    }
}

/// The derivative of `relu` and `absolute` at 0 is 0.
private func kinkCase(_ operation: UnaryOperation) -> CaseBuilder {
    CaseBuilder("\(operation) backward at zero").backward(
        operation, [0, -0.0, 1, -1], [3, 3, 3, 3],
        .close([0, 0, 3, operation == .relu ? 0 : -3]),
        outputs: [0, 0, 1, operation == .relu ? 0 : 1])
}
