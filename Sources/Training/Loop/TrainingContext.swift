public import TandemDevices
public import TandemNetworks

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

    /// Policies that exchange the weights for others while the model is measured or kept for use.
    var weightSubstitutes: [any WeightSubstitute] = []
    /// The buffers that policies keep in checkpoints, under full names.
    var savedBuffers: () -> [(name: String, slice: BufferSlice)] = { [] }
    var measure: () throws -> Evaluation = { Evaluation(step: 0, metrics: []) }
    var complete: () throws -> Void = {}

    init(plan: TrainingPlan, arena: ParameterArena, optimizer: any Optimizer) {
        self.plan = plan
        self.arena = arena
        self.optimizer = optimizer
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
        for substitute in weightSubstitutes { try substitute.putIn(self) }
        let result = Swift.Result { try body() }
        for substitute in weightSubstitutes.reversed() { try substitute.takeOut(self) }
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
