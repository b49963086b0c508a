/// Something that takes part in a run without being part of its loop: all hooks do nothing by default.
///
/// The order of events: `didStart`, then for every epoch `willStartEpoch`, `didFinishStep` after each optimiser step and `didFinishEpoch`,
/// at last `didFinish`. Callbacks are called in the order in which they were given.
public protocol TrainingCallback: AnyObject {
    /// Called once before the first step; `state` is not new when a run is resumed.
    func didStart(_ state: TrainingState, _ plan: TrainingPlan) throws
    /// Called before the first batch of an epoch, or of the rest of one that is resumed.
    func willStartEpoch(_ state: TrainingState) throws
    /// Called after every optimiser step.
    func didFinishStep(_ event: StepEvent) throws
    /// Called after an epoch was evaluated, recorded and checkpointed.
    func didFinishEpoch(_ record: EpochRecord, _ state: TrainingState) throws
    /// Called once after the last epoch, when the best weights are restored.
    func didFinish(_ state: TrainingState) throws
}

extension TrainingCallback {
    /// Does nothing.
    public func didStart(_ state: TrainingState, _ plan: TrainingPlan) throws {}
    /// Does nothing.
    public func willStartEpoch(_ state: TrainingState) throws {}
    /// Does nothing.
    public func didFinishStep(_ event: StepEvent) throws {}
    /// Does nothing.
    public func didFinishEpoch(_ record: EpochRecord, _ state: TrainingState) throws {}
    /// Does nothing.
    public func didFinish(_ state: TrainingState) throws {}
}

/// The size of a run.
public struct TrainingPlan: Sendable {
    /// Largest number of epochs.
    public let epochs: Int
    /// Batches per epoch.
    public let batchesPerEpoch: Int
    /// Optimiser steps per epoch.
    public let stepsPerEpoch: Int
    /// Trainable numbers of the model.
    public let parameterCount: Int
}

/// What happened in one optimiser step.
public struct StepEvent: Sendable {
    /// Number of the epoch, from 1 on.
    public let epoch: Int
    /// Batches of the epoch that are done.
    public let batch: Int
    /// Examples of the epoch that are done.
    public let examples: Int
    /// Mean total loss of the epoch so far, known at logging intervals.
    public let loss: Double?
}
