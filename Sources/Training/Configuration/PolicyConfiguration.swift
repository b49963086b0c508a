public import TandemConfiguration

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
    /// Plateau: epochs or evaluations without improvement that are borne.
    public var patience = 3
    /// Plateau: what patience counts.
    public var unit = PatienceUnit.epochs
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

/// What patience counts.
public enum PatienceUnit: String, Codable, Sendable, CaseIterable {
    /// Epochs.
    case epochs
    /// Measurements on the validation data.
    case evaluations
}

/// When training stops before the last epoch; the best epoch's weights are restored at the end.
public struct EarlyStoppingConfiguration: Configuration, Equatable {
    /// The metric to watch; `loss` is the training loss.
    public var metric = "loss"
    /// Epochs or evaluations in a row without improvement after which training stops.
    public var patience = 3
    /// What patience counts.
    public var unit = PatienceUnit.epochs
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

/// A moving average of the weights.
public struct WeightAverageConfiguration: Configuration, Equatable {
    /// Part of the average that stays at every step: `average = decay * average + (1 - decay) * weights`.
    public var decay = 0.999

    /// The values used where a file says nothing.
    public static let defaults = WeightAverageConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            decay > 0 && decay < 1, "decay", decay, mustBe: "above 0 and below 1")
    }
}

/// What counts as a sign that a run goes wrong; 0 turns a sign off.
public struct HealthConfiguration: Configuration, Equatable {
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
    /// Whether divergence ends the run.
    public var stops = false

    /// The values used where a file says nothing.
    public static let defaults = HealthConfiguration()

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
        checks.require(
            collapse >= 0 && collapse.isFinite, "collapse", collapse, mustBe: "0 or more")
        checks.require(
            !stops || divergence > 0, "stops", stops,
            mustBe: "false unless divergence is above 0: nothing else ends a run")
    }
}
