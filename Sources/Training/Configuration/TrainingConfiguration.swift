public import TandemConfiguration

/// The configuration of a whole experiment: what every system's configuration has besides its own sections.
public protocol ExperimentConfiguration: Configuration {
    /// Name of the experiment, used for the run directory.
    var name: String { get }
    /// Seed of initial weights, dropout masks and the order of the data.
    var seed: UInt64 { get }
    /// How to train.
    var training: TrainingConfiguration { get }

    /// The settings that a resumed run may change.
    ///
    /// All others determine the model, the order of the data or what the saved state means.
    static var changeableInRun: [String] { get }
}

extension ExperimentConfiguration {
    /// Settings of how long and how fast to train, which a resumed run of any system may change.
    public static var changeableInEveryRun: [String] {
        [
            "name", "training.epochs", "training.clipNorm", "training.logEverySteps",
            "training.checkpointEverySteps", "training.optimizer.learningRate",
            "training.optimizer.weightDecay", "training.schedule.warmUpFraction",
            "training.schedule.floor", "training.earlyStopping.patience",
            "training.earlyStopping.threshold",
        ]
    }

    /// Reports a name that cannot name a run directory.
    public func checkName(_ checks: inout ConfigurationChecks) {
        checks.fileName(name, "name", "it names the run directory")
    }

    /// Reports early stopping, a schedule or a health check that watches a metric that is not measured, before an epoch is
    /// wasted on it.
    public func checkMetrics(_ checks: inout ConfigurationChecks, known: [String]) {
        let (schedule, health) = (training.schedule, training.health)
        let watched = [
            ("training.earlyStopping.metric", training.earlyStopping?.metric),
            ("training.schedule.metric", schedule.kind == .plateau ? schedule.metric : nil),
            ("training.health.gapMetric", health.gap > 0 ? health.gapMetric : nil),
        ]
        for case (let key, let metric?) in watched {
            checks.require(
                known.contains(metric), key, "'\(metric)'",
                mustBe: "one of " + known.joined(separator: ", "))
        }
    }
}

/// How a model is trained, whatever the system: a section of every recipe's configuration.
public struct TrainingConfiguration: ConfigurationSection, Equatable {
    /// Largest number of epochs.
    public var epochs = 50
    /// Examples per batch.
    public var batchSize = 256
    /// Batches whose gradients are averaged for one optimiser step.
    public var accumulation = 1
    /// Global L2 norm that gradients are clipped to; 0 turns clipping off.
    public var clipNorm = 1.0
    /// Steps of an epoch that may be left out because their gradients are not finite; 0 ends the run at the first.
    ///
    /// Above 0 every step waits for the device.
    public var skippedSteps = 0
    /// Optimiser steps between two looks at the loss (each one waits for the device).
    public var logEverySteps = 50
    /// Optimiser steps between two checkpoints inside an epoch; 0 saves at the end of epochs only.
    public var checkpointEverySteps = 0
    /// Epochs between two states that are kept under names of their own; 0 keeps the last one only.
    public var keepEveryEpochs = 0
    /// Epochs between two measurements on the validation data; the last epoch always ends with one.
    public var evaluateEveryEpochs = 1
    /// Optimiser steps between two measurements inside an epoch; 0 measures at the end of epochs only.
    public var evaluateEverySteps = 0
    /// The optimiser.
    public var optimizer = OptimizerConfiguration()
    /// The learning-rate schedule.
    public var schedule = ScheduleConfiguration()
    /// When to stop early; `null` trains all epochs.
    public var earlyStopping: EarlyStoppingConfiguration?
    /// A moving average of the weights that is measured and kept in place of the weights themselves; `null` for none.
    public var weightAverage: WeightAverageConfiguration?
    /// What counts as a sign that the run goes wrong.
    public var health = HealthConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.count(epochs, "epochs")
        checks.count(batchSize, "batchSize")
        checks.count(accumulation, "accumulation")
        checks.require(
            clipNorm >= 0 && clipNorm.isFinite, "clipNorm", clipNorm,
            mustBe: "above 0, or 0 for no clipping")
        checks.notNegative(skippedSteps, "skippedSteps")
        checks.count(logEverySteps, "logEverySteps")
        checks.notNegative(checkpointEverySteps, "checkpointEverySteps")
        checks.notNegative(keepEveryEpochs, "keepEveryEpochs")
        checks.count(evaluateEveryEpochs, "evaluateEveryEpochs")
        checks.notNegative(evaluateEverySteps, "evaluateEverySteps")
        checks.section("optimizer", optimizer)
        checks.section("schedule", schedule)
        checks.section("earlyStopping", earlyStopping)
        checks.section("weightAverage", weightAverage)
        checks.section("health", health)
    }

    /// Writes every value, the absence of early stopping as `null`: a recipe's defaults may have it, and a file that
    /// says nothing would bring it back.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(epochs, forKey: .epochs)
        try container.encode(batchSize, forKey: .batchSize)
        try container.encode(accumulation, forKey: .accumulation)
        try container.encode(clipNorm, forKey: .clipNorm)
        try container.encode(skippedSteps, forKey: .skippedSteps)
        try container.encode(logEverySteps, forKey: .logEverySteps)
        try container.encode(checkpointEverySteps, forKey: .checkpointEverySteps)
        try container.encode(keepEveryEpochs, forKey: .keepEveryEpochs)
        try container.encode(evaluateEveryEpochs, forKey: .evaluateEveryEpochs)
        try container.encode(evaluateEverySteps, forKey: .evaluateEverySteps)
        try container.encode(optimizer, forKey: .optimizer)
        try container.encode(schedule, forKey: .schedule)
        try container.encode(earlyStopping, forKey: .earlyStopping)
        try container.encode(weightAverage, forKey: .weightAverage)
        try container.encode(health, forKey: .health)
    }
}

/// How the learning rate changes over the run.
public struct ScheduleConfiguration: ConfigurationSection, Equatable {
    /// The kinds of schedule.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The same rate throughout.
        case constant
        /// Linear warm-up, then a cosine per step down to `floor`.
        case cosine
        /// Multiplied by `factor` when the watched metric stops improving.
        case plateau
    }

    /// Which schedule.
    public var kind = Kind.cosine
    /// Cosine: share of all steps with linearly rising rate.
    public var warmUpFraction = 0.05
    /// Cosine: share of the rate that is left at the end.
    public var floor = 0.1
    /// Plateau: the metric to watch; `loss` is the training loss.
    public var metric = "loss"
    /// Plateau: multiplies the rate.
    public var factor = 0.5
    /// Plateau: epochs or evaluations without improvement that are borne.
    public var patience = 3
    /// Plateau: what patience counts.
    public var unit = PatienceUnit.epochs
    /// Plateau: relative improvement that counts.
    public var threshold = 1e-4

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        for (key, share) in [("warmUpFraction", warmUpFraction), ("floor", floor)] {
            checks.require((0...1).contains(share), key, share, mustBe: "between 0 and 1")
        }
        checks.require(
            factor > 0 && factor < 1, "factor", factor, mustBe: "above 0 and below 1")
        checks.notNegative(patience, "patience")
        checks.notNegative(threshold, "threshold")
    }
}

/// What patience counts.
public enum PatienceUnit: String, Codable, Sendable, CaseIterable {
    /// Epochs.
    case epochs
    /// Measurements on the validation data.
    case evaluations
}

/// When training stops before the last epoch; the best epoch's weights are restored at the end.
public struct EarlyStoppingConfiguration: ConfigurationSection, Equatable {
    /// The metric to watch; `loss` is the training loss.
    public var metric = "loss"
    /// Epochs or evaluations in a row without improvement after which training stops.
    public var patience = 3
    /// What patience counts.
    public var unit = PatienceUnit.epochs
    /// Absolute improvement over the best value that counts.
    public var threshold = 1e-4

    /// Every value at its default.
    public init() {}

    /// Watches `metric`.
    public init(metric: String, patience: Int, threshold: Double) {
        self.metric = metric
        self.patience = patience
        self.threshold = threshold
    }

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.count(patience, "patience")
        checks.notNegative(threshold, "threshold")
    }
}

/// A moving average of the weights.
public struct WeightAverageConfiguration: ConfigurationSection, Equatable {
    /// Part of the average that stays at every step: `average = decay * average + (1 - decay) * weights`.
    public var decay = 0.999

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            decay > 0 && decay < 1, "decay", decay, mustBe: "above 0 and below 1")
    }
}

/// What counts as a sign that a run goes wrong; 0 turns a sign off.
public struct HealthConfiguration: ConfigurationSection, Equatable {
    /// Training loss as a multiple of its lowest value so far.
    public var divergence = 10.0
    /// `gapMetric` as a multiple of the training loss.
    public var gap = 0.0
    /// The validation metric that is compared with the training loss.
    public var gapMetric = "validationLoss"
    /// Share of one loss term in the sum of all.
    public var balance = 0.0
    /// Value of a loss term below which it counts as collapsed.
    public var collapse = 0.0
    /// Epochs after which the first one should no longer be the best.
    public var firstBest = 5
    /// Whether divergence ends the run.
    public var stops = false

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        for (name, factor) in [("divergence", divergence), ("gap", gap)] {
            checks.require(
                factor == 0 || factor > 1 && factor.isFinite, name, factor,
                mustBe: "above 1, or 0 to look away")
        }
        checks.require(
            (0..<1).contains(balance), "balance", balance,
            mustBe: "below 1, or 0 to look away")
        checks.notNegative(collapse, "collapse")
        checks.notNegative(firstBest, "firstBest")
        checks.require(
            !stops || divergence > 0, "stops", stops,
            mustBe: "false unless divergence is above 0: nothing else ends a run")
    }
}
