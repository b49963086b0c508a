import TandemDevices

/// Adam and AdamW.
func adamCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    OptimizerLayout.all(sizes).flatMap { layout in
        [false, true].map { decoupled in
            adam(layout, firstStep: 1, steps: 1, decoupled: decoupled, scale: nil)
        }
    } + [
        adam(.several, firstStep: 7, steps: 1, decoupled: true, scale: 0.25),
        adam(.several, firstStep: 100_000, steps: 1, decoupled: false, scale: 0.25),
        adam(.several, firstStep: 1, steps: sizes.isFull ? 10 : 3, decoupled: true, scale: nil),
    ]
}

private func adam(
    _ layout: OptimizerLayout, firstStep: Int, steps: Int, decoupled: Bool, scale: Float?
) -> CaseBuilder {
    var build = CaseBuilder(
        "\(decoupled ? "AdamW" : "Adam") \(layout.label), step \(firstStep), \(steps) times"
            + (scale == nil ? "" : ", scaled gradient"))
    let count = layout.count
    let isFresh = firstStep == 1
    let initial = (
        values: build.random.uniform(count),
        first: isFresh ? [Float](repeating: 0, count: count) : build.random.uniform(count),
        second: isFresh
            ? [Float](repeating: 0, count: count) : build.random.uniform(count, in: 0...0.1)
    )
    let gradients = (0..<steps).map { _ in build.random.uniform(count) }
    var reference = ReferenceAdam(
        values: initial.values.doubles, first: initial.first.doubles,
        second: initial.second.doubles)
    let parameters = (0..<steps).map {
        AdamParameters(
            beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: firstStep + $0,
            decoupledWeightDecay: decoupled)
    }
    for (gradient, parameters) in zip(gradients, parameters) {
        reference.step(gradient.doubles, scale: Double(scale ?? 1), layout, parameters)
    }
    let gradientArrays = gradients.enumerated().map { build.input("gradients \($0)", $1) }
    let scaleArray = scale.map { build.input("gradient scale", [$0]) }
    let values = build.output(
        "values", initial: initial.values,
        .close(reference.values, magnitudes: reference.travelled, .relative))
    let first = build.output(
        "first moments", initial: initial.first, .closeToLargest(reference.first, .relative))
    let second = build.output(
        "second moments", initial: initial.second, .close(reference.second, .relative))
    return build.calls { device, arrays in
        for (gradient, parameters) in zip(gradientArrays, parameters) {
            try device.adam(
                values: arrays[values], gradients: arrays[gradient], firstMoments: arrays[first],
                secondMoments: arrays[second], gradientScale: arrays[scaleArray],
                segments: layout.segments, parameters)
        }
    }
}

/// Stochastic gradient descent.
func sgdCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    OptimizerLayout.all(sizes).map { sgd($0, momentum: 0.9, nesterov: false, isFirst: false) } + [
        sgd(.several, momentum: 0, nesterov: false, isFirst: true),
        sgd(.several, momentum: 0, nesterov: false, isFirst: false, scale: 0.5),
        sgd(.several, momentum: 0.9, nesterov: false, isFirst: true),
        sgd(.several, momentum: 0.9, nesterov: true, isFirst: true),
        sgd(.several, momentum: 0.9, nesterov: true, isFirst: false, scale: 0.5),
    ]
}

private func sgd(
    _ layout: OptimizerLayout, momentum: Float, nesterov: Bool, isFirst: Bool, scale: Float? = nil
) -> CaseBuilder {
    var build = CaseBuilder(
        "SGD \(layout.label), momentum \(momentum)\(nesterov ? " Nesterov" : "")"
            + "\(isFirst ? ", first step" : "")\(scale == nil ? "" : ", scaled gradient")")
    let before = build.random.uniform(layout.count)
    // On the first step the momentum is not read.
    let momentaBefore =
        isFirst
        ? [Float](repeating: .nan, count: layout.count) : build.random.uniform(layout.count)
    let gradients = build.random.uniform(layout.count)
    let parameters = SGDParameters(momentum: momentum, nesterov: nesterov, isFirstStep: isFirst)
    var (after, momentaAfter) = (before.doubles, momentaBefore.doubles)
    for index in before.indices {
        guard let segment = layout.segment(of: index) else { continue }
        let gradient =
            Double(gradients[index]) * Double(scale ?? 1)
            + Double(segment.weightDecay) * after[index]
        var direction = gradient
        if momentum != 0 {
            let old = isFirst ? 0 : Double(momentum) * momentaAfter[index]
            momentaAfter[index] = old + gradient
            direction =
                nesterov
                ? gradient + Double(momentum) * momentaAfter[index] : momentaAfter[index]
        }
        after[index] -= Double(segment.learningRate) * direction
    }
    let gradientArray = build.input("gradients", gradients)
    let scaleArray = scale.map { build.input("gradient scale", [$0]) }
    let values = build.output("values", initial: before, .closeToLargest(after, .relative))
    let momenta =
        momentum == 0
        ? nil
        : build.output("momenta", initial: momentaBefore, .closeToLargest(momentaAfter, .relative))
    return build.calls { device, arrays in
        try device.sgd(
            values: arrays[values], gradients: arrays[gradientArray],
            momenta: arrays[momenta], gradientScale: arrays[scaleArray],
            segments: layout.segments, parameters)
    }
}

/// The global norm and the clipping factor.
func clipCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    (sizes.lengths + sizes.manyBlocks).map { clip(count: $0, maximumNorm: 1) } + [
        clip(count: 65, maximumNorm: 100), clip(count: 65, maximumNorm: .infinity),
        clip(count: 65, maximumNorm: 1e-3), clip(count: 33, factor: 0, maximumNorm: 1),
        clip(count: 33, factor: 1e-12, maximumNorm: 1e-13),
        clipNonFinite(.nan), clipNonFinite(.infinity),
    ]
}

private func clip(count: Int, factor: Float = 1, maximumNorm: Float) -> CaseBuilder {
    var build = CaseBuilder("clipping factor n=\(count) times \(factor), maximum \(maximumNorm)")
    let values = build.random.uniform(count).map { $0 * factor }
    let norm = dot(values.doubles, values.doubles).squareRoot()
    let scale = min(1, Double(maximumNorm) / (norm + 1e-6))
    let input = build.input("input", values)
    let output = build.output("norm and scale", .close([norm, scale], .relative))
    return build.calls { device, arrays in
        try device.clipScale(arrays[input], maximumNorm: maximumNorm, output: arrays[output])
    }
}

/// A value that is not finite shows in the norm and, if it is NaN, in the scale.
private func clipNonFinite(_ value: Float) -> CaseBuilder {
    var build = CaseBuilder("norm with \(value) among the values")
    var values = build.random.uniform(129)
    values[77] = value
    let input = build.input("input", values)
    let both = build.output("norm and scale", .close([Double(value), value.isNaN ? .nan : 0]))
    return build.calls { device, arrays in
        try device.clipScale(arrays[input], maximumNorm: 1, output: arrays[both])
    }
}

/// Adam and AdamW in double precision.
private struct ReferenceAdam {
    var values: [Double]
    var first: [Double]
    var second: [Double]
    /// Magnitude of the weight plus the way it has gone, relative to which its rounding errors are judged.
    private(set) var travelled: [Double]

    init(values: [Double], first: [Double], second: [Double]) {
        self.values = values
        self.first = first
        self.second = second
        travelled = values.map(abs)
    }

    mutating func step(
        _ gradients: [Double], scale: Double, _ layout: OptimizerLayout,
        _ parameters: AdamParameters
    ) {
        let (beta1, beta2) = (parameters.beta1, parameters.beta2)
        let firstCorrection = 1 - power(beta1, parameters.step)
        let secondCorrection = 1 - power(beta2, parameters.step)
        for index in values.indices {
            guard let segment = layout.segment(of: index) else { continue }
            let (rate, decay) = (Double(segment.learningRate), Double(segment.weightDecay))
            var gradient = gradients[index] * scale
            if parameters.decoupledWeightDecay {
                values[index] *= 1 - rate * decay
            } else {
                gradient += decay * values[index]
            }
            first[index] = beta1 * first[index] + (1 - beta1) * gradient
            second[index] = beta2 * second[index] + (1 - beta2) * gradient * gradient
            let root = (second[index] / secondCorrection).squareRoot()
            let change =
                rate / firstCorrection * first[index] / (root + Double(parameters.epsilon))
            values[index] -= change
            travelled[index] += abs(change)
        }
    }
}

/// The layout of the flat parameter buffer in the optimiser cases.
///
/// Segments differ in step size and decay; elements between and after them must not change.
private struct OptimizerLayout: Sendable {
    let count: Int
    let segments: [ParameterSegment]

    static func single(_ count: Int) -> OptimizerLayout {
        OptimizerLayout(
            count: count,
            segments: [
                ParameterSegment(start: 0, count: count, learningRate: 1e-3, weightDecay: 0.01)
            ])
    }

    /// Segments of odd lengths at odd places, one of them empty.
    static let several = OptimizerLayout(
        count: 300,
        segments: [
            ParameterSegment(start: 0, count: 33, learningRate: 1e-3, weightDecay: 0.01),
            ParameterSegment(start: 33, count: 65, learningRate: 0.1, weightDecay: 0),
            ParameterSegment(start: 98, count: 0, learningRate: 1, weightDecay: 1),
            ParameterSegment(start: 101, count: 1, learningRate: 0, weightDecay: 0.5),
            ParameterSegment(start: 103, count: 190, learningRate: 5e-4, weightDecay: 0.3),
        ])

    /// The segment that element `index` belongs to.
    func segment(of index: Int) -> ParameterSegment? {
        segments.first { $0.start <= index && index < $0.start + $0.count }
    }

    /// Layouts that a suite goes through.
    static func all(_ sizes: CaseSizes) -> [OptimizerLayout] {
        let counts = sizes.isFull ? [1, 31, 64, 129, 1027] : [7]
        return counts.map(single) + [several]
    }

    var label: String { "n=\(count), \(segments.count) segment\(segments.count == 1 ? "" : "s")" }
}
