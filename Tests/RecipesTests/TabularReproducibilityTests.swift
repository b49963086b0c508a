import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// Same seed, same bits; other devices, the same curve.
@Suite(.exclusiveDevices) struct TabularReproducibilityTests {
    /// History without times, and the weights.
    struct Trace: Equatable {
        var history: [EpochRecord]
        var weights: [[Float]]

        init(_ experiment: TabularExperiment, _ state: TrainingState) throws {
            history = state.history.map { record in
                var record = record
                (record.trainingSeconds, record.evaluationSeconds) = (0, 0)
                return record
            }
            weights = try experiment.arena.namedValues().map(\.values)
        }
    }

    private func trace(_ configuration: TabularConfiguration, on device: any Device) throws -> Trace
    {
        let experiment = try configuration.experiment(on: device)
        let trainer = try experiment.makeTrainer(run: nil, isInterrupted: { false })
        #expect(try trainer.run() == .finished(.finishedEpochs))
        return try Trace(experiment, trainer.state)
    }

    private func configuration(_ path: String, _ task: TabularConfiguration.Task)
        -> TabularConfiguration
    {
        var configuration = TabularConfiguration.small(path)
        configuration.task = task
        configuration.model.hidden = [16, 8]
        configuration.training.earlyStopping?.patience = 100
        return configuration
    }

    private func table(_ task: TabularConfiguration.Task) -> NumericTable {
        task == .regression ? TabularTables.means(rows: 100) : TabularTables.classes(rows: 100)
    }

    @Test(arguments: TestDevices.all, [TabularConfiguration.Task.regression, .classification])
    func sameSeedGivesTheSameBits(_ target: TestDevice, _ task: TabularConfiguration.Task) throws {
        try table(task).withFile { path in
            let configuration = configuration(path, task)
            let first = try trace(configuration, on: target.device)
            #expect(try trace(configuration, on: target.device) == first)
            var other = configuration
            other.seed += 1
            #expect(try trace(other, on: target.device).weights != first.weights)
        }
    }

    /// 100 steps with dropout: the losses of every epoch follow those of one processor.
    @Test(arguments: TestDevices.all, [TabularConfiguration.Task.regression, .classification])
    func curvesAgree(_ target: TestDevice, _ task: TabularConfiguration.Task) throws {
        try table(task).withFile { path in
            var configuration = configuration(path, task)
            configuration.training.epochs = 20
            let expected = try trace(configuration, on: CPUDevice(threads: 1)).history
            let found = try trace(configuration, on: target.device).history
            #expect(expected.last?.step == 100)
            let (first, last) = (try #require(expected.first), try #require(expected.last))
            #expect(last.loss < 0.8 * first.loss, "nothing was learned")
            for (a, b) in zip(found, expected) {
                #expect((a.loss - b.loss).magnitude <= 1e-3 * b.loss, "epoch \(b.epoch)")
                let losses = [a, b].map { $0.metrics[TabularMetrics.validationLoss] ?? .nan }
                #expect((losses[0] - losses[1]).magnitude <= 1e-3 * losses[1], "epoch \(b.epoch)")
            }
        }
    }

    /// Matrices large enough to be divided among threads.
    @Test func threadsDoNotChangeTheBits() throws {
        try TabularTables.table(rows: 400, width: 39) { $0[0] * $0[1] }.withFile { path in
            var configuration = TabularConfiguration.small(path)
            configuration.model.hidden = [128, 64]
            configuration.training.batchSize = 128
            configuration.training.epochs = 2
            let one = try trace(configuration, on: CPUDevice(threads: 1))
            let two = try trace(configuration, on: CPUDevice(threads: 2))
            #expect(one == two)
        }
    }

    @Test(arguments: [1, 4, 7, 15, 16])
    func interruptedAndResumedEqualsUninterrupted(_ stop: Int) throws {
        try withTemporaryFolder { folder in
            let path = try TabularTables.means(rows: 100).write(into: folder)
            let configuration = configuration(path, .regression)
            let device = try CPUDevice(threads: 1)
            let whole = try trace(configuration, on: device)

            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            var steps = 0
            let first = try configuration.experiment(on: device)
            let interrupted = try first.makeTrainer(run: run) {
                steps += 1
                return steps >= stop
            }
            #expect(try interrupted.run() == .interrupted)
            #expect(interrupted.state.step == stop)

            let second = try configuration.experiment(on: device)
            let resumed = try second.makeTrainer(run: run, isInterrupted: { false })
            try resumed.resume(run)
            #expect(resumed.state.step == stop)
            #expect(try resumed.run() == .finished(.finishedEpochs))
            #expect(try Trace(second, resumed.state) == whole)
        }
    }

    @Test func aRunGoesOnWithItsOwnDataAlone() throws {
        try withTemporaryFolder { folder in
            var table = TabularTables.means(rows: 100)
            let configuration = configuration(try table.write(into: folder), .regression)
            let device = try CPUDevice(threads: 1)
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            let trainer = try configuration.experiment(on: device).makeTrainer(
                run: run, isInterrupted: { true })
            #expect(try trainer.run() == .interrupted)
            table.targets[3] += 0.01
            _ = try table.write(into: folder)
            let changed = try configuration.experiment(on: device).makeTrainer(
                run: run, isInterrupted: { false })
            #expect(throws: TrainingError.changedData(checkpoint: run.lastCheckpoint)) {
                try changed.resume(run)
            }
        }
    }
}
