public import TandemConfiguration

/// How a model is trained, whatever the system: a section of every recipe's configuration.
public struct TrainingConfiguration: Configuration, Equatable {
    /// Largest number of epochs.
    public var epochs = 50
    /// Examples per batch.
    public var batchSize = 256
    /// Batches whose gradients are averaged for one optimiser step.
    public var accumulation = 1
    /// Global L2 norm that gradients are clipped to; 0 turns clipping off.
    public var clipNorm = 1.0
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

    /// The values used where a file says nothing.
    public static let defaults = TrainingConfiguration()

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
        checks.count(logEverySteps, "logEverySteps")
        checks.require(
            checkpointEverySteps >= 0, "checkpointEverySteps", checkpointEverySteps,
            mustBe: "0 or more")
        checks.require(
            keepEveryEpochs >= 0, "keepEveryEpochs", keepEveryEpochs, mustBe: "0 or more")
        checks.count(evaluateEveryEpochs, "evaluateEveryEpochs")
        checks.require(
            evaluateEverySteps >= 0, "evaluateEverySteps", evaluateEverySteps,
            mustBe: "0 or more")
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
