public import TandemDevices

/// Stochastic gradient descent with momentum; one fused operation per step.
///
/// Formulas at `Device.sgd`.
public final class SGD: Optimizer {
    /// Number of steps taken.
    public var stepCount = 0

    private let arena: ParameterArena
    private var groups: GroupSegments
    private let momenta: DeviceBuffer?
    private let momentum: Float
    private let nesterov: Bool
    private let leavesUnreachedAlone: Bool

    /// An optimiser over all parameters of `arena`.
    ///
    /// With `leavesUnreachedAlone`, a parameter that no gradient reached since the gradients were set to zero keeps its value
    /// and its momentum, as in PyTorch one whose `grad` is `None`; otherwise its gradient counts as zero. Throws when a
    /// parameter fits no group, a group has no parameter, or a constant is outside its range.
    public init(
        _ arena: ParameterArena, groups: [ParameterGroup], momentum: Float = 0,
        nesterov: Bool = false, leavesUnreachedAlone: Bool = false
    ) throws {
        guard momentum >= 0, momentum.isFinite else {
            throw NetworkError.invalidArgument(
                where: "SGD", detail: "momentum \(momentum) is not a finite number of at least 0")
        }
        guard momentum > 0 || !nesterov else {
            throw NetworkError.invalidArgument(
                where: "SGD", detail: "Nesterov's form needs a momentum above 0")
        }
        self.arena = arena
        self.groups = try GroupSegments(arena, groups)
        self.momentum = momentum
        self.nesterov = nesterov
        self.leavesUnreachedAlone = leavesUnreachedAlone
        momenta = momentum > 0 ? try arena.device.allocate(arena.values.count) : nil
        if let momenta { try arena.device.fill(momenta.slice, value: 0) }
    }

    /// The momenta, when momentum is used.
    public var state: [(name: String, slice: BufferSlice)] {
        momenta.map { [("momenta", $0.slice)] } ?? []
    }

    /// One step with all learning rates multiplied by `factor`.
    public func step(factor: Double, gradientScale: BufferSlice?) throws {
        try arena.state.requireTrainable("SGD")
        stepCount += 1
        let segments: [ParameterSegment]
        let reached = arena.reachedParameters
        if leavesUnreachedAlone, !reached.isComplete {
            segments = groups.segments(
                of: arena.entries.indices.filter(reached.contains), factor: factor)
        } else {
            groups.setFactor(factor)
            segments = groups.segments
        }
        // A momentum that was never used is zero, so that only the very first step can do without reading it.
        try arena.device.sgd(
            values: arena.values, gradients: arena.gradients, momenta: momenta?.slice,
            gradientScale: gradientScale, segments: segments,
            SGDParameters(momentum: momentum, nesterov: nesterov, isFirstStep: stepCount == 1))
    }
}
