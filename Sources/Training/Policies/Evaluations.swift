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
