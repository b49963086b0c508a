import TandemDevices
import Foundation
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// What the loss of a whole recipe compares, and over which windows.
@Suite(.exclusiveDevices) struct SequenceLossSpaceTests {
    /// The loss and the gradients of the first batch, pass number 3.
    private func step(
        _ configuration: SequenceVectorsConfiguration, _ folder: String, on device: any Device
    ) throws -> (loss: Double, gradients: [Float]) {
        let experiment = try configuration.experiment(folder, on: device)
        let recipe = experiment.recipe
        let batch = try #require(try recipe.batches(epoch: 0, startingAt: 0)())
        _ = try recipe.stage(batch)
        let context = ForwardContext.training(seed: 9, pass: 3)
        let loss = try recipe.loss(batch, context)
        try context.backward(from: loss.values, scales: recipe.lossTerms.map(\.weight))
        let total = try zip(loss.values, recipe.lossTerms).reduce(0) {
            $0 + Double(try $1.0.item()) * Double($1.1.weight)
        }
        return (total, try device.download(experiment.arena.gradients))
    }

    private var wide: SequenceVectorsConfiguration {
        var configuration = SequenceVectorsConfiguration.small
        configuration.training.batchSize = 48
        configuration.loss.cosine = 0.5
        return configuration
    }

    /// The loss over the whole batch has the gradient of one pass, however few windows are computed at once.
    @Test(arguments: TestDevices.all, [1, 7, 16, 47])
    func windowsAtOnceDoNotChangeTheGradient(_ target: TestDevice, windows: Int) throws {
        try ChainFolder.withRandomWalks { folder in
            var configuration = wide
            configuration.model.dropout = 0
            let whole = try step(configuration, folder, on: target.device)
            configuration.loss.windowsAtOnce = windows
            let parts = try step(configuration, folder, on: target.device)
            #expect(abs(parts.loss - whole.loss) <= 1e-5 * whole.loss)
            let largest = try #require(whole.gradients.map(\.magnitude).max())
            #expect(largest > 0)
            for (a, b) in zip(parts.gradients, whole.gradients) {
                #expect(abs(a - b) <= 2e-5 * largest)
            }
        }
    }

    /// With dropout the parts have masks of their own, the same ones in both forward passes.
    @Test(arguments: TestDevices.all)
    func bothForwardPassesHaveTheSameMasks(_ target: TestDevice) throws {
        try ChainFolder.withRandomWalks { folder in
            var configuration = wide
            configuration.model.dropout = 0.4
            configuration.loss.windowsAtOnce = 20
            let experiment = try configuration.experiment(folder, on: target.device)
            let contexts = try CheckedInput([4, 48, 12], 5).tensor(on: target.device)
            func step(recomputes: Bool) throws -> (rows: [Float], gradients: [Float]) {
                try experiment.arena.zeroGradients()
                let context = ForwardContext.training(seed: 9, pass: 3)
                let rows = try experiment.recipe.compared(
                    contexts, context, recomputes: recomputes)
                let scores = try rows.matmul(rows, transposeRight: true)
                try context.backward(from: try scores.squared().sum())
                return (try rows.values(), try target.device.download(experiment.arena.gradients))
            }
            let (kept, again) = (try step(recomputes: false), try step(recomputes: true))
            #expect(again.rows == kept.rows)
            let largest = try #require(kept.gradients.map(\.magnitude).max())
            #expect(largest > 0)
            for (a, b) in zip(again.gradients, kept.gradients) {
                #expect(abs(a - b) <= 2e-5 * largest)
            }
        }
    }

    /// `1 - cos(raw, y - c)`, from what the recipe compares.
    @Test(arguments: TestDevices.all)
    func deltaSpaceComparesStepsWithDifferences(_ target: TestDevice) throws {
        try ChainFolder.withRandomWalks { folder in
            var configuration = SequenceVectorsConfiguration.small
            configuration.prediction.kind = .delta
            configuration.loss.space = .delta
            let recipe = try configuration.experiment(folder, on: target.device).recipe
            let input = CheckedInput([4, 2, 12], 5)
            let contexts = try input.tensor(on: target.device)
            let goal = CheckedInput([2, 12], 6)
            let compared = try recipe.compared(
                goal.tensor(on: target.device), with: contexts
            ).values()
            for row in 0..<2 {
                let difference = (0..<12).map {
                    Double(goal.values[row * 12 + $0] - input.values[(6 + row) * 12 + $0])
                }
                let length = difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
                for (place, value) in difference.enumerated() {
                    #expect(abs(Double(compared[row * 12 + place]) - value / length) <= 1e-5)
                }
            }
            let steps = try recipe.predictor.step(contexts, .evaluation()).l2Normalized()
            #expect(try recipe.compared(contexts, .evaluation()).values() == steps.values())
        }
    }

    /// The network that answers `-c` whatever it sees: a fine cosine in delta space, and nothing found.
    @Test func theConstantGuessLooksGoodInDeltaSpace() throws {
        let cosine = 0.39
        // c = (1, 0), y = (k, sqrt(1 - k^2)).
        let difference = (cosine - 1, (1 - cosine * cosine).squareRoot())
        let length = (difference.0 * difference.0 + difference.1 * difference.1).squareRoot()
        #expect(abs(-difference.0 / length - ((1 - cosine) / 2).squareRoot()) < 1e-12)
        #expect(abs(-difference.0 / length - 0.55) < 0.005)
    }

    @Test(arguments: TestDevices.all)
    func temperatureIsLearnedSavedAndRead(_ target: TestDevice) throws {
        try ChainFolder.withRandomWalks { folder in
            var configuration = SequenceVectorsConfiguration.small
            configuration.loss.learnsTemperature = true
            configuration.training.epochs = 2
            let experiment = try configuration.experiment(folder, on: target.device)
            let start = try #require(
                try experiment.arena.namedValues().first { $0.name == "loss.scale" }?.values)
            #expect(abs(start[0] + Float(log(0.07))) < 1e-5)
            let trainer = try experiment.makeTrainer()
            #expect(try trainer.run() == .finished(.finishedEpochs))
            let end = try experiment.arena.namedValues().first { $0.name == "loss.scale" }?.values
            #expect(end != start)
            let path = folder + "/weights.safetensors"
            try Checkpoint.saveWeights(to: path, arena: experiment.arena)
            _ = try NextVectorPredictor(configuration, weights: path, device: target.device)
        }
    }

    /// They are the same whenever a batch is made again, and neither a row's target nor in its context unless masked.
    @Test func extraNegativesAreTrainingRows() throws {
        try ChainFolder.withRandomWalks { folder in
            let experiment = try SequenceVectorsConfiguration.small.experiment(
                folder, on: TestDevices.makePlain())
            let windows = experiment.data.training
            let drawn = ExtraNegatives(200, of: windows, seed: 5)
            let rows = drawn.rows(beside: [7, 9, 30])
            #expect(rows.count == 200)
            #expect(rows == drawn.rows(beside: [7, 9, 30]))
            #expect(rows != drawn.rows(beside: [7, 9, 31]))
            #expect(rows != ExtraNegatives(200, of: windows, seed: 6).rows(beside: [7, 9, 30]))
            // Six documents of 20 rows are for training.
            #expect(rows.allSatisfy { (0..<120).contains($0) })
            #expect(Set(rows).count > 80)
        }
    }

    @Test(arguments: TestDevices.all)
    func extraNegativesRaiseTheLoss(_ target: TestDevice) throws {
        try ChainFolder.withRandomWalks { folder in
            var configuration = SequenceVectorsConfiguration.small
            configuration.model.dropout = 0
            let plain = try step(configuration, folder, on: target.device)
            configuration.loss.extraNegatives = 50
            let more = try step(configuration, folder, on: target.device)
            #expect(more.loss > plain.loss)
            #expect(try step(configuration, folder, on: target.device).loss == more.loss)
        }
    }

    /// The weights that are put back at the end give the figures of the best epoch, to the bit.
    @Test(arguments: TestDevices.all)
    func theBestEpochIsRestored(_ target: TestDevice) throws {
        try ChainFolder.withRandomWalks { folder in
            var configuration = SequenceVectorsConfiguration.small
            configuration.training.epochs = 30
            configuration.training.optimizer.learningRate = 0.05
            configuration.training.earlyStopping?.patience = 3
            let experiment = try configuration.experiment(folder, on: target.device)
            let trainer = try experiment.makeTrainer()
            #expect(try trainer.run() == .finished(.earlyStopping))
            let best = try #require(trainer.state.chosenRecord)
            #expect(best.epoch == trainer.state.epoch - 3)
            let again = try experiment.recipe.evaluate()
            #expect(
                Dictionary(uniqueKeysWithValues: again.map { ($0.name, $0.value) })
                    == best.metrics)
        }
    }
}
