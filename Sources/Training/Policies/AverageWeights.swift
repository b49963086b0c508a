public import TandemDevices
public import TandemNetworks

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
