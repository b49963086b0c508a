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
    public var model = SequenceModelConfiguration()
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

    /// The configuration in which the parameters that decay would harm take none: those of a memory, and a learned temperature.
    var sparingFromDecay: SequenceVectorsConfiguration {
        var configuration = self
        let spared = model.undecayed + (loss.learnsTemperature ? ["loss.scale"] : [])
        for name in spared where !training.optimizer.undecayed.contains(name) {
            configuration.training.optimizer.undecayed.append(name)
        }
        return configuration
    }

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checkName(&checks)
        checks.section("data", data)
        checks.section("model", model)
        if let problem = model.contextProblem(contextLength: data.contextLength) {
            checks.require(false, "model.chunks", model.chunks, mustBe: problem)
        }
        checks.require(
            model.kind != .attentionMixture || prediction.kind == .direct, "prediction.kind",
            prediction.kind.rawValue,
            mustBe: "direct: an attention mixture predicts the vector itself, not a step")
        checks.section("prediction", prediction)
        checks.section("loss", loss)
        checks.require(
            loss.space == .vector || prediction.kind == .delta, "loss.space", loss.space.rawValue,
            mustBe: "vector, unless prediction.kind is delta")
        checks.section("training", training)
        checkMetrics(&checks, known: SequenceVectorsRecipe.metricNames + ["loss"])
    }
}
