import TandemDevices

/// Adam and AdamW in double precision.
struct ReferenceAdam {
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
struct OptimizerLayout: Sendable {
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
