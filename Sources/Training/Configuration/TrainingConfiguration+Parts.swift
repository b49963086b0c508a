public import TandemNetworks

extension OptimizerConfiguration {
    /// The optimiser that the section describes, over all parameters of `arena`.
    public func makeOptimizer(_ arena: ParameterArena) throws -> any Optimizer {
        let group = ParameterGroup(learningRate: learningRate, weightDecay: weightDecay)
        switch kind {
        case .adamw, .adam:
            return try Adam(
                arena, groups: [group], beta1: beta1, beta2: beta2,
                epsilon: Float(epsilon), decoupledWeightDecay: kind == .adamw)
        case .sgd:
            return try SGD(arena, groups: [group], momentum: Float(momentum), nesterov: nesterov)
        }
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
