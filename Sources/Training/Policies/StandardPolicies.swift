public import TandemNetworks

/// The policies that a configuration asks for.
public enum StandardPolicies {
    /// Evaluation, schedule, early stopping, health, and what is kept in `directory`, in their order.
    ///
    /// Without a directory the best weights are kept in memory and nothing else. The `others` see an epoch when it has been
    /// judged and before it is saved; those with weights of their own come first of all. Throws `NetworkError` when a setting
    /// is impossible, `DeviceError` when memory runs out.
    public static func make(
        _ configuration: TrainingConfiguration, _ arena: ParameterArena,
        directory: RunDirectory?, adding others: [any TrainingPolicy] = []
    ) throws -> [any TrainingPolicy] {
        // What is measured inside an epoch holds the step that was just taken: weights of one's own come first.
        var policies = others.filter { $0 is any WeightSubstitute }
        if let average = configuration.weightAverage {
            policies.append(try AverageWeights(arena, decay: average.decay))
        }
        policies.append(
            Evaluations(
                everyEpochs: configuration.evaluateEveryEpochs,
                everySteps: configuration.evaluateEverySteps))
        if let rule = configuration.schedule.makePlateau() {
            policies.append(
                PlateauSchedule(
                    rule, metric: configuration.schedule.metric, unit: configuration.schedule.unit))
        }
        if let rule = configuration.earlyStopping { policies.append(EarlyStopping(rule)) }
        policies.append(HealthMonitor(configuration.health))
        policies += others.filter { !($0 is any WeightSubstitute) }
        if let directory {
            policies.append(
                Checkpoints(
                    directory, everySteps: configuration.checkpointEverySteps,
                    keepingEveryEpochs: configuration.keepEveryEpochs))
        }
        if configuration.earlyStopping != nil {
            policies.append(BestWeights(directory))
        } else if let directory, configuration.weightAverage != nil {
            policies.append(AverageFile(directory))
        }
        if let directory { policies.append(RunRecords(directory)) }
        return policies
    }
}

extension Trainer {
    /// A trainer at the start of a run with the policies that the configuration asks for, and others; see
    /// `StandardPolicies.make`.
    ///
    /// History and checkpoints go into `run`; `nil` keeps nothing but the best weights, in memory. For the rest see the
    /// initialiser with a list of policies.
    public convenience init(
        _ recipe: Recipe, arena: ParameterArena, configuration: TrainingConfiguration,
        seed: UInt64, run: RunDirectory? = nil, adding others: [any TrainingPolicy] = [],
        isInterrupted: @escaping () -> Bool = { Interrupt.isRequested }
    ) throws {
        try self.init(
            recipe, arena: arena, configuration: configuration, seed: seed,
            policies: StandardPolicies.make(
                configuration, arena, directory: run, adding: others),
            isInterrupted: isInterrupted)
    }
}
