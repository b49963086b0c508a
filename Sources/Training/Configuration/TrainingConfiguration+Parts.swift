public import TandemNetworks

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

    /// The groups of the section, and one of all parameters that none of them holds.
    func parameterGroups(_ arena: ParameterArena) -> [ParameterGroup] {
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
