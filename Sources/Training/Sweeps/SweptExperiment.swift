public import TandemBasics
import TandemDevices
import FoundationEssentials
import TandemDatasets

/// An experiment whose variants can be trained and compared by a sweep.
///
/// The data are prepared once and shared by all variants, seeds and jobs.
public protocol SweptExperiment: Experiment where PreparedData: Sendable {
    /// The figure that chooses among variants, lower is better: by convention the validation loss of the best epoch.
    static func validationLoss(_ record: EpochRecord) -> Double

    /// The figure that is reported of the chosen variant, lower is better: by convention the loss on the test data.
    static func testLoss(_ figures: Figures) -> Double

    /// Further figures on the test data that the results show with mean and standard error, in this order.
    static func figures(of figures: Figures) -> [Metric]

    /// What the model gains on the test data over a reference, for an interval over all folds and repetitions together.
    static func gains(of figures: Figures) -> [GroupedGain]

    /// Key paths that a variant may change: all that the prepared data do not depend on.
    static var changeableInSweep: [[String]] { get }

    /// What is said of the data in the results; two sweeps with equal hashes have equal data.
    static func facts(_ data: PreparedData) -> SweepDataFacts

    /// The data divided at random into `count` folds, each of which is the test part once.
    ///
    /// Every repetition has a `seed` of its own, the base configuration's and those that follow it: other folds than the
    /// repetition before (repeated k-fold cross-validation), the same for all variants.
    static func folds(
        _ data: PreparedData, count: Int, seed: UInt64, _ configuration: Configuration
    ) throws -> [PreparedData]

    /// What the results say about a variant's settings, besides name and description.
    static func settings(_ configuration: Configuration) -> [JSONMember]

    /// How long a variant takes beside others, in any unit.
    static func expectedCost(_ configuration: Configuration, _ data: PreparedData) -> Double

    /// The ending of the names of model files, without the dot.
    static var modelExtension: String { get }

    /// Writes the trained model and returns the size of the file in bytes.
    func writeModel(_ result: RunResult<Figures>, to path: String) throws -> Int

    /// The files that `writeModel` writes beside the model at `path`.
    static func filesBeside(model path: String) -> [String]
}

extension SweptExperiment {
    /// Model, loss, training and seed.
    public static var changeableInSweep: [[String]] {
        [["model"], ["loss"], ["training"], ["seed"]]
    }

    /// None.
    public static func figures(of figures: Figures) -> [Metric] { [] }

    /// None.
    public static func gains(of figures: Figures) -> [GroupedGain] { [] }

    /// Learning rate, batch size and epochs.
    public static func settings(_ configuration: Configuration) -> [JSONMember] {
        let training = configuration.training
        return [
            JSONMember("learning_rate", .number(training.optimizer.learningRate)),
            JSONMember("batch_size", .integer(training.batchSize)),
            JSONMember("epochs", .integer(training.epochs)),
        ]
    }

    /// Throws: the experiment has no way to divide its data.
    public static func folds(
        _ data: PreparedData, count: Int, seed: UInt64, _ configuration: Configuration
    ) throws -> [PreparedData] {
        throw SweepError.noFolds(recipe: recipeName)
    }

    /// The same for all.
    public static func expectedCost(_ configuration: Configuration, _ data: PreparedData) -> Double
    {
        1
    }

    /// `safetensors`.
    public static var modelExtension: String { "safetensors" }

    /// Writes the weights under PyTorch's names.
    public func writeModel(_ result: RunResult<Figures>, to path: String) throws -> Int {
        try Checkpoint.saveWeights(to: path, arena: arena)
        return try WholeFile.read(path).count
    }

    /// None.
    public static func filesBeside(model path: String) -> [String] { [] }
}

/// What is said of the data of a sweep.
public struct SweepDataFacts: Codable, Sendable, Equatable {
    /// Where they come from.
    public var path: String
    /// SHA-256 of the data.
    public var hash: String
    /// SHA-256 of the division into parts.
    public var splitHash: String
    /// Examples in all.
    public var count: Int
    /// Examples to train on, choose by and report.
    public var split: [Int]
    /// For people: one line on the data.
    public var summary: String
    /// What is odd about them but no error.
    public var warnings: [String]

    /// The given facts.
    public init(
        path: String, hash: String, splitHash: String, count: Int, split: [Int], summary: String,
        warnings: [String] = []
    ) {
        self.path = path
        self.hash = hash
        self.splitHash = splitHash
        self.count = count
        self.split = split
        self.summary = summary
        self.warnings = warnings
    }
}
