import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// What training changes, and that all ways of running it agree.
extension GiftWholeModel {
    /// A recipe whose steps are never recorded.
    private final class EagerRecipe: TrainingRecipe {
        private let recipe: GiftRecipe

        init(_ recipe: GiftRecipe) { self.recipe = recipe }

        var model: any Module { recipe.model }
        var lossTerms: [LossTerm] { recipe.lossTerms }
        var batchSize: Int { recipe.batchSize }
        var batchesPerEpoch: Int { recipe.batchesPerEpoch }
        func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> GiftRecipe.Batch? {
            try recipe.batches(epoch: epoch, startingAt: batch)
        }
        func stage(_ batch: GiftRecipe.Batch) throws -> Int? {
            _ = try recipe.stage(batch)
            return nil
        }
        func loss(_ batch: GiftRecipe.Batch, _ context: ForwardContext) throws -> BatchLoss {
            try recipe.loss(batch, context)
        }
        func evaluate() throws -> [Metric] { try recipe.evaluate() }
    }

    /// Follows the loss, and the parameters whose gradients are not all 0.
    private final class Watch: TrainingPolicy {
        var losses: [Double] = []
        var learning = Set<String>()
        /// How often memory had been asked of the driver at the end of every step.
        var driverAllocations: [Int] = []
        private let looksAtGradients: Bool

        init(gradients: Bool = false) { looksAtGradients = gradients }

        func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws {
            losses.append(event.loss ?? .nan)
            driverAllocations.append(run.arena.device.poolStatistics.driverAllocations)
            guard looksAtGradients else { return }
            for entry in run.arena.entries where !learning.contains(entry.name) {
                let gradient = try entry.parameter.gradient.values()
                if GiftGolden.Figures(gradient).largest > 0 { learning.insert(entry.name) }
            }
        }
    }

    /// Trains for the epoch of the configuration.
    private func train<Recipe: TrainingRecipe>(
        _ recipe: Recipe, seed: UInt64, watching gradients: Bool = false
    ) throws -> Watch {
        let watch = Watch(gradients: gradients)
        let trainer = try Trainer(
            recipe, arena: arena, configuration: configuration.training, seed: seed,
            policies: [watch], isInterrupted: { false })
        #expect(try trainer.run() == .finished(.finishedEpochs))
        return watch
    }

    /// The losses of the steps: seed 1 from the initial values, seed 2 from those of the golden files; the seed chooses the
    /// masks of the dropout.
    func losses(seed: UInt64) throws -> [Double] {
        if seed == 1 { try restart() } else { try GiftParameters.load(into: arena) }
        let watch = try train(experiment.recipe, seed: seed)
        #expect(watch.driverAllocations[1] == watch.driverAllocations[2])
        return watch.losses
    }

    /// Connected all tensors have a gradient and change; in parity those of 303,142 parameters do.
    func checkLearning() throws {
        try restart()
        let before = try arena.namedValues()
        let watch = try train(experiment.recipe, seed: 1, watching: true)
        let names = Set(arena.entries.map(\.name))
        var (changed, parameters, numbers) = (Set<String>(), 0, 0)
        for (old, new) in zip(before, try arena.namedValues()) {
            let count = GiftGolden.differences(old.values, new.values)
            numbers += count
            guard count > 0 else { continue }
            changed.insert(old.name)
            parameters += new.values.count
        }
        guard wiring == .connected else {
            #expect(parameters == 303_142)
            return
        }
        #expect(names.subtracting(watch.learning).sorted() == [])
        #expect(changed.sorted() == names.sorted())
        #expect(parameters == arena.parameterCount)
        // Number by number: few are so near to 0 that neither gradient nor decay moved them.
        let share = Double(numbers) / Double(arena.parameterCount)
        #expect(share > 0.999, "\(share)")
    }

    /// Steps that are recorded and issued again give the bits of steps that are not.
    func checkRecording() throws {
        let recipe = experiment.recipe
        let first = try #require(try recipe.batches(epoch: 0, startingAt: 0)())
        #expect(try recipe.stage(first) == recipe.batchSize)
        try restart()
        let recorded = try train(recipe, seed: 1).losses
        let values = try device.download(arena.values)
        try restart()
        let eager = try train(EagerRecipe(recipe), seed: 1).losses
        #expect(recorded == eager)
        #expect(GiftGolden.differences(try device.download(arena.values), values) == 0)
    }
}
