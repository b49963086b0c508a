import TandemDatasets
import TandemDevices
import Foundation
import TandemNetworks
import Testing

@testable import TandemTraining

/// Runs that were stopped at awkward moments, or are resumed under other conditions.
@Suite("Resuming")
struct ResumeTests {
    private func configuration(epochs: Int = 3) -> TrainingConfiguration {
        var configuration = TrainingConfiguration()
        configuration.epochs = epochs
        configuration.batchSize = 16
        configuration.optimizer.learningRate = 0.02
        configuration.earlyStopping = EarlyStoppingConfiguration(
            metric: "error", patience: 50, threshold: 0)
        return configuration
    }

    private func makeTrainer(
        _ configuration: TrainingConfiguration, run: RunDirectory,
        isInterrupted: @escaping () -> Bool = { false }, dataIdentity: String? = nil
    ) throws -> (trainer: Trainer<CurveRecipe>, recipe: CurveRecipe, arena: ParameterArena) {
        let recipe = try CurveRecipe(on: CPUDevice(threads: 1))
        recipe.dataIdentity = dataIdentity
        let arena = try ParameterArena(recipe.model, device: recipe.device, seed: 3)
        let trainer = try Trainer(
            recipe, arena: arena, configuration: configuration, seed: 3, run: run,
            isInterrupted: isInterrupted)
        return (trainer, recipe, arena)
    }

    private func withRun(_ body: (RunDirectory) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try body(try RunDirectory(creating: folder + "/run", configuration: "{}"))
        }
    }

    @Test("A run stopped before its first checkpoint starts at the beginning")
    func noCheckpoint() throws {
        try withRun { run in
            let (trainer, _, _) = try makeTrainer(configuration(), run: run)
            try trainer.resume(run)
            #expect(trainer.state == TrainingState())
            #expect(throws: TrainingError.noCheckpoint(path: run.path)) {
                try run.weightsForUse()
            }
            #expect(try trainer.run() == .finished(.finishedEpochs))
        }
    }

    @Test("A run killed between the best and the last checkpoint of its first epoch goes on")
    func onlyBest() throws {
        try withRun { run in
            let (trainer, _, arena) = try makeTrainer(configuration(), run: run)
            try Checkpoint.saveWeights(to: run.bestCheckpoint, arena: arena)
            try trainer.resume(run)
            #expect(trainer.state == TrainingState())
        }
    }

    @Test("A lost last checkpoint of a run with history is an error, not a new start")
    func lostCheckpoint() throws {
        try withRun { run in
            _ = try makeTrainer(configuration(), run: run).trainer.run()
            try FileManager.default.removeItem(atPath: run.lastCheckpoint)
            let (trainer, _, _) = try makeTrainer(configuration(), run: run)
            #expect(
                throws: TrainingError.notARun(path: run.path, missing: "last.safetensors")
            ) { try trainer.resume(run) }
        }
    }

    @Test("A run killed after its last epoch and before its summary can be finished")
    func finishedWithoutSummary() throws {
        try withRun { run in
            let (first, recipe, _) = try makeTrainer(configuration(), run: run)
            _ = try first.run()
            let expected = try recipe.evaluate()
            let (second, resumed, _) = try makeTrainer(configuration(), run: run)
            try second.resume(run)
            #expect(try second.run() == .finished(.finishedEpochs))
            #expect(second.state.history.count == 3)
            #expect(try resumed.evaluate() == expected)
        }
    }

    @Test("Going on with a finished run withdraws its summary and its model")
    func longer() throws {
        try withRun { run in
            _ = try makeTrainer(configuration(), run: run).trainer.run()
            try run.writeSummary("{}")
            try Data("model".utf8).write(to: URL(filePath: run.model))
            let (longer, _, _) = try makeTrainer(configuration(epochs: 4), run: run)
            try longer.resume(run)
            #expect(!run.hasSummary)
            #expect(!FileManager.default.fileExists(atPath: run.model))
        }
    }

    @Test("Fewer epochs than are done already are refused")
    func tooFewEpochs() throws {
        try withRun { run in
            var batches = 0
            let (first, recipe, _) = try makeTrainer(
                configuration(), run: run, isInterrupted: { batches > 9 })
            recipe.beforeBatch = { _ in batches += 1 }
            #expect(try first.run() == .interrupted)
            #expect(first.state.epoch == 2)
            let (second, _, _) = try makeTrainer(configuration(epochs: 2), run: run)
            #expect(throws: TrainingError.tooFewEpochs(done: 2, epochs: 2)) {
                try second.resume(run)
            }
        }
    }

    @Test("Other data than the run began with are refused")
    func otherData() throws {
        try withRun { run in
            _ = try makeTrainer(configuration(), run: run, dataIdentity: "a").trainer.run()
            let (same, _, _) = try makeTrainer(
                configuration(epochs: 4), run: run, dataIdentity: "a")
            try same.resume(run)
            let (other, _, _) = try makeTrainer(
                configuration(epochs: 4), run: run, dataIdentity: "b")
            #expect(throws: TrainingError.changedData(checkpoint: run.lastCheckpoint)) {
                try other.resume(run)
            }
        }
    }

    @Test("What a killed process left half written is removed")
    func temporaries() throws {
        try withRun { run in
            // No process can have this number: it lies beyond the kernel's limit of 2^22.
            let left = "\(run.path)/.last.safetensors.99999999.abc.tmp"
            try Data("part".utf8).write(to: URL(filePath: left))
            let (trainer, _, _) = try makeTrainer(configuration(), run: run)
            try trainer.resume(run)
            #expect(!FileManager.default.fileExists(atPath: left))
        }
    }

    @Test(
        "A training state that contradicts itself is refused",
        arguments: [
            "\"batch\":0→\"batch\":-7", "\"epoch\":3,→\"epoch\":1,", "\"step\":→\"step\":1",
            "\"batch\":0→\"batch\":4",
            #"withoutImprovement\":→withoutImprovement\":922337203685477580"#,
            #"withoutImprovement\":→withoutImprovement\":-1"#,
            #"withoutImprovement\":→withoutImprovement\":x"#,
        ])
    func impossibleState(change: String) throws {
        try withRun { run in
            _ = try makeTrainer(configuration(), run: run).trainer.run()
            let file = try SafetensorsFile.read(run.lastCheckpoint)
            let parts = change.split(separator: "→").map(String.init)
            let metadata = ["format", "optimizer_steps", "training_state"].map { name in
                (name: name, text: file.metadata(named: name) ?? "")
            }
            let changed = metadata.map {
                (name: $0.name, text: $0.text.replacing(parts[0], with: parts[1]))
            }
            #expect(changed[2].text != metadata[2].text)
            try SafetensorsFile(arrays: file.arrays, metadata: changed)
                .write(to: run.lastCheckpoint)
            let (trainer, _, _) = try makeTrainer(configuration(epochs: 4), run: run)
            let error = #expect(throws: TrainingError.self) { try trainer.resume(run) }
            guard case .badCheckpoint = error else {
                Issue.record("unexpected error \(String(describing: error))")
                return
            }
        }
    }

    @Test("No checkpoint inside an epoch is written once a loss is not finite")
    func poisonedCheckpoint() throws {
        try withRun { run in
            var configuration = configuration()
            configuration.checkpointEverySteps = 1
            let (trainer, recipe, _) = try makeTrainer(configuration, run: run)
            recipe.poison = (pass: 2, factor: .infinity)
            #expect(throws: TrainingError.self) { try trainer.run() }
            for values in try weights(at: run.lastCheckpoint).values {
                #expect(values.allSatisfy { $0.isFinite })
            }
        }
    }

    @Test("Interrupting a run whose loss is not finite does not save it")
    func poisonedInterruption() throws {
        try withRun { run in
            var batches = 0
            let (trainer, recipe, _) = try makeTrainer(
                configuration(), run: run, isInterrupted: { batches == 3 })
            recipe.beforeBatch = { _ in batches += 1 }
            recipe.poison = (pass: 1, factor: .infinity)
            #expect(throws: TrainingError.self) { try trainer.run() }
            #expect(!FileManager.default.fileExists(atPath: run.lastCheckpoint))
        }
    }

    @Test("Without early stopping no epoch is chosen: the last weights are the run's result")
    func noChoice() throws {
        try withRun { run in
            var configuration = configuration()
            configuration.earlyStopping = nil
            let (trainer, _, arena) = try makeTrainer(configuration, run: run)
            _ = try trainer.run()
            #expect(trainer.state.history.allSatisfy { !$0.isBest })
            #expect(try run.weightsForUse() == run.lastCheckpoint)
            let expected = try arena.namedValues().map(\.values)
            let (_, _, other) = try makeTrainer(configuration, run: run)
            try Checkpoint.loadWeights(from: try run.weightsForUse(), into: other)
            #expect(try other.namedValues().map(\.values) == expected)
        }
    }

    @Test("Two writers of one run exclude each other")
    func locked() throws {
        try withRun { run in
            do {
                let first = try run.lock()
                #expect(throws: TrainingError.runInUse(path: run.path)) { try run.lock() }
                withExtendedLifetime(first) {}
            }
            _ = try run.lock()
        }
    }

    @Test("The recorded learning-rate factor is that of the epoch's own steps")
    func recordedFactor() throws {
        try withRun { run in
            var configuration = configuration(epochs: 4)
            configuration.schedule.kind = .plateau
            configuration.schedule.metric = "error"
            configuration.schedule.patience = 0
            // No error is lower than another by 200%: every epoch after the first is without improvement.
            configuration.schedule.threshold = 2
            let (trainer, _, _) = try makeTrainer(configuration, run: run)
            _ = try trainer.run()
            #expect(trainer.state.history.map(\.learningRateFactor) == [1, 1, 0.5, 0.25])
        }
    }
}
