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
    /// The optimiser.
    public var optimizer = OptimizerConfiguration()
    /// The learning-rate schedule.
    public var schedule = ScheduleConfiguration()
    /// When to stop early; `null` trains all epochs.
    public var earlyStopping: EarlyStoppingConfiguration?

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
        checks.section("optimizer", optimizer)
        checks.section("schedule", schedule)
        checks.section("earlyStopping", earlyStopping)
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
        try container.encode(optimizer, forKey: .optimizer)
        try container.encode(schedule, forKey: .schedule)
        try container.encode(earlyStopping, forKey: .earlyStopping)
    }
}

/// The rule that changes the parameters.
public struct OptimizerConfiguration: Configuration, Equatable {
    /// The kinds of optimiser.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Adam with decoupled weight decay.
        case adamw
        /// Adam with L2 regularisation.
        case adam
        /// Stochastic gradient descent.
        case sgd
    }

    /// Which optimiser.
    public var kind = Kind.adamw
    /// Step size.
    public var learningRate = 5e-4
    /// Decay factor of the weights.
    public var weightDecay = 1e-2
    /// Adam: decay of the first moment.
    public var beta1 = 0.9
    /// Adam: decay of the second moment.
    public var beta2 = 0.999
    /// Adam: added to the root of the second moment.
    public var epsilon = 1e-8
    /// SGD: momentum factor.
    public var momentum = 0.0
    /// SGD: Nesterov's form.
    public var nesterov = false

    /// The values used where a file says nothing.
    public static let defaults = OptimizerConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            learningRate > 0 && learningRate.isFinite, "learningRate", learningRate,
            mustBe: "above 0")
        checks.require(
            weightDecay >= 0 && weightDecay.isFinite, "weightDecay", weightDecay,
            mustBe: "0 or more")
        checks.require((0..<1).contains(beta1), "beta1", beta1, mustBe: "at least 0 and below 1")
        checks.require((0..<1).contains(beta2), "beta2", beta2, mustBe: "at least 0 and below 1")
        checks.require(
            Float(epsilon) > 0 && epsilon <= 1, "epsilon", epsilon,
            mustBe: "above 0 and at most 1")
        checks.require(
            (0..<1).contains(momentum), "momentum", momentum, mustBe: "at least 0 and below 1")
        checks.require(
            !nesterov || momentum > 0, "nesterov", nesterov,
            mustBe: "false unless momentum is above 0")
    }
}

/// How the learning rate changes over the run.
public struct ScheduleConfiguration: Configuration, Equatable {
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
    /// Plateau: epochs without improvement that are borne.
    public var patience = 3
    /// Plateau: relative improvement that counts.
    public var threshold = 1e-4

    /// The values used where a file says nothing.
    public static let defaults = ScheduleConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            (0...1).contains(warmUpFraction), "warmUpFraction", warmUpFraction,
            mustBe: "between 0 and 1")
        checks.require((0...1).contains(floor), "floor", floor, mustBe: "between 0 and 1")
        checks.require(
            factor > 0 && factor < 1, "factor", factor, mustBe: "above 0 and below 1")
        checks.require(patience >= 0, "patience", patience, mustBe: "0 or more")
        checks.require(threshold >= 0, "threshold", threshold, mustBe: "0 or more")
    }
}

/// When training stops before the last epoch; the best epoch's weights are restored at the end.
public struct EarlyStoppingConfiguration: Configuration, Equatable {
    /// The metric to watch; `loss` is the training loss.
    public var metric = "loss"
    /// Epochs in a row without improvement after which training stops.
    public var patience = 3
    /// Absolute improvement over the best value that counts.
    public var threshold = 1e-4

    /// The values used where a file says nothing.
    public static let defaults = EarlyStoppingConfiguration()

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
        checks.require(threshold >= 0, "threshold", threshold, mustBe: "0 or more")
    }
}
