import Foundation
import TandemDevices
import TandemNetworks
import Testing

@testable import TandemTraining

/// Runs whose process ended at the worst moments: they give what an undisturbed run gives.
@Suite("Killed runs")
struct KilledRunTests {
    private struct Killed: Error {}

    /// Ends a run without any farewell: at a step before it is saved, or at the end of an epoch before that is saved.
    private final class Killer: TrainingPolicy {
        private let steps: Int
        private let epoch: Int
        private var done = 0

        init(afterSteps steps: Int = .max, atEndOfEpoch epoch: Int = .max) {
            self.steps = steps
            self.epoch = epoch
        }

        func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws {
            done += 1
            if done > steps { throw Killed() }
        }
        func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) throws {
            if record.epoch == epoch { throw Killed() }
        }
    }

    private func configuration(
        epochs: Int, _ change: (inout TrainingConfiguration) -> Void
    ) -> TrainingConfiguration {
        var configuration = TrainingConfiguration()
        configuration.epochs = epochs
        configuration.batchSize = 16
        configuration.optimizer.learningRate = 0.02
        configuration.schedule.kind = .constant
        change(&configuration)
        return configuration
    }

    private func makeTrainer(
        _ configuration: TrainingConfiguration, _ run: RunDirectory, killedBy killer: Killer? = nil
    ) throws -> Trainer<CurveRecipe> {
        let recipe = try CurveRecipe(on: CPUDevice(threads: 1))
        let arena = try ParameterArena(recipe.model, device: recipe.device, seed: 3)
        return try Trainer(
            recipe, arena: arena, configuration: configuration, seed: 3, run: run,
            adding: killer.map { [$0] } ?? [], isInterrupted: { false })
    }

    /// Trains undisturbed, and killed and resumed; hands both histories over, without times, and both folders.
    private func compare(
        _ configuration: TrainingConfiguration, _ killer: Killer,
        _ body: (_ whole: RunDirectory, _ resumed: RunDirectory) throws -> Void = { _, _ in }
    ) throws {
        try withTemporaryFolder { folder in
            let whole = try RunDirectory(creating: folder + "/whole", configuration: "{}")
            let undisturbed = try makeTrainer(configuration, whole)
            let outcome = try undisturbed.run()
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            let first = try makeTrainer(configuration, run, killedBy: killer)
            #expect(throws: Killed.self) { try first.run() }
            let second = try makeTrainer(configuration, run)
            try second.resume(run)
            #expect(try second.run() == outcome)
            #expect(withoutTimes(second) == withoutTimes(undisturbed))
            #expect(try weights(at: run.lastCheckpoint) == weights(at: whole.lastCheckpoint))
            try body(whole, run)
        }
    }

    private func withoutTimes(_ trainer: Trainer<CurveRecipe>) -> [EpochRecord] {
        trainer.state.history.map { record in
            var record = record
            (record.trainingSeconds, record.evaluationSeconds) = (0, 0)
            return record
        }
    }

    @Test("What was measured inside an epoch is still in its record")
    func measurementInsideEpoch() throws {
        let configuration = configuration(epochs: 3) {
            $0.evaluateEveryEpochs = 3
            $0.evaluateEverySteps = 2
            $0.checkpointEverySteps = 1
        }
        try compare(configuration, Killer(afterSteps: 3))
    }

    @Test("A schedule that watches a metric still knows its latest value")
    func latestValue() throws {
        let configuration = configuration(epochs: 7) {
            $0.evaluateEveryEpochs = 3
            $0.schedule.kind = .plateau
            $0.schedule.metric = "error"
            $0.schedule.patience = 0
        }
        // In the fifth epoch, two before the next measurement.
        try compare(configuration, Killer(afterSteps: 17))
    }

    @Test("A run that was to stop inside an epoch finishes that epoch")
    func stopInsideEpoch() throws {
        let configuration = configuration(epochs: 3) {
            $0.evaluateEverySteps = 1
            $0.checkpointEverySteps = 1
            $0.keepEveryEpochs = 1
            $0.earlyStopping = EarlyStoppingConfiguration(
                metric: "error", patience: 1, threshold: 1e9)
            $0.earlyStopping?.unit = .evaluations
        }
        try compare(configuration, Killer(atEndOfEpoch: 1)) { whole, run in
            let expected = try weights(at: whole.bestCheckpoint)
            let best = try weights(at: run.bestCheckpoint)
            #expect(best == expected)
            #expect(FileManager.default.fileExists(atPath: run.checkpoint(epoch: 1)))
        }
    }

    @Test("The state of an epoch that was to be kept is kept after all")
    func keptState() throws {
        let configuration = configuration(epochs: 3) { $0.keepEveryEpochs = 2 }
        try withTemporaryFolder { folder in
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            let killer = Killer(afterSteps: 8)
            let first = try makeTrainer(configuration, run, killedBy: killer)
            #expect(throws: Killed.self) { try first.run() }
            // What the disk holds when the last checkpoint is written and the kept one is not.
            try FileManager.default.removeItem(atPath: run.checkpoint(epoch: 2))
            let left = run.path + "/.epoch-2.safetensors.99999999.abc.tmp"
            try Data("part".utf8).write(to: URL(filePath: left))
            let second = try makeTrainer(configuration, run)
            try second.resume(run)
            #expect(!FileManager.default.fileExists(atPath: left))
            _ = try second.run()
            #expect(try Checkpoint.loadState(from: run.checkpoint(epoch: 2)).epoch == 2)
        }
    }
}
