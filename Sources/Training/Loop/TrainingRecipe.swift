public import TandemNetworks
public import TandemTensors

/// What a system brings to the trainer: data in batches, a model, a loss made of named terms, and metrics.
public protocol TrainingRecipe: Resumable {
    /// What the loss is computed from.
    associatedtype Batch

    /// The network that is trained.
    var model: any Module { get }

    /// The loss terms that `loss` returns, in order.
    var lossTerms: [LossTerm] { get }

    /// The weights of the loss terms in an epoch (counted from 0), in their order; by default those that the terms have.
    func lossWeights(epoch: Int) -> [Float]

    /// Examples in every full batch: the same number that the training configuration says.
    var batchSize: Int { get }

    /// Number of batches in every epoch.
    var batchesPerEpoch: Int { get }

    /// Tells training data apart, for example by a hash: a run is resumed only on the data it began with.
    ///
    /// `nil`, the default, means that nobody checks.
    var dataIdentity: String? { get }

    /// Starts an epoch at a batch and returns a function that gives the next batch, `nil` at the end.
    ///
    /// The order of the data is a pure function of the seed and `epoch` (counted from 0).
    func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> Batch?

    /// Copies what differs from batch to batch into the recipe's own fixed device memory and returns a key; called before
    /// every `loss`.
    ///
    /// Batches with equal keys run exactly the same device operations in `loss`, on the same memory; the trainer then
    /// calls `loss` for the first two of them only: it records the operations of the first, throws
    /// `DeviceError.recordingDiffers` if those of the second are others, and issues them again for the rest. So `loss`
    /// reads what `stage` has written, transfers nothing, and takes random numbers from its context alone. Each key keeps
    /// the memory of a step: there should be few, for example one per batch size. `nil`, the default, means that nothing
    /// was staged: `loss` is called for every batch.
    func stage(_ batch: Batch) throws -> Int?

    /// Computes the loss terms of a batch, each a scalar averaged over the examples of the batch.
    func loss(_ batch: Batch, _ context: ForwardContext) throws -> BatchLoss

    /// Measures the model on the validation data.
    func evaluate() throws -> [Metric]
}

extension TrainingRecipe {
    /// The weights that the terms have, in every epoch.
    public func lossWeights(epoch: Int) -> [Float] { lossTerms.map(\.weight) }
    /// Nothing: nobody checks.
    public var dataIdentity: String? { nil }
    /// Nothing is staged.
    public func stage(_ batch: Batch) throws -> Int? { nil }
}

/// A named part of the loss.
public struct LossTerm: Sendable, Equatable {
    /// Name, for example `infoNCE`.
    public let name: String
    /// Factor in the total.
    public let weight: Float

    /// A named part of the loss that enters the total with a weight.
    public init(_ name: String, weight: Float = 1) {
        self.name = name
        self.weight = weight
    }
}

/// The loss of one batch: the value of every term, and the number of examples that each was averaged over.
public struct BatchLoss {
    /// Scalars in the order of the recipe's `lossTerms`.
    public let values: [Tensor]
    /// Number of examples in the batch.
    public let examples: Int
    /// Number of examples that each term was averaged over: all, unless a term has a number of its own.
    public let termExamples: [Int]

    /// The term values of a batch of `examples` examples.
    ///
    /// A term that looks at some of the examples only gives its own number in `termExamples`, so that the mean over an
    /// epoch weighs it rightly; a number that changes from batch to batch needs a key of its own in `stage`.
    public init(_ values: [Tensor], examples: Int, termExamples: [Int]? = nil) {
        self.values = values
        self.examples = examples
        self.termExamples = termExamples ?? values.map { _ in examples }
    }
}

/// A figure that tells how good a model is.
public struct Metric: Sendable, Equatable, Codable {
    /// Name, for example `hit@5`.
    public let name: String
    /// Value; shares lie between 0 and 1.
    public let value: Double
    /// Whether larger is better.
    public let higherIsBetter: Bool

    /// A named figure.
    public init(_ name: String, _ value: Double, higherIsBetter: Bool = true) {
        self.name = name
        self.value = value
        self.higherIsBetter = higherIsBetter
    }
}
