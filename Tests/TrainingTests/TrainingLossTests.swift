import Foundation
import TandemDevices
import TandemNetworks
import Testing

@testable import TandemTraining

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
