public import TandemNetworks

/// Lowers the learning rate when a metric has stopped improving; see `ReduceOnPlateau`.
public final class PlateauSchedule: TrainingPolicy {
    /// What the schedule must remember.
    public struct Progress: Codable, Sendable {
        /// The rule with what it has seen.
        public var rule: ReduceOnPlateau
        /// The metric as it was measured last.
        var latest: Metric?
    }

    /// Kept in every checkpoint.
    public var savedState: Progress

    private let metric: String
    private let unit: PatienceUnit

    /// Lowers the rate by `rule`, fed with the metric of every evaluation, or once an epoch.
    public init(_ rule: ReduceOnPlateau, metric: String, unit: PatienceUnit = .epochs) {
        savedState = Progress(rule: rule)
        self.metric = metric
        self.unit = unit
    }

    /// `plateau`.
    public var name: String { "plateau" }

    /// Takes up the rate of a resumed run.
    public func didStart(_ run: TrainingContext) {
        run.setLearningRateFactor(savedState.rule.currentFactor, of: name)
    }

    /// Observes the metric; throws when it was not measured.
    public func didEvaluate(_ evaluation: Evaluation, _ run: TrainingContext) throws {
        savedState.latest = try evaluation.metric(metric)
        if unit == .evaluations { observe(run) }
    }

    /// Observes the epoch, with the metric's latest value.
    public func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) {
        if unit == .epochs { observe(run) }
    }

    private func observe(_ run: TrainingContext) {
        guard let latest = savedState.latest else { return }
        savedState.rule.observe(latest.value, higherIsBetter: latest.higherIsBetter)
        run.setLearningRateFactor(savedState.rule.currentFactor, of: name)
    }
}
