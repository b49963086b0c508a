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
