import Foundation
import TandemConfiguration
import TandemDevices
import TandemNetworks
import Testing

@testable import TandemTraining

/// What policies see, add, keep and stop.
@Suite("Policies")
struct PolicyTests {
    private func configuration(
        epochs: Int = 4, _ change: (inout TrainingConfiguration) -> Void = { _ in }
    ) -> TrainingConfiguration {
        var configuration = TrainingConfiguration()
        configuration.epochs = epochs
        configuration.batchSize = 16
        configuration.optimizer.learningRate = 0.02
        configuration.schedule.kind = .constant
        change(&configuration)
        return configuration
    }

    private func make(
        _ configuration: TrainingConfiguration, run: RunDirectory? = nil,
        adding policies: [any TrainingPolicy] = [],
        isInterrupted: @escaping () -> Bool = { false }
    ) throws -> (trainer: Trainer<CurveRecipe>, recipe: CurveRecipe, arena: ParameterArena) {
        let recipe = try CurveRecipe(on: CPUDevice(threads: 1))
        let arena = try ParameterArena(recipe.model, device: recipe.device, seed: 3)
        let trainer = try Trainer(
            recipe, arena: arena, configuration: configuration, seed: 3, run: run,
            adding: policies, isInterrupted: isInterrupted)
        return (trainer, recipe, arena)
    }

    /// Writes down what it is told, and keeps a number.
    private final class Witness: TrainingPolicy {
        var savedState = 0
        var events: [String] = []
        var stopsInEpoch: Int?
        let name: String

        init(_ name: String = "witness") { self.name = name }

        func didEvaluate(_ evaluation: Evaluation, _ run: TrainingContext) {
            events.append("evaluate \(evaluation.step)")
        }
        func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) {
            savedState += 1
            record.metrics["witness"] = Double(savedState)
            events.append("judge \(record.epoch)")
            if record.epoch == stopsInEpoch { run.stop(StopReason("enough", "had enough")) }
        }
        func saveEpoch(_ record: EpochRecord, _ run: TrainingContext) {
            events.append("save \(run.state.saved[name] ?? "")")
        }
        func didFinishEpoch(_ record: EpochRecord, _ run: TrainingContext) {
            events.append("finish \(record.epoch)")
        }
    }

    @Test("A policy sees an epoch before it is saved, adds to it, and may stop the run")
    func order() throws {
        let witness = Witness()
        witness.stopsInEpoch = 2
        let (trainer, _, _) = try make(configuration(), adding: [witness])
        #expect(try trainer.run() == .finished(StopReason("enough", "had enough")))
        #expect(
            witness.events == [
                "evaluate 4", "judge 1", "save 1", "finish 1", "evaluate 8", "judge 2", "save 2",
                "finish 2",
            ])
        #expect(trainer.state.history.map { $0.metrics["witness"] } == [1, 2])
    }

    @Test("Policies take up their states when a run is resumed")
    func states() throws {
        try withTemporaryFolder { folder in
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            var asked = 0
            let (first, _, _) = try make(
                configuration(), run: run, adding: [Witness()],
                isInterrupted: {
                    asked += 1
                    return asked > 8
                })
            #expect(try first.run() == .interrupted)
            let witness = Witness()
            let (second, _, _) = try make(configuration(), run: run, adding: [witness])
            try second.resume(run)
            #expect(witness.savedState == 2)
            _ = try second.run()
            #expect(second.state.history.map { $0.metrics["witness"] } == [1, 2, 3, 4])
        }
    }

    @Test("Two policies of one name and foreign batches are refused")
    func refusals() throws {
        #expect(throws: TrainingError.duplicatePolicy("witness")) {
            try make(configuration(), adding: [Witness(), Witness()])
        }
        #expect(throws: TrainingError.otherBatchSize(recipe: 16, configuration: 32)) {
            try make(configuration { $0.batchSize = 32 })
        }
    }

    @Test("The model is measured as often as asked, and at the end")
    func evaluations() throws {
        let witness = Witness()
        let (trainer, _, _) = try make(
            configuration(epochs: 5) {
                $0.evaluateEveryEpochs = 2
                $0.evaluateEverySteps = 3
            }, adding: [witness])
        _ = try trainer.run()
        let steps = witness.events.filter { $0.hasPrefix("evaluate") }
        #expect(steps == [3, 6, 8, 9, 15, 16, 18, 20].map { "evaluate \($0)" })
        #expect(trainer.state.history.allSatisfy { $0.metrics["error"] != nil })
        let (sparse, _, _) = try make(configuration(epochs: 5) { $0.evaluateEveryEpochs = 2 })
        _ = try sparse.run()
        #expect(
            sparse.state.history.map { $0.metrics["error"] == nil }
                == [true, false, true, false, false])
    }

    @Test(
        "Patience counts epochs or evaluations",
        arguments: [(PatienceUnit.epochs, 7), (.evaluations, 15)])
    func patience(unit: PatienceUnit, epochs: Int) throws {
        let (trainer, _, _) = try make(
            configuration(epochs: 40) {
                $0.evaluateEveryEpochs = 3
                // Never reached: the first evaluation, after epoch 3, stays the best.
                $0.earlyStopping = EarlyStoppingConfiguration(
                    metric: "error", patience: 4, threshold: 1e9)
                $0.earlyStopping?.unit = unit
            })
        #expect(try trainer.run() == .finished(.earlyStopping))
        // Four epochs after epoch 3, or four evaluations.
        #expect(trainer.state.epoch == epochs)
        #expect(trainer.state.bestEpoch == 3)
    }

    @Test("States of chosen epochs are kept under their names")
    func keeps() throws {
        try withTemporaryFolder { folder in
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            _ = try make(configuration { $0.keepEveryEpochs = 2 }, run: run).trainer.run()
            let names = try FileManager.default.contentsOfDirectory(atPath: run.path)
            #expect(
                names.filter { $0.hasPrefix("epoch") }.sorted() == [
                    "epoch-2.safetensors", "epoch-4.safetensors",
                ])
            #expect(try Checkpoint.loadState(from: run.path + "/epoch-2.safetensors").epoch == 2)
        }
    }

    @Test("A kill between the last and the best checkpoint leaves the best weights to be written")
    func killBetweenLastAndBest() throws {
        try withTemporaryFolder { folder in
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            let stopping = configuration(epochs: 2) {
                $0.earlyStopping = EarlyStoppingConfiguration(
                    metric: "error", patience: 9, threshold: 0)
            }
            let (first, _, _) = try make(stopping, run: run)
            _ = try first.run()
            #expect(first.state.bestEpoch == 2)
            let expected = try weights(at: run.bestCheckpoint)
            // What the disk holds when the second epoch's last checkpoint is written and its best one is not.
            let (one, _, _) = try make(
                configuration(epochs: 1) { $0.earlyStopping = stopping.earlyStopping },
                run: try RunDirectory(creating: folder + "/one", configuration: "{}"))
            _ = try one.run()
            try FileManager.default.removeItem(atPath: run.bestCheckpoint)
            try FileManager.default.copyItem(
                atPath: folder + "/one/best.safetensors", toPath: run.bestCheckpoint)
            #expect(try weights(at: run.bestCheckpoint) != expected)
            let (second, _, arena) = try make(stopping, run: run)
            try second.resume(run)
            _ = try second.run()
            #expect(try weights(at: run.bestCheckpoint) == expected)
            for (name, _, values) in try arena.namedValues() { #expect(expected[name] == values) }
        }
    }

    @Test("The best evaluation inside an epoch is the one that is kept", arguments: [true, false])
    func bestInsideEpoch(keepsRun: Bool) throws {
        try withTemporaryFolder { folder in
            let run =
                keepsRun
                ? try RunDirectory(creating: folder + "/run", configuration: "{}") : nil
            let witness = BestWitness()
            let (trainer, recipe, _) = try make(
                configuration(epochs: 6) {
                    $0.optimizer.learningRate = 0.4
                    $0.evaluateEverySteps = 1
                    $0.earlyStopping = EarlyStoppingConfiguration(
                        metric: "error", patience: 100, threshold: 0)
                }, run: run, adding: [witness])
            _ = try trainer.run()
            #expect(witness.step % 4 != 0, "the best evaluation lies at the end of an epoch")
            #expect(try recipe.evaluate().first?.value == witness.best)
        }
    }

    /// Remembers the lowest error.
    private final class BestWitness: TrainingPolicy {
        var best = Double.infinity
        var step = 0

        func didEvaluate(_ evaluation: Evaluation, _ run: TrainingContext) throws {
            let value = try evaluation.metric("error").value
            if value < best { (best, step) = (value, evaluation.step) }
        }
    }
}

/// Terms, weights and groups in training.
@Suite("Losses and groups in training")
struct TrainingLossTests {
    private func train(
        epochs: Int = 3, run: RunDirectory? = nil,
        _ change: (CurveRecipe, inout TrainingConfiguration) -> Void
    ) throws -> (trainer: Trainer<CurveRecipe>, arena: ParameterArena) {
        let recipe = try CurveRecipe(on: CPUDevice(threads: 1), dropout: 0)
        var configuration = TrainingConfiguration()
        configuration.epochs = epochs
        configuration.batchSize = 16
        configuration.optimizer.learningRate = 0.02
        change(recipe, &configuration)
        let arena = try ParameterArena(recipe.model, device: recipe.device, seed: 3)
        let trainer = try Trainer(
            recipe, arena: arena, configuration: configuration, seed: 3, run: run,
            isInterrupted: { false })
        return (trainer, arena)
    }

    @Test("Weights may change with the epoch and their total follows")
    func weightsOfEpochs() throws {
        let (trainer, _) = try train { recipe, _ in
            recipe.weightsOfEpoch = { $0 == 1 ? [0, 2] : [1, 0.5] }
        }
        _ = try trainer.run()
        for (record, weights) in zip(trainer.state.history, [[1, 0.5], [0, 2], [1, 0.5]]) {
            let terms = [record.lossTerms["squared"] ?? 0, record.lossTerms["absolute"] ?? 0]
            #expect(abs(record.loss - weights[0] * terms[0] - weights[1] * terms[1]) < 1e-6)
        }
        let (wrong, _) = try train { recipe, _ in recipe.weightsOfEpoch = { _ in [1] } }
        #expect(throws: TrainingError.lossWeights(found: 1, terms: 2)) { try wrong.run() }
    }

    @Test("A term with its own number of examples is averaged over those")
    func termExamples() throws {
        let (plain, _) = try train(epochs: 1) { _, configuration in
            configuration.optimizer.learningRate = 1e-30
        }
        _ = try plain.run()
        let (own, _) = try train(epochs: 1) { recipe, configuration in
            configuration.optimizer.learningRate = 1e-30
            recipe.secondTermExamples = 1
        }
        _ = try own.run()
        let (a, b) = (plain.state.history[0], own.state.history[0])
        #expect(a.lossTerms["squared"] == b.lossTerms["squared"])
        // Batches of 16, 16, 16, 16: the mean of equal numbers is the mean of the batches' means either way.
        let (x, y) = (a.lossTerms["absolute"] ?? 0, b.lossTerms["absolute"] ?? 1)
        #expect(abs(x - y) < 1e-6)
    }

    @Test("Groups have their own rates, norms, and warnings when no gradient comes")
    func groups() throws {
        let (trainer, arena) = try train { recipe, configuration in
            var group = ParameterGroupConfiguration()
            group.path = "first"
            group.learningRate = 0
            configuration.optimizer.weightDecay = 0
            configuration.optimizer.groups = [group]
        }
        let before = try arena.namedValues()
        _ = try trainer.run()
        for (old, new) in zip(before, try arena.namedValues()) {
            #expect((old.values == new.values) == old.name.hasPrefix("first"), "\(old.name)")
        }
        let record = try #require(trainer.state.history.last)
        let norms = try #require(record.groupGradientNorms)
        #expect(Set(norms.keys) == ["first", "others"] && norms.values.allSatisfy { $0 > 0 })
        let squares = norms.values.reduce(0) { $0 + $1 * $1 }
        #expect(abs(squares.squareRoot() - record.gradientNorm) < 1e-5)
        #expect(record.groupsWithoutGradient == [] && record.unreachedParameters == nil)
        #expect(record.warnings == nil)
    }

    @Test("The average of the weights is measured, kept, and resumed to the bit")
    func average() throws {
        try withTemporaryFolder { folder in
            func configure(_ configuration: inout TrainingConfiguration) {
                // Not the cosine, which depends on the number of epochs.
                configuration.schedule.kind = .constant
                configuration.weightAverage = WeightAverageConfiguration()
                configuration.weightAverage?.decay = 0.9
                configuration.earlyStopping = EarlyStoppingConfiguration(
                    metric: "error", patience: 9, threshold: 0)
            }
            let whole = try RunDirectory(creating: folder + "/whole", configuration: "{}")
            let (all, arena) = try train(epochs: 3, run: whole) { configure(&$1) }
            _ = try all.run()
            let parts = try RunDirectory(creating: folder + "/parts", configuration: "{}")
            let (first, _) = try train(epochs: 2, run: parts) { configure(&$1) }
            _ = try first.run()
            let (second, resumed) = try train(epochs: 3, run: parts) { configure(&$1) }
            try second.resume(parts)
            _ = try second.run()
            #expect(
                try resumed.namedValues().map(\.values) == arena.namedValues().map(\.values))
            let (best, last) = (
                try weights(at: whole.bestCheckpoint), try weights(at: whole.lastCheckpoint)
            )
            for (name, _, values) in try arena.namedValues() {
                #expect(best[name] == values && last[name] != values, "\(name)")
            }
        }
    }

    @Test("Where no epoch is chosen, the average is what the run gives to use", arguments: [2, 3])
    func averageForUse(firstEpochs: Int) throws {
        try withTemporaryFolder { folder in
            func configure(_ configuration: inout TrainingConfiguration) {
                configuration.schedule.kind = .constant
                configuration.weightAverage = WeightAverageConfiguration()
            }
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            let (first, _) = try train(epochs: firstEpochs, run: run) { configure(&$1) }
            _ = try first.run()
            // What a process that was killed before it wrote the average leaves.
            let file = try run.weightsForUse()
            if file != run.lastCheckpoint { try FileManager.default.removeItem(atPath: file) }
            let (second, arena) = try train(epochs: 3, run: run) { configure(&$1) }
            try second.resume(run)
            _ = try second.run()
            let used = try weights(at: run.weightsForUse())
            for (name, _, values) in try arena.namedValues() {
                #expect(used[name] == values, "\(name)")
            }
        }
    }

    @Test("A run that diverges is told so, and stopped when asked", arguments: [false, true])
    func divergence(stops: Bool) throws {
        let (trainer, _) = try train(epochs: 4) { recipe, configuration in
            configuration.health.stops = stops
            // The loss of the third epoch is a hundred times the second's.
            recipe.weightsOfEpoch = { $0 == 2 ? [100, 50] : [1, 0.5] }
        }
        _ = try trainer.run()
        let warned = trainer.state.history.filter { $0.warnings != nil }.map(\.epoch)
        #expect(warned == [3])
        #expect(trainer.state.stopReason?.word == (stops ? "divergence" : "finishedEpochs"))
        #expect(trainer.state.epoch == (stops ? 3 : 4))
    }

    @Test("Collapse, imbalance and a gap to the validation data are named")
    func signs() throws {
        let (trainer, _) = try train(epochs: 1) { _, configuration in
            configuration.health.collapse = 1e6
            configuration.health.balance = 0.01
            configuration.health.gap = 1.0001
            configuration.health.gapMetric = "loss"
        }
        _ = try trainer.run()
        let warnings = try #require(trainer.state.history[0].warnings)
        #expect(warnings.count == 3)
        #expect(warnings[0].contains("makes up"))
        #expect(warnings[1].contains("'absolute' has collapsed"))
        #expect(warnings[2].contains("'squared' has collapsed"))
    }
}
