import TandemBasics
public import TandemNetworks
public import TandemDevices
import TandemReports

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
        if isBestHere || steps > 0 && run.state.step % steps == 0 {
            try run.completeState()
            try Checkpoint.save(to: directory.lastCheckpoint, run)
        }
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
}

/// Keeps the weights of the best evaluation, in the run's directory or in memory, and puts them back at the end.
public final class BestWeights: TrainingPolicy {
    /// Which weights are the best.
    public struct Choice: Codable, Sendable {
        /// The optimiser step that they come from; `nil` before the first evaluation.
        public var step: Int?
    }

    /// Kept in every checkpoint.
    public var savedState = Choice()

    private let directory: RunDirectory?
    private var snapshot: DeviceBuffer?
    private var mustWrite = false

    /// Keeps the weights in `directory`, without one in the device's memory.
    public init(_ directory: RunDirectory? = nil) {
        self.directory = directory
    }

    /// `bestWeights`.
    public var name: String { "bestWeights" }

    /// Writes the best weights of a resumed run anew when it was killed before they were written.
    public func didStart(_ run: TrainingContext) throws {
        guard let directory, let step = savedState.step, step == run.state.step,
            try Checkpoint.step(ofWeights: directory.bestCheckpoint) != step
        else { return }
        try run.saveDeliveredWeights(to: directory.bestCheckpoint)
    }

    /// Takes the weights when they are the best so far.
    public func didEvaluate(_ evaluation: Evaluation, _ run: TrainingContext) throws {
        guard run.isBestSoFar else { return }
        savedState.step = evaluation.step
        if directory != nil {
            mustWrite = true
        } else {
            snapshot = nil  // Back to the pool first, so that the new copy takes its place.
            snapshot = try run.withDeliveredWeights { try run.arena.snapshot() }
        }
    }

    /// Writes the best weights inside an epoch.
    public func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws {
        guard event.batch < run.plan.batchesPerEpoch, run.state.stopReason == nil else { return }
        try writeIfDue(run)
    }

    /// Writes the best weights at the end of an epoch.
    public func saveEpoch(_ record: EpochRecord, _ run: TrainingContext) throws {
        try writeIfDue(run)
    }

    /// Puts the best weights into the model.
    public func didFinish(_ run: TrainingContext) throws {
        if let directory, savedState.step != nil {
            try Checkpoint.loadWeights(from: directory.bestCheckpoint, into: run.arena)
        } else if let snapshot {
            try run.arena.restore(snapshot)
        }
    }

    private func writeIfDue(_ run: TrainingContext) throws {
        guard mustWrite, let directory else { return }
        try run.saveDeliveredWeights(to: directory.bestCheckpoint)
        mustWrite = false
    }
}

/// Writes the weights that a run delivers where their average takes their place and no best ones are kept: the last
/// checkpoint has the trained weights under the model's names.
final class AverageFile: TrainingPolicy {
    private let directory: RunDirectory

    init(_ directory: RunDirectory) {
        self.directory = directory
    }

    var name: String { "averageFile" }

    /// Writes the weights of a resumed run anew: it may have been killed before they were written.
    func didStart(_ run: TrainingContext) throws {
        guard run.state.batch == 0, run.state.epoch > 0 else { return }
        try run.saveDeliveredWeights(to: directory.averageCheckpoint)
    }

    func saveEpoch(_ record: EpochRecord, _ run: TrainingContext) throws {
        try run.saveDeliveredWeights(to: directory.averageCheckpoint)
    }
}

extension TrainingContext {
    fileprivate func saveDeliveredWeights(to path: String) throws {
        try withDeliveredWeights {
            try Checkpoint.saveWeights(to: path, arena: arena, step: state.step)
        }
    }
}

/// Writes what people read of a run: one line of history per epoch, and the report.
public final class RunRecords: TrainingPolicy {
    private let directory: RunDirectory
    private var pace = ReportPace()

    /// Writes into `directory`.
    public init(_ directory: RunDirectory) {
        self.directory = directory
    }

    /// `records`.
    public var name: String { "records" }

    /// Replaces the history, which may lack what a killed process had no time to write.
    public func didStart(_ run: TrainingContext) throws {
        if run.state.epoch > 0 { try directory.writeHistory(run.state.history) }
    }

    /// Replaces history and report; reports that would slow the run down are left out.
    public func saveEpoch(_ record: EpochRecord, _ run: TrainingContext) throws {
        try directory.writeHistory(run.state.history)
        try pace.report(isLast: run.state.stopReason != nil) {
            try directory.writeReport(run.state.history)
        }
    }
}

/// Keeps the time that reports take below two percent of a run: short epochs share one.
struct ReportPace {
    private let now: () -> Duration
    private var due: Duration?

    /// A pace measured by `now`, the time since some moment.
    init(now: @escaping () -> Duration) {
        self.now = now
    }

    init() {
        let clock = ContinuousClock()
        let start = clock.now
        self.init { clock.now - start }
    }

    /// Calls `write` the first time, the last time, and when fifty times its duration have passed since the last call.
    mutating func report(isLast: Bool, _ write: () throws -> Void) rethrows {
        let start = now()
        if !isLast, let due, start < due { return }
        try write()
        let end = now()
        due = end + (end - start) * 50
    }
}

/// Keeps a moving average of the weights, which is measured and kept for use in their place; see `WeightAverage`.
public final class AverageWeights: WeightSubstitute {
    /// What the average must remember besides its memory.
    public struct Progress: Codable, Sendable {
        /// Number of steps that the average has taken in.
        public var updates = 0
    }

    /// Kept in every checkpoint.
    public var savedState: Progress {
        get { Progress(updates: average.updateCount) }
        set { average.updateCount = newValue.updates }
    }

    private let average: WeightAverage

    /// An average over all parameters of `arena`; throws when `decay` is not in `[0, 1)`.
    public init(_ arena: ParameterArena, decay: Double) throws {
        average = try WeightAverage(arena, decay: decay)
    }

    /// `averageWeights`.
    public var name: String { "averageWeights" }

    /// The averages.
    public var savedBuffers: [(name: String, slice: BufferSlice)] { average.state }

    /// Takes in the weights of a step.
    public func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws {
        try average.update()
    }

    /// Puts the averages into the model; before the first step there are none.
    public func putIn(_ run: TrainingContext) throws {
        if average.updateCount > 0 { try average.swap() }
    }

    /// Puts the trained weights back.
    public func takeOut(_ run: TrainingContext) throws {
        if average.isInModel { try average.swap() }
    }

    /// Leaves the averages in the model: they are what the run delivers.
    public func didFinish(_ run: TrainingContext) throws {
        try putIn(run)
    }
}

extension AverageWeights.Progress: CountingState {
    var count: Int { updates }
}
