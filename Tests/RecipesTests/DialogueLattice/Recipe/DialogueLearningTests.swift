import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// Cores learn, and runs that cannot learn end with an error that says so.
@Suite(.exclusiveDevices) struct DialogueLearningTests {
    typealias Core = DialogueModelTests.Core

    /// A recipe whose model holds a layer besides that nothing calls.
    private final class DetachedRecipe: TrainingRecipe {
        final class Both: Module {
            let dialogue: DialogueModel
            let spare = Linear(12, 3)

            init(_ dialogue: DialogueModel) { self.dialogue = dialogue }

            var submodules: [(name: String, module: any Module)] {
                [("dialogue", dialogue), ("spare", spare)]
            }
        }

        private let recipe: DialogueRecipe
        private let both: Both

        init(_ recipe: DialogueRecipe) {
            self.recipe = recipe
            both = Both(recipe.dialogue)
        }

        var model: any Module { both }
        var lossTerms: [LossTerm] { recipe.lossTerms }
        var batchSize: Int { recipe.batchSize }
        var batchesPerEpoch: Int { recipe.batchesPerEpoch }
        func batches(epoch: Int, startingAt batch: Int) throws
            -> () throws -> DialogueRecipe.Batch?
        { try recipe.batches(epoch: epoch, startingAt: batch) }
        func stage(_ batch: DialogueRecipe.Batch) throws -> Int? { try recipe.stage(batch) }
        func loss(_ batch: DialogueRecipe.Batch, _ context: ForwardContext) throws -> BatchLoss {
            try recipe.loss(batch, context)
        }
        func evaluate() throws -> [Metric] { try recipe.evaluate() }
    }

    /// Three steps: every tensor has other values than at first, and the guard lets the run go on.
    @Test(arguments: TestDevices.all, DialogueModelTests.cores)
    func everyTensorMoves(_ target: TestDevice, _ core: Core) throws {
        let data = try DialogueCase.data(24)
        let experiment = try DialogueCase.configuration(core.configuration, epochs: 1)
            .experiment(data, on: target.device)
        #expect(experiment.policies.contains { $0 is MovementGuard })
        let before = try experiment.arena.namedValues()
        let trainer = try experiment.makeTrainer(run: nil, isInterrupted: { false })
        #expect(try trainer.run() == .finished(.finishedEpochs))
        #expect(trainer.state.step == 3)
        for (old, new) in zip(before, try experiment.arena.namedValues()) {
            #expect(old.values != new.values, "\(old.name)")
        }
    }

    @Test func detachedParametersEndTheRun() throws {
        let device = try CPUDevice(threads: 1)
        let configuration = DialogueCase.configuration(epochs: 1)
        let recipe = DetachedRecipe(
            try configuration.experiment(DialogueCase.data(40), on: device).recipe)
        let arena = try ParameterArena(recipe.model, device: device, seed: 3)
        let trainer = try Trainer(
            recipe, arena: arena, configuration: configuration.training, seed: 3,
            adding: [MovementGuard()], isInterrupted: { false })
        let error = #expect(throws: TrainingError.self) { try trainer.run() }
        #expect(
            error
                == .parametersStandStill(
                    ["spare.weight", "spare.bias"], parameters: arena.entries.count, step: 3))
        #expect("\(try #require(error))".contains("spare.weight, spare.bias"))
        #expect(trainer.state.step == 3)
    }

    /// The published processor: refused before its first step, and measured as what it is.
    @Test(arguments: TestDevices.all)
    func thePublishedProcessor(_ target: TestDevice) throws {
        let data = try DialogueCase.data(80, dimension: 384, heldOut: 40)
        let configuration = DialogueCase.configuration(DialogueModelConfiguration(.scaledCopy))
        let experiment = try configuration.experiment(data, on: target.device)
        let error = #expect(throws: TrainingError.self) {
            _ = try TrainingRun(experiment, isInterrupted: { false }).train()
        }
        #expect(error == .noParameterInUse(parameters: 0))
        #expect("\(try #require(error))".contains("no trainable parameter in use"))

        let report = try experiment.measure()
        #expect(report.model.count == 20)
        #expect(abs(report.gainsOverCopy.cosine.mean) < 1e-4)
        #expect(abs(report.gainsOverCopy.meanReciprocalRank.mean) < 1e-4)
        #expect(!report.gainsOverCopy.cosine.isPositive)
        #expect(report.statement.contains("does not beat copying the question on cosine"))
        #expect(try #require(experiment.summary.first { $0.hasPrefix("model") }).contains("0 para"))
    }

    /// Untrained cores are copies: nothing is gained, and nothing is claimed.
    @Test func anUntrainedCoreGainsNothing() throws {
        let data = try DialogueCase.data(60, heldOut: 40)
        let report = try DialogueCase.configuration().experiment(
            data, on: CPUDevice(threads: 1)
        ).measure()
        #expect(abs(report.gainsOverCopy.cosine.mean) < 1e-6)
        #expect(report.gainsOverCopy.meanReciprocalRank.mean == 0)
        #expect(report.statement.hasPrefix("the model does not beat copying the question on"))
    }

    /// 16 pairs with answers at random, 300 steps of all of them: the default core knows them by heart.
    @Test func knowsSixteenPairsByHeart() throws {
        let data = try DialogueCase.data(
            16, dimension: 384, answer: { row, _ in CheckedInput([384], UInt64(row)).values })
        let configuration = DialogueCase.configuration(
            DialogueModelConfiguration(.blocked), epochs: 300, batchSize: 16)
        #expect(configuration.training.optimizer.learningRate == 1e-3)
        let experiment = try configuration.experiment(data, on: CPUDevice(threads: 2))
        func figures() throws -> DialogueMetrics {
            DialogueMetrics(
                try DialogueScores(
                    predictions: experiment.recipe.predict(data.split.training),
                    answers: data.answers, dimension: 384))
        }
        let before = try figures()
        #expect(before.meanCosine < 0.2)
        let trainer = try experiment.makeTrainer(run: nil, isInterrupted: { false })
        #expect(try trainer.run() == .finished(.finishedEpochs))
        #expect(trainer.state.step == 300)
        let after = try figures()
        #expect(after.hitAt1 == 1)
        #expect(after.meanCosine > 0.99, "\(after.meanCosine)")
    }

    /// Held-out pairs of a linear map: a short run clearly beats copying.
    @Test func learnsWhatHoldsForOthers() throws {
        let data = try DialogueCase.data(
            600, dimension: 24, heldOut: 200,
            answer: { _, question in zip(question, question.reversed()).map { 0.3 * $0 + $1 } })
        let configuration = DialogueCase.configuration(
            Core("24 cells") { $0.cells = [2, 3, 4] }.configuration, epochs: 12, batchSize: 16
        ) {
            $0.training.optimizer.learningRate = 0.01
        }
        let experiment = try configuration.experiment(data, on: CPUDevice(threads: 2))
        let result = try #require(
            try TrainingRun(experiment, isInterrupted: { false }).train())
        let gains = result.test.gainsOverCopy
        #expect(gains.cosine.isClear && gains.meanReciprocalRank.isPositive)
        #expect(gains.cosine.mean > 0.1, "\(gains.cosine)")
        #expect(result.test.statement.hasPrefix("the model beats copying the question on cosine"))
    }

    /// The cosine of the validation pairs that does not change: two warnings, and with the third the end.
    @Test func aFlatMetricEndsTheRun() throws {
        let data = try DialogueCase.data(40, heldOut: 20)
        var configuration = DialogueCase.configuration(epochs: 20)
        configuration.training.optimizer.learningRate = 1e-12
        let device = try CPUDevice(threads: 1)
        func run(_ configuration: DialogueConfiguration) throws -> Trainer<DialogueRecipe> {
            let experiment = try configuration.experiment(data, on: device)
            let flat = experiment.policies.filter { $0 is DialogueFlatGuard }
            #expect(flat.count == 1)
            let trainer = try Trainer(
                experiment.recipe, arena: experiment.arena, configuration: configuration.training,
                seed: 1, adding: flat, isInterrupted: { false })
            _ = try trainer.run()
            return trainer
        }
        let state = try run(configuration).state
        #expect(state.stopReason?.word == "flatMetric")
        #expect(try #require(state.stopReason).description.contains("the model is not learning"))
        #expect(state.epoch == 4)
        let warnings = state.history.map {
            ($0.warnings ?? []).count { $0.contains("stands still") }
        }
        #expect(warnings == [0, 1, 1, 1])

        configuration.training.optimizer.learningRate = 1e-3
        configuration.training.epochs = 5
        let learning = try run(configuration).state
        #expect(learning.stopReason == .finishedEpochs)
        #expect(
            learning.history.allSatisfy {
                !($0.warnings ?? []).contains { $0.contains("stands still") }
            })
    }

    /// Sizes that cannot be are refused before anything of them is made.
    @Test func impossibleCellsAreRefusedAtOnce() throws {
        var configuration = DialogueCase.configuration()
        configuration.model.cells = [1024, 1024, 1024]
        configuration.model.boundary = .absorbing
        let data = try DialogueCase.data(20)
        #expect(throws: NetworkError.self) {
            try DialogueExperiment(configuration, data: data, device: CPUDevice(threads: 1))
        }
    }

    /// A batch of a single pair trains.
    @Test func batchesOfOnePair() throws {
        let experiment = try DialogueExperiment(
            DialogueCase.configuration(epochs: 1, batchSize: 1), data: DialogueCase.data(6),
            device: CPUDevice(threads: 1))
        #expect(try experiment.makeTrainer().run() == .finished(.finishedEpochs))
    }

    /// A rate that makes everything infinite is called that, and not a model whose parts stand still.
    @Test func hugeRatesAreNotStandstill() throws {
        var configuration = DialogueCase.configuration(epochs: 3)
        configuration.training.optimizer.learningRate = 1e30
        let experiment = try DialogueExperiment(
            configuration, data: DialogueCase.data(40), device: CPUDevice(threads: 1))
        let error = #expect(throws: TrainingError.self) { try experiment.makeTrainer().run() }
        guard case .notFinite = error else {
            Issue.record("unexpected error \(String(describing: error))")
            return
        }
    }
}
