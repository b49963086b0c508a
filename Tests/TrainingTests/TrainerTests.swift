import TandemDevices
import Foundation
import TandemNetworks
import Testing

@testable import TandemTraining

@Suite("Trainer")
struct TrainerTests {
    private func configuration(epochs: Int = 4) -> TrainingConfiguration {
        var configuration = TrainingConfiguration()
        configuration.epochs = epochs
        configuration.batchSize = 16
        configuration.optimizer.learningRate = 0.02
        configuration.logEverySteps = 2
        return configuration
    }

    private func makeTrainer(
        _ configuration: TrainingConfiguration, run: RunDirectory? = nil,
        isInterrupted: @escaping () -> Bool = { false }
    ) throws -> (trainer: Trainer<CurveRecipe>, recipe: CurveRecipe, arena: ParameterArena) {
        let recipe = try CurveRecipe(on: CPUDevice(threads: 1))
        let arena = try ParameterArena(recipe.model, device: recipe.device, seed: 3)
        let trainer = try Trainer(
            recipe, arena: arena, configuration: configuration, seed: 3, run: run,
            isInterrupted: isInterrupted)
        return (trainer, recipe, arena)
    }

    private func values(_ arena: ParameterArena) throws -> [[Float]] {
        try arena.namedValues().map(\.values)
    }

    private func withoutTimes(_ history: [EpochRecord]) -> [EpochRecord] {
        history.map { record in
            var record = record
            (record.trainingSeconds, record.evaluationSeconds) = (0, 0)
            return record
        }
    }

    @Test("Training lowers loss and error")
    func learns() throws {
        let (trainer, _, _) = try makeTrainer(configuration(epochs: 100))
        #expect(try trainer.run() == .finished(.finishedEpochs))
        let history = trainer.state.history
        let first = try #require(history.first)
        let last = try #require(history.last)
        #expect(history.map(\.epoch) == Array(1...100))
        #expect(last.loss < 0.5 * first.loss)
        let firstError = try #require(first.metrics["error"])
        let lastError = try #require(last.metrics["error"])
        #expect(lastError < 0.3 * firstError)
        #expect(
            abs(
                last.loss - (last.lossTerms["squared"] ?? 0) - 0.5
                    * (last.lossTerms["absolute"] ?? 0)) < 1e-6)
    }

    @Test("The same seed gives the same bits")
    func deterministic() throws {
        let (first, _, firstArena) = try makeTrainer(configuration())
        let (second, _, secondArena) = try makeTrainer(configuration())
        _ = try first.run()
        _ = try second.run()
        #expect(try values(firstArena) == values(secondArena))
    }

    @Test("A resumed run equals the uninterrupted one to the bit", arguments: [1, 3, 4, 7, 11])
    func resume(interruptAfter batches: Int) throws {
        try withTemporaryFolder { folder in
            var configuration = configuration()
            configuration.earlyStopping = EarlyStoppingConfiguration(
                metric: "error", patience: 50, threshold: 0)
            let whole = try RunDirectory(creating: folder + "/whole", configuration: "{}")
            let (uninterrupted, _, expected) = try makeTrainer(configuration, run: whole)
            #expect(try uninterrupted.run() == .finished(.finishedEpochs))

            let parts = try RunDirectory(creating: folder + "/parts", configuration: "{}")
            var count = 0
            let (first, recipe, _) = try makeTrainer(
                configuration, run: parts, isInterrupted: { count >= batches })
            recipe.beforeBatch = { _ in count += 1 }
            #expect(try first.run() == .interrupted)
            #expect(first.state.pass == batches)

            let (second, _, found) = try makeTrainer(configuration, run: parts)
            try second.resume(parts)
            #expect(try second.run() == .finished(.finishedEpochs))
            #expect(try values(found) == values(expected))
            #expect(withoutTimes(second.state.history) == withoutTimes(uninterrupted.state.history))
            for path in [\RunDirectory.lastCheckpoint, \RunDirectory.bestCheckpoint] {
                let arrays = try [whole, parts].map { try weights(at: $0[keyPath: path]) }
                #expect(arrays[0] == arrays[1])
            }
        }
    }

    @Test("A run that is finished cannot be resumed, a longer one can")
    func resumeFinished() throws {
        try withTemporaryFolder { folder in
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            _ = try makeTrainer(configuration(epochs: 2), run: run).trainer.run()
            try run.writeSummary("{}")
            let (again, _, _) = try makeTrainer(configuration(epochs: 2), run: run)
            #expect(
                throws: TrainingError.alreadyFinished(path: run.path, reason: .finishedEpochs)
            ) { try again.resume(run) }
            let (longer, _, _) = try makeTrainer(configuration(epochs: 3), run: run)
            try longer.resume(run)
            #expect(try longer.run() == .finished(.finishedEpochs))
            #expect(longer.state.history.count == 3)
        }
    }

    @Test("Early stopping restores the best epoch's weights", arguments: [true, false])
    func restoresBest(keepsRun: Bool) throws {
        try withTemporaryFolder { folder in
            var configuration = configuration(epochs: 40)
            configuration.optimizer.learningRate = 0.3
            configuration.earlyStopping = EarlyStoppingConfiguration(
                metric: "error", patience: 3, threshold: 1e-4)
            let run =
                keepsRun
                ? try RunDirectory(creating: folder + "/run", configuration: "{}") : nil
            let (trainer, recipe, _) = try makeTrainer(configuration, run: run)
            #expect(try trainer.run() == .finished(.earlyStopping))
            let best = try #require(
                trainer.state.history.min { $0.metrics["error"] ?? 0 < $1.metrics["error"] ?? 0 })
            let chosen = try #require(trainer.state.bestEpoch)
            #expect(trainer.state.history.count == chosen + 3)
            let restored = try #require(try recipe.evaluate().first)
            #expect(restored.value == trainer.state.chosenRecord?.metrics["error"])
            #expect(restored.value <= (best.metrics["error"] ?? 0) + 1e-4)
        }
    }

    @Test("Accumulated gradients equal those of the large batch")
    func accumulation() throws {
        var large = configuration(epochs: 1)
        large.optimizer.kind = .sgd
        let recipes = try [
            CurveRecipe(on: CPUDevice(threads: 1), count: 64, batchSize: 64, dropout: 0),
            CurveRecipe(on: CPUDevice(threads: 1), count: 64, batchSize: 16, dropout: 0),
        ]
        var results: [[[Float]]] = []
        for (recipe, accumulation) in zip(recipes, [1, 4]) {
            large.accumulation = accumulation
            large.batchSize = recipe.batchSize
            let arena = try ParameterArena(recipe.model, device: recipe.device, seed: 3)
            let trainer = try Trainer(
                recipe, arena: arena, configuration: large, seed: 3, isInterrupted: { false })
            _ = try trainer.run()
            #expect(trainer.state.step == 1)
            results.append(try values(arena))
        }
        for (a, b) in zip(results[0].joined(), results[1].joined()) {
            #expect(abs(a - b) <= 1e-6 + 1e-5 * abs(b))
        }
    }

    @Test("A loss that is not finite stops the run and leaves the last checkpoint whole")
    func notFinite() throws {
        try withTemporaryFolder { folder in
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            let (trainer, recipe, _) = try makeTrainer(configuration(), run: run)
            recipe.poison = (pass: 6, factor: .infinity)
            let error = #expect(throws: TrainingError.self) { try trainer.run() }
            guard case .notFinite(_, _, let epoch, _) = error else {
                Issue.record("unexpected error \(String(describing: error))")
                return
            }
            #expect(epoch == 2)
            for values in try weights(at: run.lastCheckpoint).values {
                #expect(values.allSatisfy { $0.isFinite })
            }
        }
    }

    @Test("A step whose gradients are not finite is left out where that is allowed, and counted")
    func skippedStep() throws {
        var configuration = configuration()
        configuration.skippedSteps = 1
        let (trainer, recipe, arena) = try makeTrainer(configuration)
        recipe.poison = (pass: 6, factor: .infinity)
        recipe.lastPoisonedPass = 6
        _ = try trainer.run()
        let history = trainer.state.history
        #expect(history.map(\.skippedSteps) == history.indices.map { $0 == 1 ? 1 : nil })
        #expect(history[1].warnings?.first?.hasPrefix("1 of ") == true)
        #expect(history.allSatisfy { $0.loss.isFinite })
        #expect(try values(arena).joined().allSatisfy { $0.isFinite })
        #expect(trainer.state.step == history.count * trainer.context.plan.stepsPerEpoch)
    }

    @Test("A skipped step changes nothing but the count of steps")
    func skippedStepIsNone() throws {
        var configuration = configuration()
        configuration.skippedSteps = 100
        configuration.epochs = 1
        let (trainer, recipe, arena) = try makeTrainer(configuration)
        recipe.poison = (pass: 0, factor: .nan)
        let before = try values(arena)
        #expect(throws: Never.self) { try trainer.run() }
        #expect(try values(arena) == before)
        #expect(trainer.state.history[0].loss == 0)
    }

    @Test("More skipped steps than allowed end the run")
    func tooManySkippedSteps() throws {
        var configuration = configuration()
        configuration.skippedSteps = 1
        let (trainer, recipe, _) = try makeTrainer(configuration)
        recipe.poison = (pass: 6, factor: .infinity)
        let error = #expect(throws: TrainingError.self) { try trainer.run() }
        guard case .tooManySkippedSteps(2, epoch: 2, _, limit: 1) = error else {
            Issue.record("unexpected error \(String(describing: error))")
            return
        }
    }

    @Test("Watching a metric that is not measured is an error that lists the others")
    func unknownMetric() throws {
        var configuration = configuration()
        configuration.earlyStopping = EarlyStoppingConfiguration(
            metric: "accuracy", patience: 1, threshold: 0)
        let (trainer, _, _) = try makeTrainer(configuration)
        #expect(throws: TrainingError.unknownMetric("accuracy", available: ["error", "loss"])) {
            try trainer.run()
        }
    }

    @Test("A watched metric without a value is an error, not an epoch without improvement")
    func metricWithoutValue() throws {
        var configuration = configuration()
        configuration.earlyStopping = EarlyStoppingConfiguration(
            metric: "error", patience: 1, threshold: 0)
        let (trainer, recipe, _) = try makeTrainer(configuration)
        recipe.errorIsKnown = false
        #expect(throws: TrainingError.metricNotANumber("error", epoch: 1)) { try trainer.run() }
    }
}
