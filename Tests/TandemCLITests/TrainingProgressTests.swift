import Testing

@testable import TandemCLI
@testable import TandemTraining

@Suite struct TrainingProgressTests {
    private func progress(_ sink: RecordingSink) throws -> TrainingProgress {
        let progress = TrainingProgress(
            Console(output: RecordingSink(), diagnostics: sink),
            ProgressStyle(metrics: [], format: { "\($0)" }, epochsPerLine: 1, showsBar: true))
        let plan = TrainingPlan(
            epochs: 3, batchesPerEpoch: 4, stepsPerEpoch: 4, parameterCount: 10)
        try progress.didStart(TrainingState(), plan)
        try progress.willStartEpoch(TrainingState())
        return progress
    }

    private func step(_ batch: Int, loss: Double? = nil) -> StepEvent {
        StepEvent(epoch: 1, batch: batch, examples: batch, loss: loss)
    }

    /// What is said next (an error, how to resume) must begin a line of its own.
    @Test func breakingOffEndsTheLineOfTheBar() throws {
        let sink = RecordingSink(terminalWidth: 80)
        let progress = try progress(sink)
        try progress.didFinishStep(step(1))
        #expect(!sink.text.hasSuffix("\n"))
        progress.end()
        progress.end()
        #expect(sink.text.hasSuffix("\n"))
        #expect(sink.text.count { $0 == "\n" } == 1)
    }

    @Test func theBarEndsWithTheLastBatchAndKeepsTheLastLoss() throws {
        let sink = RecordingSink(terminalWidth: 80)
        let progress = try progress(sink)
        try progress.didFinishStep(step(1, loss: 0.5))
        for batch in 2...4 { try progress.didFinishStep(step(batch)) }
        #expect(sink.text.hasSuffix("\n"))
        #expect(sink.text.split(separator: "\r").last?.contains("loss 0.50") == true)
    }

    @Test func noBestEpochIsNamedWhereNoneWasChosen() throws {
        let sink = RecordingSink()
        let progress = try progress(sink)
        var state = TrainingState()
        state.stopReason = .finishedEpochs
        try progress.didFinish(state)
        #expect(sink.text == "all epochs done\n")
        state.earlyStopping.bestEpoch = 2
        try progress.didFinish(state)
        #expect(sink.text.hasSuffix("all epochs done; best epoch 2\n"))
    }
}
