import TandemDevices
import TandemBasics
public import TandemNetworks

/// Trains a recipe's model (batches, loss, backward, optimiser step); everything else is a policy.
///
/// Deterministic: on one device the same recipe, configuration and seed give the same bits, also when the run was
/// stopped and resumed in between.
public final class Trainer<Recipe: TrainingRecipe> {
    /// The run as policies see it.
    public let context: TrainingContext
    /// Where the run stands.
    public var state: TrainingState { context.state }

    let recipe: Recipe
    let engine: StepEngine<Recipe>
    let policies: [any TrainingPolicy]
    private let configuration: TrainingConfiguration
    private let schedule: Schedule
    private let isInterrupted: () -> Bool

    /// A trainer at the start of a run with exactly these policies, called in order; see `StandardPolicies` for the usual ones.
    ///
    /// The arena is the memory of the recipe's model; the seed determines dropout masks, while the recipe's data order has its
    /// own. `isInterrupted` is asked after every optimiser step whether to save and stop there. Throws `TrainingError` when the
    /// recipe's batches are not those of the configuration or two policies have one name, `NetworkError` when an optimiser
    /// setting is impossible, `DeviceError` when memory runs out.
    public init(
        _ recipe: Recipe, arena: ParameterArena, configuration: TrainingConfiguration,
        seed: UInt64, policies: [any TrainingPolicy], isInterrupted: @escaping () -> Bool
    ) throws {
        guard recipe.batchSize == configuration.batchSize else {
            throw TrainingError.otherBatchSize(
                recipe: recipe.batchSize, configuration: configuration.batchSize)
        }
        let names = policies.map(\.name)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw TrainingError.duplicatePolicy(twice)
        }
        self.recipe = recipe
        self.configuration = configuration
        self.policies = policies
        self.isInterrupted = isInterrupted
        engine = try StepEngine(recipe, arena: arena, configuration: configuration, seed: seed)
        let steps =
            (recipe.batchesPerEpoch + configuration.accumulation - 1) / configuration.accumulation
        schedule = configuration.schedule.makeSchedule(totalSteps: configuration.epochs * steps)
        context = TrainingContext(
            plan: TrainingPlan(
                epochs: configuration.epochs, batchesPerEpoch: recipe.batchesPerEpoch,
                stepsPerEpoch: steps, parameterCount: arena.parameterCount),
            arena: arena, optimizer: engine.optimizer)
        context.state.dataIdentity = recipe.dataIdentity
        context.policies = policies
        context.measure = { [unowned self] in try evaluate() }
        context.complete = { [unowned self] in try completeState() }
    }

    /// Trains until the last epoch, until a policy stops the run, or until an interruption.
    public func run() throws -> TrainingOutcome {
        for policy in policies { try policy.didStart(context) }
        while true {
            if let reason = state.stopReason {
                for policy in policies { try policy.didFinish(context) }
                return .finished(reason)
            }
            guard try trainEpoch() else {
                try completeState()
                for policy in policies { try policy.didInterrupt(context) }
                return .interrupted
            }
            // The end of the epoch has saved already.
            if state.stopReason == nil, isInterrupted() { return .interrupted }
        }
    }

    /// Runs the rest of the current epoch; `false` when it was interrupted before its last step.
    private func trainEpoch() throws -> Bool {
        for policy in policies { try policy.willStartEpoch(context) }
        try engine.startEpoch(state.epoch)
        if state.batch == 0 { context.state.termExamples = recipe.lossTerms.map { _ in 0 } }
        let clock = ContinuousClock()
        let start = clock.now
        evaluationSeconds = 0
        let nextBatch = try recipe.batches(epoch: state.epoch, startingAt: state.batch)
        while state.batch < recipe.batchesPerEpoch, state.stopReason == nil {
            let group = min(configuration.accumulation, recipe.batchesPerEpoch - state.batch)
            let before = configuration.skippedSteps > 0 ? try sums() : nil
            var done = 0
            while done < group, let batch = try nextBatch() {
                let counts = try engine.accumulate(
                    batch, pass: state.pass, place: done, of: group)
                context.state.examples += counts.batch
                for index in counts.terms.indices {
                    context.state.termExamples[index] += counts.terms[index]
                }
                context.state.pass += 1
                context.state.batch += 1
                done += 1
            }
            guard done == group else {
                throw TrainingError.missingBatches(
                    epoch: state.epoch + 1, expected: recipe.batchesPerEpoch, found: state.batch)
            }
            if let before, try !engine.gradientsAreFinite() {
                try skipStep(restoring: before)
            } else {
                try optimizerStep()
            }
            // After the last step the epoch is finished first, so that its record is complete.
            if state.batch < recipe.batchesPerEpoch, state.stopReason == nil, isInterrupted() {
                return false
            }
        }
        try context.device.synchronize()
        try finishEpoch(
            trainingSeconds: (clock.now - start) / .seconds(1) - evaluationSeconds)
        return true
    }

    private func optimizerStep() throws {
        try engine.step(factor: learningRateFactor(step: state.step + 1))
        context.state.step += 1
        wasSkipped = false
        let looks = state.step % configuration.logEverySteps == 0
        let event = StepEvent(
            epoch: state.epoch + 1, batch: state.batch, examples: state.examples,
            loss: looks ? try checkedLoss().total : nil)
        // By index: an iterator over an array takes heap memory in unoptimised builds.
        for index in policies.indices { try policies[index].didFinishStep(event, context) }
    }

    /// Whether the last step was left out; its gradients are still there, and not finite.
    private var wasSkipped = false

    /// What an epoch has summed up.
    private struct EpochSums {
        let losses: [Float]
        let examples: Int
        let termExamples: [Int]
    }

    private func sums() throws -> EpochSums {
        EpochSums(
            losses: try engine.meter.read(), examples: state.examples,
            termExamples: state.termExamples)
    }

    /// Leaves out a step whose gradients are not finite, as if its batches had not been; throws when there are too many.
    private func skipStep(restoring sums: EpochSums) throws {
        let skipped = (state.skippedSteps ?? 0) + 1
        guard skipped <= configuration.skippedSteps else {
            throw TrainingError.tooManySkippedSteps(
                skipped, epoch: state.epoch + 1, step: state.step + 1,
                limit: configuration.skippedSteps
            )
        }
        try engine.meter.restore(sums.losses)
        context.state.examples = sums.examples
        context.state.termExamples = sums.termExamples
        context.state.skippedSteps = skipped
        context.state.step += 1
        wasSkipped = true
    }

    private func learningRateFactor(step: Int) -> Double {
        schedule.factor(step: step) * context.learningRateFactor
    }

    private struct EpochLoss {
        var total = 0.0
        var terms: [String: Double] = [:]
        var norm = 0.0
    }

    /// The epoch's mean loss so far, total and by term; throws when it or the gradient norm is not finite.
    ///
    /// The norm after a step that was left out is 0: nothing was changed.
    private func checkedLoss() throws -> EpochLoss {
        var loss = EpochLoss()
        loss.norm = wasSkipped ? 0 : try engine.gradientNorm()
        let sums = try engine.meter.read()
        for (index, term) in recipe.lossTerms.enumerated() {
            let mean = Double(sums[index]) / Double(max(1, state.termExamples[index]))
            guard mean.isFinite else { throw notFinite("loss term '\(term.name)'", mean) }
            loss.terms[term.name] = mean
            loss.total += mean * Double(engine.weights[index])
        }
        guard loss.norm.isFinite else { throw notFinite("the gradient norm", loss.norm) }
        return loss
    }

    private func notFinite(_ quantity: String, _ value: Double) -> TrainingError {
        .notFinite(
            quantity: quantity, value: "\(value)", epoch: state.epoch + 1, step: state.step)
    }

    /// Brings what the device and the policies hold into the state.
    private func completeState() throws {
        _ = try checkedLoss()
        try keep(lossSums: engine.meter.read())
    }

    private func keep(lossSums: [Float]) throws {
        context.state.lossSums = lossSums
        context.state.parameterSteps = engine.optimizer.parameterSteps
        context.state.saved = try SavedStates.collect(recipe, policies)
    }

    /// Seconds of the current epoch that went into measuring.
    private var evaluationSeconds = 0.0

    private func evaluate() throws -> Evaluation {
        let loss = try checkedLoss().total
        let clock = ContinuousClock()
        let start = clock.now
        let metrics = try context.withDeliveredWeights { try recipe.evaluate() }
        evaluationSeconds += (clock.now - start) / .seconds(1)
        var names = Set<String>()
        if let twice = metrics.first(where: { !names.insert($0.name).inserted }) {
            throw TrainingError.duplicateMetric(twice.name)
        }
        let evaluation = Evaluation(
            step: state.step, metrics: metrics + [Metric("loss", loss, higherIsBetter: false)])
        for policy in policies { try policy.didEvaluate(evaluation, context) }
        return evaluation
    }

    private func finishEpoch(trainingSeconds: Double) throws {
        let loss = try checkedLoss()
        let gradients = try engine.gradients()
        let unreached = gradients.flatMap(\.unreached)
        var record = EpochRecord(
            epoch: state.epoch + 1, step: state.step,
            learningRateFactor: learningRateFactor(step: state.step),
            gradientNorm: loss.norm, loss: loss.total, lossTerms: loss.terms, metrics: [:],
            isBest: false, trainingSeconds: trainingSeconds, evaluationSeconds: 0,
            groupGradientNorms: gradients.count < 2
                ? nil
                : Dictionary(
                    uniqueKeysWithValues: gradients.map { ($0.name, Double($0.norm)) }),
            unreachedParameters: unreached.isEmpty ? nil : unreached,
            groupsWithoutGradient: gradients.count < 2
                ? nil : gradients.filter(\.isZero).map(\.name))
        record.skippedSteps = state.skippedSteps
        if let skipped = state.skippedSteps {
            record.warnings = [
                "\(skipped) of \(context.plan.stepsPerEpoch) steps were skipped: their gradients were "
                    + "not finite"
            ]
        }
        for policy in policies { try policy.willSaveEpoch(&record, context) }
        record.evaluationSeconds = evaluationSeconds
        context.state.epoch += 1
        context.state.history.append(record)
        context.state.batch = 0
        context.state.examples = 0
        context.state.skippedSteps = nil
        context.state.termExamples = recipe.lossTerms.map { _ in 0 }
        try engine.meter.reset()
        if state.epoch >= configuration.epochs { context.stop(.finishedEpochs) }
        try keep(lossSums: recipe.lossTerms.map { _ in 0 })
        for policy in policies { try policy.saveEpoch(record, context) }
        for policy in policies { try policy.didFinishEpoch(record, context) }
    }
}
