public import TandemConfiguration
public import TandemTraining

/// An experiment of the dialogue lattice: vectors of questions to vectors of their answers.
public struct DialogueConfiguration: ExperimentConfiguration, Equatable {
    /// The system that the file describes; always `dialogue-lattice`.
    public enum Recipe: String, Codable, Sendable, CaseIterable {
        /// Questions to answers.
        case dialogueLattice = "dialogue-lattice"
    }

    /// Which system.
    public var recipe = Recipe.dialogueLattice
    /// Name of the experiment, used for the run directory.
    public var name = "dialogue-lattice"
    /// Seed of initial weights, the order of the pairs and noise, each a stream of its own.
    public var seed: UInt64 = 42
    /// The pairs and their vectors.
    public var data = DialogueDataConfiguration()
    /// The core.
    public var model = DialogueModelConfiguration()
    /// The terms of the loss.
    public var loss = DialogueLossConfiguration()
    /// How to train.
    public var training = DialogueConfiguration.defaultTraining

    /// The values used where a file says nothing.
    public static let defaults = DialogueConfiguration()

    /// The settings that a resumed run may change; paths because the same data may have moved.
    public static let changeableInRun = changeableInEveryRun + ["data.path", "data.cache"]

    private static var defaultTraining: TrainingConfiguration {
        var training = TrainingConfiguration()
        training.epochs = 25
        training.batchSize = 64
        training.optimizer.learningRate = 1e-3
        training.optimizer.undecayed = ["bias", "position"]
        training.schedule.kind = .plateau
        training.schedule.metric = "cosine"
        training.earlyStopping = EarlyStoppingConfiguration(
            metric: "cosine", patience: 8, threshold: 0)
        return training
    }

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checkName(&checks)
        checks.section("data", data)
        checks.section("model", model)
        checks.section("loss", loss)
        checks.section("training", training)
        checkMetrics(&checks, known: DialogueRecipe.metricNames + ["loss"])
        checks.require(
            !loss.comparesPairs || training.batchSize > 1, "training.batchSize",
            training.batchSize,
            mustBe: "above 1 with infoNCE or triplet, which compare the pairs of a batch")
    }
}
