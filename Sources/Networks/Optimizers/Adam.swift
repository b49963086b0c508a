public import TandemDevices

/// Adam with decoupled weight decay (AdamW, the default) or with L2 regularisation; one fused operation per step.
///
/// Formulas at `Device.adam`. (Kingma and Ba 2015; Loshchilov and Hutter 2019.)
public final class Adam: Optimizer {
    /// Number of steps taken.
    public var stepCount = 0 {
        didSet { if stepCount != oldValue + 1 { participation?.setAll(stepCount) } }
    }

    private let arena: ParameterArena
    private var groups: GroupSegments
    private var participation: StepParticipation?
    private let firstMoments: DeviceBuffer
    private let secondMoments: DeviceBuffer
    private let beta1: Double
    private let beta2: Double
    private let epsilon: Float
    private let decoupledWeightDecay: Bool

    /// An optimiser over all parameters of `arena`.
    ///
    /// With `leavesUnreachedAlone`, a parameter that no gradient reached since the gradients were set to zero keeps its value,
    /// its moments and its number of steps, as in PyTorch one whose `grad` is `None`; otherwise its gradient counts as zero,
    /// so that it decays and follows its moments. Throws when a parameter fits no group, a group has no parameter, or a
    /// constant is outside its range.
    public init(
        _ arena: ParameterArena, groups: [ParameterGroup], beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Float = 1e-8, decoupledWeightDecay: Bool = true,
        leavesUnreachedAlone: Bool = false
    ) throws {
        for (name, value) in [("beta1", beta1), ("beta2", beta2)] where !(0..<1).contains(value) {
            throw NetworkError.invalidArgument(
                where: "Adam", detail: "\(name) \(value) is not in [0, 1)")
        }
        guard epsilon >= 0, epsilon.isFinite else {
            throw NetworkError.invalidArgument(
                where: "Adam", detail: "epsilon \(epsilon) is not a finite number of at least 0")
        }
        self.arena = arena
        self.groups = try GroupSegments(arena, groups)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decoupledWeightDecay = decoupledWeightDecay
        participation = leavesUnreachedAlone ? StepParticipation(arena) : nil
        firstMoments = try arena.device.allocate(arena.values.count)
        secondMoments = try arena.device.allocate(arena.values.count)
        try arena.device.fill(firstMoments.slice, value: 0)
        try arena.device.fill(secondMoments.slice, value: 0)
    }

    /// The two moments.
    public var state: [(name: String, slice: BufferSlice)] {
        [("first_moments", firstMoments.slice), ("second_moments", secondMoments.slice)]
    }

    /// Steps of the parameters that were left alone in some.
    public var parameterSteps: [String: Int] {
        get { participation?[differingFrom: stepCount] ?? [:] }
        set { participation?[differingFrom: stepCount] = newValue }
    }

    /// One step with all learning rates multiplied by `factor`.
    public func step(factor: Double, gradientScale: BufferSlice?) throws {
        try arena.state.requireTrainable("Adam")
        stepCount += 1
        guard let parts = participation?.advance() else {
            groups.setFactor(factor)
            return try step(stepCount, groups.segments, gradientScale)
        }
        for (step, numbers) in parts {
            try self.step(step, groups.segments(of: numbers, factor: factor), gradientScale)
        }
    }

    private func step(
        _ step: Int, _ segments: [ParameterSegment], _ gradientScale: BufferSlice?
    ) throws {
        try arena.device.adam(
            values: arena.values, gradients: arena.gradients, firstMoments: firstMoments.slice,
            secondMoments: secondMoments.slice, gradientScale: gradientScale, segments: segments,
            AdamParameters(
                beta1: beta1, beta2: beta2, epsilon: epsilon, step: step,
                decoupledWeightDecay: decoupledWeightDecay))
    }
}
