public import TandemNetworks

/// Measures the model on the validation data: at the end of every n-th epoch and of the last, and after every n-th step.
public final class Evaluations: TrainingPolicy {
    /// What the end of an epoch must know of it.
    public struct Progress: Codable, Sendable {
        /// The last measurement of the epoch; `nil` before the first.
        var last: Evaluation?
    }

    /// Kept in every checkpoint.
    public var savedState = Progress()

    private let epochs: Int
    private let steps: Int

    /// Measures after every `epochs` epochs, and after every `steps` steps when that is above 0.
    public init(everyEpochs epochs: Int = 1, everySteps steps: Int = 0) {
        self.epochs = max(1, epochs)
        self.steps = steps
    }

    /// `evaluations`.
    public var name: String { "evaluations" }

    /// Measures inside an epoch.
    public func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws {
        guard steps > 0, run.state.step % steps == 0, event.batch < run.plan.batchesPerEpoch
        else { return }
        try run.evaluate()
    }

    /// Keeps what was measured for the epoch's record.
    public func didEvaluate(_ evaluation: Evaluation, _ run: TrainingContext) {
        savedState.last = evaluation
    }

    /// Measures at the end of an epoch and writes the metrics into its record.
    public func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) throws {
        let isLast = record.epoch >= run.plan.epochs || run.state.stopReason != nil
        if isLast || record.epoch % epochs == 0 { try run.evaluate() }
        guard let last = savedState.last else { return }
        record.metrics = Dictionary(
            uniqueKeysWithValues: last.metrics.dropLast().map { ($0.name, $0.value) })
        savedState.last = nil
    }
}

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
