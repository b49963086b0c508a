public import TandemDevices

/// The exponential moving average of an arena's parameters, for evaluation: `average = decay * average + (1 - decay) * w`.
///
/// PyTorch's `AveragedModel` with `get_ema_multi_avg_fn`: the average starts as the weights at the first update. Buffers are
/// not averaged; evaluation uses them as they are. (Polyak and Juditsky 1992.)
public final class WeightAverage {
    /// What is left of the average in an update, in `[0, 1)`.
    public let decay: Double
    /// Number of updates; part of the state that a checkpoint keeps.
    public var updateCount = 0
    /// Whether the model holds the averages, and this object the trained weights.
    public private(set) var isInModel = false

    private let arena: ParameterArena
    private let averages: DeviceBuffer

    /// An average over all parameters of `arena`, which holds nothing yet; throws when `decay` is not in `[0, 1)`.
    public init(_ arena: ParameterArena, decay: Double) throws {
        guard (0..<1).contains(decay) else {
            throw NetworkError.invalidArgument(
                where: "WeightAverage", detail: "the decay \(decay) is not in [0, 1)")
        }
        self.arena = arena
        self.decay = decay
        averages = try arena.device.allocate(arena.values.count)
        try arena.copyValues(arena.values, to: averages.slice)
    }

    /// The buffers that a checkpoint keeps, by name, each as long as the arena; save and load while not in the model.
    public var state: [(name: String, slice: BufferSlice)] {
        [("averages", averages.slice)]
    }

    /// Takes in the weights after a step; throws while the averages are in the model.
    ///
    /// `decay` replaces that of the average for this update, for a decay that grows.
    public func update(decay: Double? = nil) throws {
        try arena.state.requireCurrent("WeightAverage")
        guard !isInModel else {
            throw NetworkError.invalidArgument(
                where: "WeightAverage",
                detail: "the averages are in the model; call swap() before the next update")
        }
        let decay = decay ?? self.decay
        updateCount += 1
        guard updateCount > 1 else {
            return try arena.copyValues(arena.values, to: averages.slice)
        }
        try arena.device.affine(
            input: averages.slice, output: averages.slice, scale: Float(decay), offset: 0)
        try arena.device.axpy(alpha: Float(1 - decay), x: arena.values, y: averages.slice)
    }

    /// Exchanges the model's weights and the averages, bit for bit; a second call undoes the first.
    ///
    /// While the averages are in the model, updates and optimiser steps throw.
    public func swap() throws {
        try arena.state.requireCurrent("WeightAverage")
        let kept = try arena.device.allocate(arena.values.count)
        try arena.copyValues(arena.values, to: kept.slice)
        try arena.copyValues(averages.slice, to: arena.values)
        try arena.copyValues(kept.slice, to: averages.slice)
        isInModel.toggle()
        arena.state.holdsAverage = isInModel
    }

    /// Runs `body` with the averages in the model, and puts the trained weights back in any case.
    public func withAverages<Result>(_ body: () throws -> Result) throws -> Result {
        try swap()
        let result = Swift.Result { try body() }
        try swap()
        return try result.get()
    }
}
