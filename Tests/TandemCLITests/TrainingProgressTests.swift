import TandemDevices
import TandemNetworks
import Testing

@testable import TandemCLI
@testable import TandemTraining

@Suite struct TrainingProgressTests {
    private func run() throws -> TrainingContext {
        let arena = try ParameterArena(Linear(2, 1), device: CPUDevice(threads: 1), seed: 1)
        return TrainingContext(
            plan: TrainingPlan(
                epochs: 3, batchesPerEpoch: 4, stepsPerEpoch: 4, parameterCount: 10),
            arena: arena,
            optimizer: try SGD(arena, groups: [ParameterGroup(learningRate: 0.1)]))
    }

    private func progress(_ sink: RecordingSink, _ run: TrainingContext) throws
        -> TrainingProgress
    {
        let progress = TrainingProgress(
            Console(output: RecordingSink(), diagnostics: sink),
            ProgressStyle(metrics: [], format: { "\($0)" }, epochsPerLine: 1, showsBar: true))
        try progress.didStart(run)
        try progress.willStartEpoch(run)
        return progress
    }

    private func step(_ batch: Int, loss: Double? = nil) -> StepEvent {
        StepEvent(epoch: 1, batch: batch, examples: batch, loss: loss)
    }

    private func record(_ epoch: Int, isBest: Bool = false) -> EpochRecord {
        EpochRecord(
            epoch: epoch, step: 4 * epoch, learningRateFactor: 1, gradientNorm: 1, loss: 1,
            lossTerms: [:], metrics: [:], isBest: isBest, trainingSeconds: 1,
            evaluationSeconds: 0)
    }

    /// What is said next (an error, how to resume) must begin a line of its own.
    @Test func breakingOffEndsTheLineOfTheBar() throws {
        let sink = RecordingSink(terminalWidth: 80)
        let run = try run()
        let progress = try progress(sink, run)
        try progress.didFinishStep(step(1), run)
        #expect(!sink.text.hasSuffix("\n"))
        progress.end()
        progress.end()
        #expect(sink.text.hasSuffix("\n"))
        #expect(sink.text.count { $0 == "\n" } == 1)
    }

    @Test func theBarEndsWithTheLastBatchAndKeepsTheLastLoss() throws {
        let sink = RecordingSink(terminalWidth: 80)
        let run = try run()
        let progress = try progress(sink, run)
        try progress.didFinishStep(step(1, loss: 0.5), run)
        for batch in 2...4 { try progress.didFinishStep(step(batch), run) }
        #expect(sink.text.hasSuffix("\n"))
        #expect(sink.text.split(separator: "\r").last?.contains("loss 0.50") == true)
    }

    @Test func noBestEpochIsNamedWhereNoneWasChosen() throws {
        let sink = RecordingSink()
        let run = try run()
        let progress = try progress(sink, run)
        run.stop(.finishedEpochs)
        try progress.didFinish(run)
        #expect(sink.text == "all epochs done\n")
        run.state.history = [record(1, isBest: true), record(2, isBest: true), record(3)]
        try progress.didFinish(run)
        #expect(sink.text.hasSuffix("all epochs done; best epoch 2\n"))
    }
}
