import TandemDevices
public import TandemNetworks
import TandemTensors

/// Trains a recipe's model: batches, loss, backward, optimiser step, metrics; everything else is a callback.
///
/// Deterministic: on one device the same recipe, configuration and seed give the same bits, also when the run was killed
/// and resumed in between.
public final class Trainer<Recipe: TrainingRecipe> {
    /// Where the run stands.
    public internal(set) var state = TrainingState()

    let recipe: Recipe
    let arena: ParameterArena
    let engine: StepEngine<Recipe>
    let configuration: TrainingConfiguration
    let directory: RunDirectory?
    private let schedule: Schedule
    private let callbacks: [any TrainingCallback]
    private let isInterrupted: () -> Bool
    private var bestInMemory: DeviceBuffer?

    /// A trainer at the start of a run.
    ///
    /// - Parameters:
    ///   - recipe: data, model, loss and metrics.
    ///   - arena: the memory of the recipe's model.
    ///   - configuration: how to train.
    ///   - seed: determines dropout masks; the recipe's data order has its own seed.
    ///   - run: where history and checkpoints go; `nil` keeps nothing.
    ///   - callbacks: take part in the run, called in order.
    ///   - isInterrupted: asked after every optimiser step whether to save and stop there.
    /// - Throws: When an optimiser setting is impossible, and `DeviceError` when memory runs out.
    public init(
        _ recipe: Recipe, arena: ParameterArena, configuration: TrainingConfiguration,
        seed: UInt64, run: RunDirectory? = nil, callbacks: [any TrainingCallback] = [],
        isInterrupted: @escaping () -> Bool = { Interrupt.isRequested }
    ) throws {
        self.recipe = recipe
        self.arena = arena
        self.configuration = configuration
        directory = run
        self.callbacks = callbacks
        self.isInterrupted = isInterrupted
        engine = try StepEngine(recipe, arena: arena, configuration: configuration, seed: seed)
        let steps = Self.stepsPerEpoch(recipe, configuration)
        schedule = configuration.schedule.makeSchedule(totalSteps: configuration.epochs * steps)
        state.plateau = configuration.schedule.makePlateau()
        state.dataIdentity = recipe.dataIdentity
    }

    /// The size of the run.
    public var plan: TrainingPlan {
        TrainingPlan(
            epochs: configuration.epochs, batchesPerEpoch: recipe.batchesPerEpoch,
            stepsPerEpoch: Self.stepsPerEpoch(recipe, configuration),
            parameterCount: arena.parameterCount)
    }

    private static func stepsPerEpoch(_ recipe: Recipe, _ configuration: TrainingConfiguration)
        -> Int
    {
        (recipe.batchesPerEpoch + configuration.accumulation - 1) / configuration.accumulation
    }

    /// Trains until the last epoch, early stopping or an interruption.
    public func run() throws -> TrainingOutcome {
        for callback in callbacks { try callback.didStart(state, plan) }
        while state.stopReason == nil {
            guard try trainEpoch() else {
                _ = try checkedLoss()
                try saveCheckpoint()
                return .interrupted
            }
            // The end of the epoch has saved already.
            if state.stopReason == nil, isInterrupted() { return .interrupted }
        }
        let reason = state.stopReason ?? .finishedEpochs
        try restoreBest()
        for callback in callbacks { try callback.didFinish(state) }
        return .finished(reason)
    }

    /// Runs the rest of the current epoch; `false` when it was interrupted before its last step.
    private func trainEpoch() throws -> Bool {
        for callback in callbacks { try callback.willStartEpoch(state) }
        let clock = ContinuousClock()
        let start = clock.now
        let nextBatch = try recipe.batches(epoch: state.epoch, startingAt: state.batch)
        while state.batch < recipe.batchesPerEpoch {
            let group = min(configuration.accumulation, recipe.batchesPerEpoch - state.batch)
            var done = 0
            while done < group, let batch = try nextBatch() {
                let examples = try engine.accumulate(
                    batch, pass: state.pass, place: done, of: group)
                state.examples += examples
                state.pass += 1
                state.batch += 1
                done += 1
            }
            guard done == group else {
                throw TrainingError.missingBatches(
                    epoch: state.epoch + 1, expected: recipe.batchesPerEpoch, found: state.batch)
            }
            try optimizerStep()
            // After the last step the epoch is finished first, so that its record is complete.
            if state.batch < recipe.batchesPerEpoch, isInterrupted() { return false }
        }
        try arena.device.synchronize()
        let seconds = (clock.now - start) / Duration.seconds(1)
        try finishEpoch(trainingSeconds: seconds)
        return true
    }

    private func optimizerStep() throws {
        try engine.step(factor: learningRateFactor(step: state.step + 1))
        state.step += 1
        let interval = configuration.checkpointEverySteps
        let saves =
            interval > 0 && state.step % interval == 0 && state.batch < recipe.batchesPerEpoch
        // Nothing is saved without a look: the last checkpoint must be from before any NaN.
        let looks = saves || state.step % configuration.logEverySteps == 0
        let loss = looks ? try checkedLoss().total : nil
        if saves { try saveCheckpoint() }
        let event = StepEvent(
            epoch: state.epoch + 1, batch: state.batch, examples: state.examples, loss: loss)
        // By index: an iterator over an array takes heap memory in unoptimised builds.
        for index in callbacks.indices { try callbacks[index].didFinishStep(event) }
    }

    private func learningRateFactor(step: Int) -> Double {
        schedule.factor(step: step) * (state.plateau?.currentFactor ?? 1)
    }

    /// The epoch's mean loss so far, total and by term; throws when it or the gradient norm is not finite.
    private func checkedLoss() throws -> (total: Double, terms: [String: Double], norm: Double) {
        let norm = try engine.gradientNorm()
        let sums = try engine.meter.read()
        var total = 0.0
        var terms: [String: Double] = [:]
        for (term, sum) in zip(recipe.lossTerms, sums) {
            let mean = Double(sum) / Double(max(1, state.examples))
            guard mean.isFinite else { throw notFinite("loss term '\(term.name)'", mean) }
            terms[term.name] = mean
            total += mean * Double(term.weight)
        }
        guard norm.isFinite else { throw notFinite("the gradient norm", Double(norm)) }
        return (total, terms, Double(norm))
    }

    private func notFinite(_ quantity: String, _ value: Double) -> TrainingError {
        .notFinite(
            quantity: quantity, value: "\(value)", epoch: state.epoch + 1, step: state.step)
    }

    private var pace = ReportPace()

    private func finishEpoch(trainingSeconds: Double) throws {
        let (loss, terms, norm) = try checkedLoss()
        let clock = ContinuousClock()
        let start = clock.now
        let metrics = try recipe.evaluate()
        let seconds = (clock.now - start) / Duration.seconds(1)
        let candidates = metrics + [Metric("loss", loss, higherIsBetter: false)]
        state.epoch += 1
        let factor = learningRateFactor(step: state.step)
        let isBest = try judge(candidates)
        try observePlateau(candidates)
        let record = EpochRecord(
            epoch: state.epoch, step: state.step,
            learningRateFactor: factor, gradientNorm: norm,
            loss: loss, lossTerms: terms,
            metrics: Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0.value) }),
            isBest: isBest, trainingSeconds: trainingSeconds, evaluationSeconds: seconds)
        state.history.append(record)
        state.batch = 0
        state.examples = 0
        try engine.meter.reset()
        if state.stopReason == nil, state.epoch >= configuration.epochs {
            state.stopReason = .finishedEpochs
        }
        if isBest, let directory {
            try Checkpoint.saveWeights(to: directory.bestCheckpoint, arena: arena)
        }
        try saveCheckpoint()
        try directory?.writeHistory(state.history)
        try pace.report(isLast: state.stopReason != nil) {
            try directory?.writeReport(state.history)
        }
        for callback in callbacks { try callback.didFinishEpoch(record, state) }
    }

    /// Early stopping: whether this epoch is the best, and whether to stop; without it no epoch is chosen.
    private func judge(_ metrics: [Metric]) throws -> Bool {
        guard let rule = configuration.earlyStopping else { return false }
        let metric = try find(rule.metric, in: metrics)
        guard !metric.value.isNaN else {
            throw TrainingError.metricNotANumber(rule.metric, epoch: state.epoch)
        }
        let isBest = state.earlyStopping.observe(
            metric.value, epoch: state.epoch, higherIsBetter: metric.higherIsBetter,
            threshold: rule.threshold)
        if isBest, directory == nil {
            bestInMemory = nil  // Back to the pool first, so that the new copy takes its place.
            bestInMemory = try arena.snapshot()
        }
        if state.earlyStopping.badEpochs >= rule.patience { state.stopReason = .earlyStopping }
        return isBest
    }

    private func observePlateau(_ metrics: [Metric]) throws {
        guard state.plateau != nil else { return }
        let metric = try find(configuration.schedule.metric, in: metrics)
        state.plateau?.observe(metric.value, higherIsBetter: metric.higherIsBetter)
    }

    private func find(_ name: String, in metrics: [Metric]) throws -> Metric {
        guard let metric = metrics.first(where: { $0.name == name }) else {
            throw TrainingError.unknownMetric(name, available: metrics.map(\.name))
        }
        return metric
    }

    private func restoreBest() throws {
        guard configuration.earlyStopping != nil else { return }
        if let directory {
            try Checkpoint.loadWeights(from: directory.bestCheckpoint, into: arena)
        } else if let bestInMemory {
            try arena.restore(bestInMemory)
        }
    }
}
