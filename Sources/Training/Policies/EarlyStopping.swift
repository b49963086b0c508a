/// Says which evaluation is the best so far by a metric, and stops the run when the metric no longer improves.
public final class EarlyStopping: TrainingPolicy {
    /// Progress of the metric.
    public struct Progress: Codable, Sendable, Equatable {
        /// Best value of the watched metric.
        public var bestValue: Double?
        /// Observations in a row without improvement.
        public var withoutImprovement = 0
        /// Whether the current epoch has brought the best value so far.
        var isBest = false

        /// Nothing seen yet.
        public init() {}

        /// Takes in a value and says whether it is the best so far: whether it beats the best by more than `threshold`;
        /// NaN never does.
        public mutating func observe(_ value: Double, higherIsBetter: Bool, threshold: Double)
            -> Bool
        {
            let improves: Bool
            if let bestValue {
                improves =
                    higherIsBetter ? value > bestValue + threshold : value < bestValue - threshold
            } else {
                improves = !value.isNaN
            }
            withoutImprovement = improves ? 0 : withoutImprovement + 1
            if improves { bestValue = value }
            return improves
        }
    }

    /// Kept in every checkpoint.
    public var savedState = Progress()

    private let configuration: EarlyStoppingConfiguration

    /// Watches the configuration's metric.
    public init(_ configuration: EarlyStoppingConfiguration) {
        self.configuration = configuration
    }

    /// `earlyStopping`.
    public var name: String { "earlyStopping" }

    /// Observes the metric; throws when it was not measured or is NaN.
    public func didEvaluate(_ evaluation: Evaluation, _ run: TrainingContext) throws {
        let metric = try evaluation.metric(configuration.metric)
        guard !metric.value.isNaN else {
            throw TrainingError.metricNotANumber(metric.name, epoch: run.state.epoch + 1)
        }
        let before = savedState.withoutImprovement
        let isBest = savedState.observe(
            metric.value, higherIsBetter: metric.higherIsBetter,
            threshold: configuration.threshold)
        run.isBestSoFar = isBest
        savedState.isBest = savedState.isBest || isBest
        // Counted in epochs, the end of the epoch counts.
        if configuration.unit == .epochs, !isBest { savedState.withoutImprovement = before }
        if configuration.unit == .evaluations { stopIfDue(run) }
    }

    /// Marks the best epoch and stops the run when patience is used up.
    public func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) throws {
        record.isBest = savedState.isBest
        // Before the first measurement there is nothing that could have improved.
        if configuration.unit == .epochs, !savedState.isBest, savedState.bestValue != nil {
            savedState.withoutImprovement += 1
        }
        savedState.isBest = false
        stopIfDue(run)
    }

    private func stopIfDue(_ run: TrainingContext) {
        if savedState.withoutImprovement >= configuration.patience { run.stop(.earlyStopping) }
    }
}

extension EarlyStopping.Progress: CountingState {
    var count: Int { withoutImprovement }
}
