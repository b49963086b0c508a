import TandemNetworks

/// Writes the weights that a run delivers where their average takes their place and no best ones are kept: the last
/// checkpoint has the trained weights under the model's names.
public final class AverageFile: TrainingPolicy {
    private let directory: RunDirectory

    /// Writes into `directory`.
    public init(_ directory: RunDirectory) {
        self.directory = directory
    }

    /// `averageFile`.
    public var name: String { "averageFile" }

    /// Writes the weights of a resumed run anew: it may have been killed before they were written.
    public func didStart(_ run: TrainingContext) throws {
        if run.state.batch == 0, run.state.epoch > 0 { try write(run) }
    }

    /// Replaces the weights.
    public func saveEpoch(_ record: EpochRecord, _ run: TrainingContext) throws {
        try write(run)
    }

    private func write(_ run: TrainingContext) throws {
        try run.withDeliveredWeights {
            try Checkpoint.saveWeights(
                to: directory.averageCheckpoint, arena: run.arena, step: run.state.step)
        }
    }
}
