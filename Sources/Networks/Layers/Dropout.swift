public import TandemTensors

/// Zeroes elements at random in training and scales the others by `1 / (1 - probability)`; the identity in evaluation.
public final class Dropout: UnaryLayer {
    /// Probability of zeroing an element, in `[0, 1)`.
    public let probability: Float

    /// What is wrong with the probability, if anything.
    public let problems: [String]

    /// Dropout with the given probability.
    public init(_ probability: Float) {
        var settings = LayerSettings()
        settings.dropout(probability)
        self.probability = probability
        problems = settings.problems
    }

    /// Applies the next mask of the pass; throws when the probability is not in `[0, 1)`, in evaluation too.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        if let problem = problems.first {
            throw TensorError.invalidArgument(operation: "Dropout", detail: problem)
        }
        guard context.isTraining, probability != 0 else { return x }
        return try x.dropout(probability: probability, stream: context.nextDropoutStream())
    }
}
