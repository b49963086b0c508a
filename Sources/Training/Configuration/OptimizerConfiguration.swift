public import TandemConfiguration
public import TandemNetworks

/// The rule that changes the parameters.
public struct OptimizerConfiguration: ConfigurationSection, Equatable {
    /// The kinds of optimiser.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Adam with decoupled weight decay.
        case adamw
        /// Adam with L2 regularisation.
        case adam
        /// Stochastic gradient descent.
        case sgd
    }

    /// Which optimiser.
    public var kind = Kind.adamw
    /// Step size.
    public var learningRate = 5e-4
    /// Decay factor of the weights.
    public var weightDecay = 1e-2
    /// Adam: decay of the first moment.
    public var beta1 = 0.9
    /// Adam: decay of the second moment.
    public var beta2 = 0.999
    /// Adam: added to the root of the second moment.
    public var epsilon = 1e-8
    /// SGD: momentum factor.
    public var momentum = 0.0
    /// SGD: Nesterov's form.
    public var nesterov = false

    /// Parameters with rates of their own; those that no group holds take the rates above.
    public var groups: [ParameterGroupConfiguration] = []
    /// Last parts of the names of parameters that take no weight decay in any group, for example `bias` or `norm.weight`.
    public var undecayed: [String] = []
    /// Whether a parameter that no gradient reaches in a step is left alone entirely: no decay, no change of its moments.
    public var leavesUnreachedAlone = false

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            learningRate > 0 && learningRate.isFinite, "learningRate", learningRate,
            mustBe: "above 0")
        checks.notNegative(weightDecay, "weightDecay")
        for (key, value) in [("beta1", beta1), ("beta2", beta2), ("momentum", momentum)] {
            checks.require(
                (0..<1).contains(value), key, value, mustBe: "at least 0 and below 1")
        }
        checks.require(
            Float(epsilon) > 0 && epsilon <= 1, "epsilon", epsilon,
            mustBe: "above 0 and at most 1")
        checks.require(
            !nesterov || momentum > 0, "nesterov", nesterov,
            mustBe: "false unless momentum is above 0")
        checks.sections("groups", groups)
        checks.require(
            !undecayed.contains(""), "undecayed", "''", mustBe: "words, without empty ones")
    }
}

/// Parameters that share a learning rate and a weight decay.
public struct ParameterGroupConfiguration: ConfigurationSection, Equatable {
    /// Full name of the module or parameter that the group holds, for example `encoder.layers.0`; the first that fits counts.
    public var path = ""
    /// What reports call the group; its path without one.
    public var name: String?
    /// Step size; that of the optimiser without one.
    public var learningRate: Double?
    /// Decay factor; that of the optimiser without one.
    public var weightDecay: Double?

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            !path.isEmpty, "path", "''", mustBe: "the name of a module or parameter")
        checks.require(
            name?.isEmpty != true, "name", "''", mustBe: "a word, or left out to take the path")
        checks.notNegative(learningRate ?? 0, "learningRate")
        checks.notNegative(weightDecay ?? 0, "weightDecay")
    }
}

extension OptimizerConfiguration {
    /// The optimiser that the section describes, over all parameters of `arena`.
    public func makeOptimizer(_ arena: ParameterArena) throws -> any Optimizer {
        let groups = parameterGroups(arena)
        switch kind {
        case .adamw, .adam:
            return try Adam(
                arena, groups: groups, beta1: beta1, beta2: beta2, epsilon: Float(epsilon),
                decoupledWeightDecay: kind == .adamw, leavesUnreachedAlone: leavesUnreachedAlone)
        case .sgd:
            return try SGD(
                arena, groups: groups, momentum: Float(momentum), nesterov: nesterov,
                leavesUnreachedAlone: leavesUnreachedAlone)
        }
    }

    /// The groups of the section, and one of all parameters that none of them holds; each in two where some of its
    /// parameters take no decay.
    func parameterGroups(_ arena: ParameterArena) -> [ParameterGroup] {
        let groups = decayedGroups(arena)
        guard !undecayed.isEmpty else { return groups }
        var members = groups.map { _ in (decayed: 0, undecayed: Set<String>()) }
        for entry in arena.entries {
            guard let group = groups.firstIndex(where: { $0.holds(entry.name) }) else { continue }
            if undecayed.contains(where: { entry.name == $0 || entry.name.hasSuffix(".\($0)") }) {
                members[group].undecayed.insert(entry.name)
            } else {
                members[group].decayed += 1
            }
        }
        return zip(groups, members).flatMap { group, members -> [ParameterGroup] in
            guard group.weightDecay != 0, !members.undecayed.isEmpty else { return [group] }
            var spared = group
            spared.weightDecay = 0
            guard members.decayed > 0 else { return [spared] }
            spared.name += " without decay"
            spared.members = members.undecayed
            return [spared, group]
        }
    }

    private func decayedGroups(_ arena: ParameterArena) -> [ParameterGroup] {
        let groups = groups.map {
            ParameterGroup(
                path: $0.path, name: $0.name, learningRate: $0.learningRate ?? learningRate,
                weightDecay: $0.weightDecay ?? weightDecay)
        }
        let leavesSome = arena.entries.contains { entry in
            !groups.contains { $0.holds(entry.name) }
        }
        guard leavesSome || groups.isEmpty else { return groups }
        return groups + [
            ParameterGroup(
                name: groups.isEmpty ? nil : "others", learningRate: learningRate,
                weightDecay: weightDecay)
        ]
    }
}

extension ScheduleConfiguration {
    /// The part of the schedule that depends on the step alone.
    func makeSchedule(totalSteps: Int) -> Schedule {
        guard kind == .cosine else { return .constant }
        let warmUp = Int((warmUpFraction * Double(totalSteps)).rounded())
        return .cosine(warmUp: warmUp, total: totalSteps, floor: floor)
    }

    /// The part of the schedule that depends on a metric.
    func makePlateau() -> ReduceOnPlateau? {
        guard kind == .plateau else { return nil }
        return ReduceOnPlateau(factor: factor, patience: patience, threshold: threshold)
    }
}
