import Foundation
import TandemDevices
import TandemNetworks
import Testing

@testable import TandemTraining

/// What policies see, add, keep and stop.
@Suite("Policies")
struct PolicyTests {
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
        let (trainer, _, _) = try makeCurveTrainer(curveConfiguration(), adding: [witness])
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
            let (first, _, _) = try makeCurveTrainer(
                curveConfiguration(), run: run, adding: [Witness()],
                isInterrupted: {
                    asked += 1
                    return asked > 8
                })
            #expect(try first.run() == .interrupted)
            let witness = Witness()
            let (second, _, _) = try makeCurveTrainer(
                curveConfiguration(), run: run, adding: [witness])
            try second.resume(run)
            #expect(witness.savedState == 2)
            _ = try second.run()
            #expect(second.state.history.map { $0.metrics["witness"] } == [1, 2, 3, 4])
        }
    }

    @Test("Two policies of one name and foreign batches are refused")
    func refusals() throws {
        #expect(throws: TrainingError.duplicatePolicy("witness")) {
            try makeCurveTrainer(curveConfiguration(), adding: [Witness(), Witness()])
        }
        #expect(throws: TrainingError.otherBatchSize(recipe: 16, configuration: 32)) {
            try makeCurveTrainer(curveConfiguration { $0.batchSize = 32 })
        }
    }

    @Test("The model is measured as often as asked, and at the end")
    func evaluations() throws {
        let witness = Witness()
        let (trainer, _, _) = try makeCurveTrainer(
            curveConfiguration(epochs: 5) {
                $0.evaluateEveryEpochs = 2
                $0.evaluateEverySteps = 3
            }, adding: [witness])
        _ = try trainer.run()
        let steps = witness.events.filter { $0.hasPrefix("evaluate") }
        #expect(steps == [3, 6, 8, 9, 15, 16, 18, 20].map { "evaluate \($0)" })
        #expect(trainer.state.history.allSatisfy { $0.metrics["error"] != nil })
        let (sparse, _, _) = try makeCurveTrainer(
            curveConfiguration(epochs: 5) { $0.evaluateEveryEpochs = 2 })
        _ = try sparse.run()
        #expect(
            sparse.state.history.map { $0.metrics["error"] == nil }
                == [true, false, true, false, false])
    }

    @Test(
        "Patience counts epochs or evaluations",
        arguments: [(PatienceUnit.epochs, 7), (.evaluations, 15)])
    func patience(unit: PatienceUnit, epochs: Int) throws {
        let (trainer, _, _) = try makeCurveTrainer(
            curveConfiguration(epochs: 40) {
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
            _ = try makeCurveTrainer(curveConfiguration { $0.keepEveryEpochs = 2 }, run: run)
                .trainer
                .run()
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
            let stopping = curveConfiguration(epochs: 2) {
                $0.earlyStopping = EarlyStoppingConfiguration(
                    metric: "error", patience: 9, threshold: 0)
            }
            let (first, _, _) = try makeCurveTrainer(stopping, run: run)
            _ = try first.run()
            #expect(first.state.bestEpoch == 2)
            let expected = try weights(at: run.bestCheckpoint)
            // What the disk holds when the second epoch's last checkpoint is written and its best one is not.
            let (one, _, _) = try makeCurveTrainer(
                curveConfiguration(epochs: 1) { $0.earlyStopping = stopping.earlyStopping },
                run: try RunDirectory(creating: folder + "/one", configuration: "{}"))
            _ = try one.run()
            try FileManager.default.removeItem(atPath: run.bestCheckpoint)
            try FileManager.default.copyItem(
                atPath: folder + "/one/best.safetensors", toPath: run.bestCheckpoint)
            #expect(try weights(at: run.bestCheckpoint) != expected)
            let (second, _, arena) = try makeCurveTrainer(stopping, run: run)
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
            let (trainer, recipe, _) = try makeCurveTrainer(
                curveConfiguration(epochs: 6) {
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
