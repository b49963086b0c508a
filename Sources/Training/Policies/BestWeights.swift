import TandemNetworks
import TandemDevices

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
        try write(run, to: directory)
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
        try write(run, to: directory)
        mustWrite = false
    }

    private func write(_ run: TrainingContext, to directory: RunDirectory) throws {
        try run.withDeliveredWeights {
            try Checkpoint.saveWeights(
                to: directory.bestCheckpoint, arena: run.arena, step: run.state.step)
        }
    }
}
