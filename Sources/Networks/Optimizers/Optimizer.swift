public import TandemDevices

/// A rule that changes the parameters of an arena along their gradients.
public protocol Optimizer: AnyObject {
    /// Number of steps taken; part of the state that a checkpoint keeps.
    var stepCount: Int { get set }

    /// Steps of the parameters that did not take part in all `stepCount` steps, by name; part of a checkpoint's state.
    ///
    /// Set it after `stepCount`, which lets every parameter have taken part in all of them.
    var parameterSteps: [String: Int] { get set }

    /// The buffers that a checkpoint keeps, by name, each as long as the arena.
    var state: [(name: String, slice: BufferSlice)] { get }

    /// One step: learning rates of all groups are multiplied by `factor`, gradients by the device scalar `gradientScale`.
    ///
    /// Throws `NetworkError.replacedArena` when a later arena has taken over the model, and `NetworkError.notTraining` when
    /// the forward pass before it was one of evaluation.
    func step(factor: Double, gradientScale: BufferSlice?) throws
}

extension Optimizer {
    /// Every parameter takes part in every step.
    public var parameterSteps: [String: Int] {
        get { [:] }
        set {}
    }
}

/// Which parameters of an arena take part in a step, and how many steps each has taken part in.
struct StepParticipation {
    private let arena: ParameterArena
    private var counts: [Int]
    /// Whether all parameters have taken the same number of steps.
    private var isUniform = true

    init(_ arena: ParameterArena) {
        self.arena = arena
        counts = [Int](repeating: 0, count: arena.entries.count)
    }

    mutating func setAll(_ count: Int) {
        for number in counts.indices { counts[number] = count }
        isUniform = true
    }

    /// The steps of the parameters that have not taken `total`, by name.
    subscript(differingFrom total: Int) -> [String: Int] {
        get {
            let differing = zip(arena.entries, counts).filter { $0.1 != total }
            return Dictionary(uniqueKeysWithValues: differing.map { ($0.0.name, $0.1) })
        }
        set {
            setAll(total)
            for (number, entry) in arena.entries.enumerated() {
                if let count = newValue[entry.name] { counts[number] = count }
            }
            isUniform = counts.allSatisfy { $0 == total }
        }
    }

    /// Counts a step of the parameters that a gradient reached and returns them, gathered by their number of steps.
    ///
    /// `nil` says that all parameters take part and have taken the same number: the step is one operation.
    mutating func advance() -> [(step: Int, numbers: [Int])]? {
        let reached = arena.reachedParameters
        guard !(isUniform && reached.isComplete) else {
            for number in counts.indices { counts[number] += 1 }
            return nil
        }
        var gathered: [Int: [Int]] = [:]
        for number in counts.indices where reached.contains(number) {
            counts[number] += 1
            gathered[counts[number], default: []].append(number)
        }
        isUniform = counts.allSatisfy { $0 == counts[0] }
        return gathered.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

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
    private var constants: AdamParameters

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
        constants = AdamParameters(
            beta1: beta1, beta2: beta2, epsilon: epsilon, step: 0,
            decoupledWeightDecay: decoupledWeightDecay)
        participation = leavesUnreachedAlone ? StepParticipation(arena) : nil
        firstMoments = try arena.makeZeros()
        secondMoments = try arena.makeZeros()
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
        constants.step = step
        try arena.device.adam(
            values: arena.values, gradients: arena.gradients, firstMoments: firstMoments.slice,
            secondMoments: secondMoments.slice, gradientScale: gradientScale, segments: segments,
            constants)
    }
}

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
        momenta = momentum > 0 ? try arena.makeZeros() : nil
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
