public import TandemDevices

/// Takes part in a run of the trainer: evaluates, judges, keeps, stops, reports.
///
/// The trainer itself only computes. Its policies are called in the order of their list at every point below, so one that
/// judges a figure comes behind the one that measures it. At the end of an epoch all of them see its record
/// *before* anything is saved (`willSaveEpoch`), may add to it and may stop the run; then those that keep files write
/// them (`saveEpoch`); then all are told (`didFinishEpoch`).
public protocol TrainingPolicy: AnyObject {
    /// What the policy must remember for a run to go on as if it had not been stopped.
    associatedtype SavedState: Codable = NoSavedState

    /// The name under which a checkpoint keeps the state; only one policy of a run may bear it.
    var name: String { get }

    /// Kept in every checkpoint, set when a run is resumed.
    var savedState: SavedState { get set }

    /// Device memory that checkpoints keep besides, by name.
    var savedBuffers: [(name: String, slice: BufferSlice)] { get }

    /// Called once before the first epoch, or the rest of one that is resumed.
    func didStart(_ run: TrainingContext) throws
    /// Called before the first step of every epoch, or of the rest of one that is resumed.
    func willStartEpoch(_ run: TrainingContext) throws
    /// Called after every optimiser step.
    func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws
    /// Called with the metrics of the validation data whenever they were measured.
    func didEvaluate(_ evaluation: Evaluation, _ run: TrainingContext) throws
    /// Called at the end of an epoch before anything is saved; may add to the record and stop the run.
    func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) throws
    /// Called to write what the policy keeps of an epoch; `run.state` is complete then.
    func saveEpoch(_ record: EpochRecord, _ run: TrainingContext) throws
    /// Called when everything of an epoch is saved.
    func didFinishEpoch(_ record: EpochRecord, _ run: TrainingContext) throws
    /// Called when the run is left inside an epoch; `run.state` is complete then.
    func didInterrupt(_ run: TrainingContext) throws
    /// Called once after the last epoch.
    func didFinish(_ run: TrainingContext) throws
}

/// The state of a policy or recipe that needs none.
public struct NoSavedState: Codable, Sendable, Equatable {
    /// Nothing.
    public init() {}
}

extension TrainingPolicy {
    /// The name of the type.
    public var name: String { "\(Self.self)" }
    /// None.
    public var savedBuffers: [(name: String, slice: BufferSlice)] { [] }
    /// Does nothing.
    public func didStart(_ run: TrainingContext) throws {}
    /// Does nothing.
    public func willStartEpoch(_ run: TrainingContext) throws {}
    /// Does nothing.
    public func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws {}
    /// Does nothing.
    public func didEvaluate(_ evaluation: Evaluation, _ run: TrainingContext) throws {}
    /// Does nothing.
    public func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) throws {}
    /// Does nothing.
    public func saveEpoch(_ record: EpochRecord, _ run: TrainingContext) throws {}
    /// Does nothing.
    public func didFinishEpoch(_ record: EpochRecord, _ run: TrainingContext) throws {}
    /// Does nothing.
    public func didInterrupt(_ run: TrainingContext) throws {}
    /// Does nothing.
    public func didFinish(_ run: TrainingContext) throws {}
}

extension TrainingPolicy where SavedState == NoSavedState {
    /// Nothing.
    public var savedState: NoSavedState {
        get { NoSavedState() }
        set {}
    }
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

/// One measurement on the validation data.
public struct Evaluation: Codable, Sendable, Equatable {
    /// Optimiser steps since the start of the run.
    public let step: Int
    /// What was measured, the mean training loss of the epoch so far under the name `loss` among it.
    public let metrics: [Metric]

    /// The metric called `name`; throws `TrainingError.unknownMetric` when it was not measured.
    public func metric(_ name: String) throws -> Metric {
        guard let metric = metrics.first(where: { $0.name == name }) else {
            throw TrainingError.unknownMetric(name, available: metrics.map(\.name))
        }
        return metric
    }
}
