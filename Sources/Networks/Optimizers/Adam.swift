public import Devices

/// Adam with decoupled weight decay (AdamW, the default) or with L2 regularisation; one fused operation per step.
///
/// Formulas at `OptimizerOperations.adam`. (Kingma and Ba 2015; Loshchilov and Hutter 2019.)
public final class Adam: Optimizer {
    /// Number of steps taken.
    public var stepCount = 0

    private let arena: ParameterArena
    private let groups: GroupSegments
    private let firstMoments: DeviceBuffer
    private let secondMoments: DeviceBuffer
    private let beta1: Float
    private let beta2: Float
    private let epsilon: Float
    private let decoupledWeightDecay: Bool

    /// An optimiser over all parameters of `arena`; throws when a parameter fits no group.
    public init(
        _ arena: ParameterArena, groups: [ParameterGroup], beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-8, decoupledWeightDecay: Bool = true
    ) throws {
        self.arena = arena
        self.groups = try GroupSegments(arena, groups)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decoupledWeightDecay = decoupledWeightDecay
        firstMoments = try arena.device.allocate(arena.values.count)
        secondMoments = try arena.device.allocate(arena.values.count)
        try arena.device.fill(firstMoments.slice, value: 0)
        try arena.device.fill(secondMoments.slice, value: 0)
    }

    /// The two moments.
    public var state: [(name: String, slice: BufferSlice)] {
        [("first_moments", firstMoments.slice), ("second_moments", secondMoments.slice)]
    }

    /// One step with all learning rates multiplied by `factor`.
    public func step(factor: Double, gradientScale: BufferSlice?) throws {
        stepCount += 1
        try arena.device.adam(
            values: arena.values, gradients: arena.gradients, firstMoments: firstMoments.slice,
            secondMoments: secondMoments.slice, gradientScale: gradientScale,
            segments: groups.segments(factor: factor),
            AdamParameters(
                beta1: beta1, beta2: beta2, epsilon: epsilon, step: stepCount,
                decoupledWeightDecay: decoupledWeightDecay))
    }
}
