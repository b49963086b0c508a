import TandemBasics

/// Keeps the last state of a run in its directory: after every epoch, every n-th step, the best evaluation inside an epoch and
/// an interruption; on request that of every n-th epoch too.
///
/// Stands before `BestWeights` in the list of policies: a run that is killed between the two files finds in the last
/// checkpoint what belongs into the best one.
public final class Checkpoints: TrainingPolicy {
    private let directory: RunDirectory
    private let steps: Int
    private let epochs: Int

    /// Saves into `directory` after every epoch, after every `steps` steps when that is above 0, and keeps the state of
    /// every `epochs`-th epoch under a name of its own when that is above 0.
    public init(
        _ directory: RunDirectory, everySteps steps: Int = 0, keepingEveryEpochs epochs: Int = 0
    ) {
        self.directory = directory
        self.steps = steps
        self.epochs = epochs
    }

    /// `checkpoints`.
    public var name: String { "checkpoints" }

    /// Keeps the state of an epoch whose process was killed before it did.
    public func didStart(_ run: TrainingContext) throws {
        guard run.state.batch == 0, run.state.epoch > 0, isKept(run.state.epoch) else { return }
        let path = directory.checkpoint(epoch: run.state.epoch)
        guard try !Folder.fileExists(path) else { return }
        try Checkpoint.save(to: path, run)
    }

    private func isKept(_ epoch: Int) -> Bool { epochs > 0 && epoch % epochs == 0 }

    /// Saves inside an epoch; its end saves by itself, also where the run stops.
    public func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws {
        // A run that was stopped ends its epoch at once, which saves it with its record.
        guard event.batch < run.plan.batchesPerEpoch, run.state.stopReason == nil else { return }
        let isDue = steps > 0 && run.state.step % steps == 0
        if isDue || isBestHere { try save(run) }
        isBestHere = false
    }

    private var isBestHere = false

    /// Notes that the weights as they are now will be the best ones.
    public func didEvaluate(_ evaluation: Evaluation, _ run: TrainingContext) {
        isBestHere = run.isBestSoFar
    }

    /// Saves the end of an epoch.
    public func saveEpoch(_ record: EpochRecord, _ run: TrainingContext) throws {
        isBestHere = false
        try Checkpoint.save(to: directory.lastCheckpoint, run)
        if isKept(record.epoch) {
            try Checkpoint.save(to: directory.checkpoint(epoch: record.epoch), run)
        }
    }

    /// Saves where the run is left.
    public func didInterrupt(_ run: TrainingContext) throws {
        try Checkpoint.save(to: directory.lastCheckpoint, run)
    }

    private func save(_ run: TrainingContext) throws {
        try run.completeState()
        try Checkpoint.save(to: directory.lastCheckpoint, run)
    }
}
