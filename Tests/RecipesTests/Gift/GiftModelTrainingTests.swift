import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// What training changes in the gift recommender, and that devices and ways of running it agree.
@Suite(.exclusiveDevices) struct GiftModelTrainingTests {
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
        private let looksAtGradients: Bool

        init(gradients: Bool = false) { looksAtGradients = gradients }

        func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws {
            losses.append(event.loss ?? .nan)
            guard looksAtGradients else { return }
            for entry in run.arena.entries where !learning.contains(entry.name) {
                let gradient = try entry.parameter.gradient.values()
                if GiftGolden.Figures(gradient).largest > 0 { learning.insert(entry.name) }
            }
        }
    }

    /// So many steps of an epoch; returns what the watch has seen.
    @discardableResult
    private func train<Recipe: TrainingRecipe>(
        _ recipe: Recipe, _ experiment: GiftRecommenderExperiment, watching gradients: Bool = false
    ) throws -> Watch {
        let watch = Watch(gradients: gradients)
        let trainer = try Trainer(
            recipe, arena: experiment.arena, configuration: experiment.configuration.training,
            seed: experiment.configuration.seed, policies: [watch], isInterrupted: { false })
        #expect(try trainer.run() == .finished(.finishedEpochs))
        return watch
    }

    private func changes(
        _ before: [(name: String, shape: [Int], values: [Float])],
        _ after: [(name: String, shape: [Int], values: [Float])]
    ) -> (tensors: Set<String>, parameters: Int, numbers: Int) {
        var (names, parameters, numbers) = (Set<String>(), 0, 0)
        for (old, new) in zip(before, after) where !old.name.hasPrefix("core.initial_") {
            let count = GiftGolden.differences(old.values, new.values)
            numbers += count
            guard count > 0 else { continue }
            names.insert(old.name)
            parameters += new.values.count
        }
        return (names, parameters, numbers)
    }

    @Test func everyTensorLearnsConnected() throws {
        let configuration = GiftModelCase.configuration(.connected, batchSize: 2, steps: 3)
        #expect(configuration.model.core && configuration.model.relationshipEmbedding)
        let experiment = try GiftModelCase.experiment(configuration, on: CPUDevice(threads: 2))
        let names = Set(experiment.arena.entries.map(\.name))
        let before = try experiment.arena.namedValues()
        let watch = try train(experiment.recipe, experiment, watching: true)
        #expect(names.subtracting(watch.learning).sorted() == [])
        let changes = try changes(before, experiment.arena.namedValues())
        #expect(names.subtracting(changes.tensors).sorted() == [])
        #expect(changes.parameters == experiment.arena.parameterCount)
        // Number by number: few are so near to 0 that neither gradient nor decay moved them.
        let share = Double(changes.numbers) / Double(experiment.arena.parameterCount)
        #expect(share > 0.999, "\(share)")
        #expect(watch.losses.allSatisfy(\.isFinite) && watch.losses.count == 3)
    }

    /// The published system trains 303,142 of its parameters.
    @Test func fewTensorsLearnInParity() throws {
        let configuration = GiftModelCase.configuration(.v2, batchSize: 8, steps: 3)
        let experiment = try GiftModelCase.experiment(configuration, on: CPUDevice(threads: 2))
        let before = try experiment.arena.namedValues()
        try train(experiment.recipe, experiment)
        let changes = try changes(before, experiment.arena.namedValues())
        #expect(changes.parameters == 303_142)
        #expect(experiment.arena.parameterCount == 14_456_244)
        #expect(changes.tensors.allSatisfy { !$0.hasPrefix("core.") })
        try expectRecordedEqualsEager(experiment)
        try expectParityIgnoresRelationships(experiment)
    }

    @Test(arguments: GiftGolden.devices)
    func recordedStepsEqualEagerOnes(_ target: TestDevice) throws {
        var configuration = GiftModelCase.configuration(.connected, batchSize: 4, steps: 5)
        configuration.model.core = false
        let experiment = try GiftModelCase.experiment(configuration, on: target.device)
        try expectRecordedEqualsEager(experiment)
        // Measuring changes nothing and gives the same bits again.
        let first = try experiment.recipe.evaluate()
        #expect(first == (try experiment.recipe.evaluate()))
        #expect(first.map(\.name) == GiftRecipe.metricNames)
    }

    private func expectRecordedEqualsEager(_ experiment: GiftRecommenderExperiment) throws {
        let initial = try experiment.arena.snapshot()
        #expect(
            try experiment.recipe.batches(epoch: 0, startingAt: 0)()
                .map { try experiment.recipe.stage($0) } == experiment.recipe.batchSize)
        let recorded = try train(experiment.recipe, experiment)
        let values = try experiment.arena.device.download(experiment.arena.values)
        try experiment.arena.restore(initial)
        let eager = try train(EagerRecipe(experiment.recipe), experiment)
        #expect(recorded.losses == eager.losses)
        #expect(
            GiftGolden.differences(
                try experiment.arena.device.download(experiment.arena.values), values) == 0)
    }

    private func expectParityIgnoresRelationships(
        _ experiment: GiftRecommenderExperiment
    ) throws {
        let found = try ["mother", "colleague"].map {
            try GiftModelCase.scores(experiment, [GiftFixtures.profile(relationship: $0)])
        }
        #expect(found[0] == found[1])
        let other = try GiftModelCase.scores(
            experiment, [GiftFixtures.profile(relationship: "mother", occasion: "wedding")])
        #expect(found[0]["categories"] != other["categories"])
    }

    /// Two seeds, each with weights, batches and dropout of its own.
    @Test(
        .enabled(if: GiftGolden.devices.count > 1), arguments: GiftGolden.devices.dropFirst(),
        [1, 2] as [UInt64])
    func curvesAgree(_ target: TestDevice, _ seed: UInt64) throws {
        var configuration = GiftModelCase.configuration(.connected, batchSize: 4, steps: 8)
        configuration.seed = seed
        configuration.model.core = false
        let expected = try GiftModelCase.experiment(configuration, on: CPUDevice(threads: 2))
        let found = try GiftModelCase.experiment(configuration, on: target.device)
        let curves = try [expected, found].map { try train($0.recipe, $0).losses }
        for (a, b) in zip(curves[0], curves[1]) {
            #expect((a - b).magnitude <= 1e-3 * a, "\(a), \(b)")
        }
        #expect(curves[0].count == 8)
    }
}
