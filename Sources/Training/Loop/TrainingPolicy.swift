public import TandemDevices
public import TandemNetworks

/// Takes part in a run of the trainer: evaluates, judges, keeps, stops, reports.
///
/// The trainer itself only computes. Its policies are called in the order of their list at every point below, so one that
/// judges a figure comes behind the one that measures it. At the end of an epoch all of them see its record
/// *before* anything is saved (`willSaveEpoch`), may add to it and may stop the run; then those that keep files write
/// them (`saveEpoch`); then all are told (`didFinishEpoch`).
public protocol TrainingPolicy: Resumable {
    /// The name under which a checkpoint keeps the state; only one policy of a run may bear it.
    var name: String { get }

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

/// A run as its policies see it: where it stands, the model's memory, and what they may do to it.
public final class TrainingContext {
    /// Where the run stands.
    ///
    /// The loss sums and the states of the policies in it are those of the last `completeState`.
    public internal(set) var state = TrainingState()
    /// The size of the run.
    public let plan: TrainingPlan
    /// The memory of the model.
    public let arena: ParameterArena
    /// The rule that changes the parameters.
    public let optimizer: any Optimizer
    /// The product of the factors on all learning rates that policies have set.
    public private(set) var learningRateFactor = 1.0
    private var factors: [String: Double] = [:]

    /// Whether the last evaluation is the best so far; set by the policy that judges.
    public var isBestSoFar = false

    var policies: [any TrainingPolicy] = []
    var measure: () throws -> Evaluation = { Evaluation(step: 0, metrics: []) }
    var complete: () throws -> Void = {}

    init(plan: TrainingPlan, arena: ParameterArena, optimizer: any Optimizer) {
        self.plan = plan
        self.arena = arena
        self.optimizer = optimizer
    }

    /// The buffers that policies keep in checkpoints, under full names.
    var savedBuffers: [(name: String, slice: BufferSlice)] {
        policies.flatMap { policy in
            policy.savedBuffers.map { ("\(policy.name).\($0.name)", $0.slice) }
        }
    }

    /// Measures the recipe's metrics with the weights that are delivered, and tells every policy.
    ///
    /// Throws when the loss of the epoch so far is not finite.
    @discardableResult
    public func evaluate() throws -> Evaluation { try measure() }

    /// Brings loss sums and policies' states into `state`, as a checkpoint needs them; waits for the device.
    ///
    /// Throws when the loss of the epoch so far or the gradient norm is not finite: nothing of that is to be saved.
    public func completeState() throws { try complete() }

    /// Ends the run after the current step; the first reason counts.
    public func stop(_ reason: StopReason) {
        if state.stopReason == nil { state.stopReason = reason }
    }

    /// Runs `body` with the weights that the run delivers, for example their moving average; then training's own return.
    public func withDeliveredWeights<Result>(_ body: () throws -> Result) throws -> Result {
        let substitutes = policies.compactMap { $0 as? any WeightSubstitute }
        for substitute in substitutes { try substitute.putIn(self) }
        let result = Swift.Result { try body() }
        for substitute in substitutes.reversed() { try substitute.takeOut(self) }
        return try result.get()
    }

    /// Multiplies all learning rates by `factor` from the next step on, in place of what `policy` has set before.
    public func setLearningRateFactor(_ factor: Double, of policy: String) {
        factors[policy] = factor
        // In the order of names, so that the product has the same bits in every process.
        learningRateFactor = factors.sorted { $0.key < $1.key }.reduce(1) { $0 * $1.value }
    }

    /// The device of the model's memory.
    public var device: any Device { arena.device }
}

/// A policy with weights of its own that take the place of training's while the model is measured or kept for use.
///
/// Stands before `Evaluations` in the list of policies, so that its weights hold the step that is measured.
public protocol WeightSubstitute: TrainingPolicy {
    /// Puts the policy's weights into the arena, and keeps training's.
    func putIn(_ run: TrainingContext) throws
    /// Puts training's weights back.
    func takeOut(_ run: TrainingContext) throws
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
