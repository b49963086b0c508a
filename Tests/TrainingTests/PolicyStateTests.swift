import TandemDevices
import TandemNetworks
import Testing

@testable import TandemTraining

/// What policies keep when a run is stopped, and in which order they see a step.
@Suite("States of policies")
struct PolicyStateTests {
    /// The history without times.
    private func history(_ trainer: Trainer<CurveRecipe>) -> [EpochRecord] {
        trainer.state.history.map { record in
            var record = record
            record.trainingSeconds = 0
            record.evaluationSeconds = 0
            return record
        }
    }

    /// Expects that a run which is interrupted once gives the history of one that is not; four steps make an epoch.
    private func expectSameHistory(
        _ configuration: TrainingConfiguration, interruptedAfterQuestion question: Int
    ) throws {
        let (whole, _, _) = try makeCurveTrainer(configuration)
        _ = try whole.run()
        try withTemporaryFolder { folder in
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            var asked = 0
            let (first, _, _) = try makeCurveTrainer(
                configuration, run: run,
                isInterrupted: {
                    asked += 1
                    return asked >= question
                })
            #expect(try first.run() == .interrupted)
            let (second, _, _) = try makeCurveTrainer(configuration, run: run)
            try second.resume(run)
            _ = try second.run()
            #expect(history(second) == history(whole))
        }
    }

    @Test("A resumed plateau schedule remembers the metric between two measurements")
    func plateau() throws {
        let configuration = curveConfiguration(epochs: 6) {
            $0.evaluateEveryEpochs = 2
            $0.schedule.kind = .plateau
            $0.schedule.metric = "error"
            $0.schedule.patience = 0
        }
        let (whole, _, _) = try makeCurveTrainer(configuration)
        _ = try whole.run()
        // Epoch 3 has no measurement of its own, and lowers the rate of epoch 4.
        #expect(whole.state.history[3].learningRateFactor < 1)
        try expectSameHistory(configuration, interruptedAfterQuestion: 9)
    }

    @Test("A resumed epoch remembers what was measured inside it")
    func measured() throws {
        let configuration = curveConfiguration(epochs: 2) {
            $0.evaluateEveryEpochs = 2
            $0.evaluateEverySteps = 2
        }
        try expectSameHistory(configuration, interruptedAfterQuestion: 3)
    }

    @Test("An average that is measured inside an epoch holds the step, and is what is kept")
    func averageInsideEpoch() throws {
        try withTemporaryFolder { folder in
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            let witness = LowestError()
            let (trainer, recipe, _) = try makeCurveTrainer(
                curveConfiguration(epochs: 6) {
                    $0.optimizer.learningRate = 0.4
                    $0.evaluateEverySteps = 1
                    $0.weightAverage = WeightAverageConfiguration()
                    $0.weightAverage?.decay = 0.3
                    $0.earlyStopping = EarlyStoppingConfiguration(
                        metric: "error", patience: 100, threshold: 0)
                }, run: run, adding: [witness])
            _ = try trainer.run()
            #expect(witness.step % 4 != 0, "the best evaluation lies at the end of an epoch")
            #expect(try recipe.evaluate().first?.value == witness.value)
        }
    }

    @Test("Patience begins with the first measurement")
    func patience() throws {
        let (trainer, _, _) = try makeCurveTrainer(
            curveConfiguration(epochs: 20) {
                $0.evaluateEveryEpochs = 4
                // Never reached: the first evaluation stays the best.
                $0.earlyStopping = EarlyStoppingConfiguration(
                    metric: "error", patience: 2, threshold: 1e9)
            })
        #expect(try trainer.run() == .finished(.earlyStopping))
        #expect(trainer.state.epoch == 6)
        #expect(trainer.state.bestEpoch == 4)
    }

    @Test("A run killed while the epoch in which it was stopped is closed goes on before that")
    func killedWhileStopping() throws {
        try withTemporaryFolder { folder in
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            let configuration = curveConfiguration(epochs: 3) { $0.checkpointEverySteps = 1 }
            let (first, _, _) = try makeCurveTrainer(
                configuration, run: run, adding: [Stopping(isKilled: true)])
            #expect(throws: Killed.self) { try first.run() }
            let saved = try Checkpoint.loadState(from: run.lastCheckpoint)
            #expect(saved.stopReason == nil && saved.step == 5)
            let (second, _, _) = try makeCurveTrainer(
                configuration, run: run, adding: [Stopping(isKilled: false)])
            try second.resume(run)
            #expect(try second.run() == .finished(Stopping.reason))
            #expect(second.state.history.map(\.step) == [4, 6])
        }
    }

    @Test("Two metrics of one name are an error")
    func duplicateMetrics() throws {
        let (trainer, recipe, _) = try makeCurveTrainer(curveConfiguration(epochs: 1))
        recipe.measuresTwice = true
        #expect(throws: TrainingError.duplicateMetric("error")) { try trainer.run() }
    }
}

/// Remembers the lowest error and its step.
private final class LowestError: TrainingPolicy {
    var value = Double.infinity
    var step = 0

    func didEvaluate(_ evaluation: Evaluation, _ run: TrainingContext) throws {
        let error = try evaluation.metric("error").value
        if error < value { (value, step) = (error, evaluation.step) }
    }
}

/// Ends a run at its sixth step, and may die before the end of the epoch is saved.
private final class Stopping: TrainingPolicy {
    static let reason = StopReason("enough", "had enough")

    let isKilled: Bool

    init(isKilled: Bool) { self.isKilled = isKilled }

    func didFinishStep(_ event: StepEvent, _ run: TrainingContext) {
        if run.state.step == 6 { run.stop(Self.reason) }
    }

    func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) throws {
        if isKilled, run.state.stopReason != nil { throw Killed() }
    }
}

private struct Killed: Error {}
