import TandemDevices
import TandemNetworks
import TandemRecipes
import TandemTestSupport
import Testing
import TandemTraining

/// Training through the whole recipe: data, batches, model, loss, optimiser, evaluation.
@Suite(.exclusiveDevices) struct SequenceTrainingTests {
    /// Counters of the device's pool after every optimiser step.
    private final class PoolLog: TrainingPolicy {
        let device: any Device
        var steps: [PoolStatistics] = []

        init(_ device: any Device) { self.device = device }

        func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws {
            steps.append(device.poolStatistics)
        }
    }

    /// Trains anew; returns the history without times and the weights.
    private func train(
        _ configuration: SequenceVectorsConfiguration, _ folder: String, on device: any Device,
        adding policies: [any TrainingPolicy] = []
    ) throws -> (history: [EpochRecord], weights: [[Float]]) {
        let experiment = try configuration.experiment(folder, on: device)
        let trainer = try experiment.makeTrainer(adding: policies)
        #expect(try trainer.run() == .finished(.finishedEpochs))
        let history = trainer.state.history.map { record in
            var record = record
            (record.trainingSeconds, record.evaluationSeconds) = (0, 0)
            return record
        }
        return (history, try experiment.arena.namedValues().map(\.values))
    }

    @Test(arguments: TestDevices.all)
    func sameSeedGivesTheSameBits(_ target: TestDevice) throws {
        try ChainFolder.withRandomWalks { folder in
            let first = try train(.small, folder, on: target.device)
            let second = try train(.small, folder, on: target.device)
            #expect(first.history == second.history)
            #expect(first.weights == second.weights)
            var other = SequenceVectorsConfiguration.small
            other.seed += 1
            #expect(try train(other, folder, on: target.device).weights != first.weights)
        }
    }

    /// 102 optimiser steps with dropout: each epoch's loss and metrics follow the processor's.
    @Test(arguments: TestDevices.all)
    func curvesAgree(_ target: TestDevice) throws {
        try ChainFolder.withRandomWalks { folder in
            var configuration = SequenceVectorsConfiguration.small
            configuration.training.epochs = 17
            let expected = try train(configuration, folder, on: try CPUDevice(threads: 1)).history
            let found = try train(configuration, folder, on: target.device).history
            #expect(expected.last?.step == 102)
            #expect(found.count == expected.count)
            let (first, last) = (try #require(expected.first), try #require(expected.last))
            #expect(last.loss < 0.95 * first.loss, "nothing was learned")
            for (a, b) in zip(found, expected) {
                #expect(abs(a.loss - b.loss) <= 1e-3 * abs(b.loss), "epoch \(b.epoch)")
                let cosines = (a.metrics["cosine"] ?? .nan, b.metrics["cosine"] ?? .nan)
                #expect(abs(cosines.0 - cosines.1) <= 1e-3, "epoch \(b.epoch)")
                #expect(abs(a.gradientNorm - b.gradientNorm) <= 1e-2 * b.gradientNorm)
            }
        }
    }

    /// After two epochs no memory is asked of the driver; from the second on the best weights are held beside the current.
    @Test(arguments: TestDevices.all)
    func steadyTrainingAllocatesNothing(_ target: TestDevice) throws {
        try ChainFolder.withRandomWalks { folder in
            target.device.trimPool()
            let log = PoolLog(target.device)
            _ = try train(.small, folder, on: target.device, adding: [log])
            #expect(log.steps.count == 36)
            let steady = log.steps.dropFirst(12)
            let (first, last) = (try #require(steady.first), try #require(steady.last))
            #expect(last.driverAllocations == first.driverAllocations)
            #expect(last.peakBytes == first.peakBytes)
            #expect(last.liveBytes == first.liveBytes)
            #expect(last.requests > first.requests)
            #expect(log.steps[0].driverAllocations > 0)
        }
    }

    /// The last checkpoint of an interrupted epoch may stand at any batch; the batches after it are the same.
    @Test func batchesCanStartAnywhere() throws {
        try ChainFolder.withRandomWalks { folder in
            let recipe = try SequenceVectorsConfiguration.small.experiment(
                folder, on: TestDevices.makePlain()
            ).recipe
            func rows(epoch: Int, from start: Int) throws -> [[Int32]] {
                let next = try recipe.batches(epoch: epoch, startingAt: start)
                var rows: [[Int32]] = []
                while let batch = try next() { rows.append(Array(batch.targetRows)) }
                return rows
            }
            let whole = try rows(epoch: 3, from: 0)
            #expect(whole.count == recipe.batchesPerEpoch)
            #expect(Set(whole.joined()).count == 96)
            for start in 1..<whole.count {
                #expect(try rows(epoch: 3, from: start) == Array(whole[start...]))
            }
            #expect(try rows(epoch: 4, from: 0) != whole)
        }
    }

    @Test func partsWithoutWindowsAndSharedDocumentsAreRefused() throws {
        try ChainFolder.withRandomWalks { folder in
            var configuration = SequenceVectorsConfiguration.small
            configuration.data.contextLength = 20
            #expect(throws: SequenceVectorsError.self) {
                try configuration.experiment(folder, on: TestDevices.makePlain())
            }
        }
    }
}
