public import TandemConfiguration
public import TandemTraining

/// An experiment with sequence vectors: predict the next vector of a document from the ones before it.
public struct SequenceVectorsConfiguration: ExperimentConfiguration, Equatable {
    /// The system that the file describes; always `sequence-vectors`.
    public enum Recipe: String, Codable, Sendable, CaseIterable {
        /// Next-vector prediction.
        case sequenceVectors = "sequence-vectors"
    }

    /// Which system.
    public var recipe = Recipe.sequenceVectors
    /// Name of the experiment, used for the run directory.
    public var name = "sequence-vectors"
    /// Seed of initial weights, dropout masks and the order of the data.
    public var seed: UInt64 = 42
    /// The documents and the windows over them.
    public var data = ChainDataConfiguration()
    /// The network.
    public var model = BaselineGRUConfiguration()
    /// How the network's output becomes a prediction.
    public var prediction = PredictionConfiguration()
    /// The loss terms.
    public var loss = SequenceLossConfiguration()
    /// How to train.
    public var training = SequenceVectorsConfiguration.defaultTraining

    /// The values used where a file says nothing.
    public static let defaults = SequenceVectorsConfiguration()

    /// The settings that a resumed run may change; `data.path` because the same data may have moved.
    public static let changeableInRun = changeableInEveryRun + ["data.path"]

    private static var defaultTraining: TrainingConfiguration {
        var training = TrainingConfiguration()
        training.earlyStopping = EarlyStoppingConfiguration(
            metric: "hit@5", patience: 3, threshold: 1e-4)
        return training
    }

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checkName(&checks)
        checks.section("data", data)
        checks.section("model", model)
        checks.section("prediction", prediction)
        checks.section("loss", loss)
        checks.section("training", training)
        checkMetrics(&checks, known: SequenceVectorsRecipe.metricNames + ["loss"])
    }
}

/// Which documents, and how windows are cut from them.
public struct ChainDataConfiguration: Configuration, Equatable {
    /// Folder with `vectors.npy` and `documents.npy`, relative to `$TANDEM_DATA` (or `Data/`) unless it begins with `/` or `.`.
    public var path = "news-vectors"
    /// Vectors that the prediction is made from, C.
    public var contextLength = 16
    /// Distance between the starts of training windows.
    public var stride = 1
    /// Seed of the split by document when the folder has no `split.npy`.
    public var splitSeed: UInt64 = 42

    /// The values used where a file says nothing.
    public static let defaults = ChainDataConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(!path.isEmpty, "path", "''", mustBe: "a folder")
        checks.count(contextLength, "contextLength")
        checks.count(stride, "stride")
    }
}

/// Weights of the loss terms; a term of weight 0 is not computed.
public struct SequenceLossConfiguration: Configuration, Equatable {
    /// Weight of the mean squared error.
    public var meanSquaredError = 0.0
    /// Weight of `1 - cosine`.
    public var cosine = 0.0
    /// Weight of InfoNCE with the batch as negatives.
    public var infoNCE = 1.0
    /// Temperature of InfoNCE.
    public var temperature = 0.07
    /// Whether negatives that lie in a row's own context are taken out of InfoNCE.
    public var maskOwnContext = true

    /// The values used where a file says nothing.
    public static let defaults = SequenceLossConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        let weights = [
            ("meanSquaredError", meanSquaredError), ("cosine", cosine), ("infoNCE", infoNCE),
        ]
        for (name, weight) in weights {
            checks.require(weight >= 0 && weight.isFinite, name, weight, mustBe: "0 or more")
        }
        checks.require(
            weights.contains { Float($0.1) > 0 }, "infoNCE", infoNCE,
            mustBe: "above 0 when all other weights are 0")
        checks.require(
            temperature >= 1e-6 && temperature <= 1e6, "temperature", temperature,
            mustBe: temperature > 0 ? "between 1e-6 and 1e6" : "above 0")
    }
}
