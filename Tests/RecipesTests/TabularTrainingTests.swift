import TandemDatasets
import TandemDevices
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// What training achieves on tables whose rule is known.
@Suite struct TabularTrainingTests {
    /// Trains on one thread; returns the experiment with the best weights and the trainer's state.
    private func train(
        _ table: NumericTable, _ change: (inout TabularConfiguration) -> Void
    ) throws -> (experiment: TabularExperiment, state: TrainingState) {
        try table.withFile { path in
            var configuration = TabularConfiguration.small(path)
            configuration.model.dropout = 0
            change(&configuration)
            let experiment = try configuration.experiment(on: CPUDevice(threads: 1))
            let trainer = try experiment.makeTrainer(run: nil, isInterrupted: { false })
            _ = try trainer.run()
            return (experiment, trainer.state)
        }
    }

    @Test func learnsTheMeanOfFourInputs() throws {
        let (experiment, state) = try train(TabularTables.means(rows: 300)) {
            $0.training.epochs = 40
        }
        let figures = try experiment.measure()
        #expect(experiment.data.output == .sigmoid)
        #expect(figures.loss < 0.001)
        #expect(figures.examples == 45)
        #expect(state.history.count <= 40)
    }

    @Test func largeLabelsAreLearnedThroughTheIdentity() throws {
        let (experiment, _) = try train(TabularTables.prices(rows: 300)) {
            $0.training.epochs = 60
            $0.model.hidden = [16]
        }
        let figures = try experiment.measure()
        #expect(try #require(figures.explainedVariance) > 0.99)
        let data = experiment.data
        let predictions = try experiment.predictions(data.test.features, count: data.test.count)
        for (row, prediction) in zip(data.split.test, predictions) {
            #expect((prediction - data.table.targets[Int(row)]).magnitude < 8000)
        }
        let squares = zip(data.split.test, predictions).reduce(0.0) {
            let difference = Double($1.1) - Double(data.table.targets[Int($1.0)])
            return $0 + difference * difference
        }
        let own = try #require(figures.meanSquaredError)
        #expect((squares / Double(data.test.count) - own).magnitude < 1e-3 * own)
    }

    @Test func separableClassesAreSeparated() throws {
        let (experiment, _) = try train(TabularTables.classes(rows: 400, above: 1.2)) {
            $0.task = .classification
            $0.training.epochs = 40
        }
        let figures = try experiment.measure()
        #expect(try #require(figures.areaUnderCurve) > 0.99)
        #expect(try #require(figures.accuracy) > 0.9)
        let data = experiment.data
        let probabilities = try experiment.predictions(
            data.test.features, count: data.test.count)
        #expect(probabilities.allSatisfy { (0...1).contains($0) })
        let right = zip(probabilities, data.test.targets).count { ($0 > 0.5) == ($1 == 1) }
        #expect(figures.accuracy == Double(right) / Double(data.test.count))
    }

    /// Labels without a rule: the best constant is the weighted share of positives.
    @Test(arguments: [0.2, 1, 8]) func theWeightOfPositivesCounts(_ weight: Double) throws {
        var table = TabularTables.noise(rows: 300)
        table.targets = table.targets.map { $0 < 0.3 ? 1 : 0 }
        let (experiment, state) = try train(table) {
            $0.task = .classification
            $0.positiveWeight = weight
            $0.model.hidden = [1]
            $0.training.epochs = 30
            $0.training.batchSize = 210
            $0.training.optimizer.learningRate = 0.2
        }
        let data = experiment.data
        let share = Double(data.training.targets.count { $0 == 1 }) / Double(data.training.count)
        let best = share * weight / (share * weight + 1 - share)
        let probabilities = try experiment.predictions(
            data.test.features, count: data.test.count)
        let mean = Double(probabilities.reduce(0, +)) / Double(probabilities.count)
        #expect((mean - best).magnitude < 0.1, "\(mean), best \(best)")
        let loss = try #require(state.history.last?.lossTerms["binaryCrossEntropy"])
        #expect(loss == state.history.last?.loss)
    }

    // MARK: - Epochs

    /// Rows of all batches of an epoch, batch by batch.
    private func batches(_ recipe: TabularRecipe, epoch: Int, from start: Int = 0) throws
        -> [[Int32]]
    {
        let next = try recipe.batches(epoch: epoch, startingAt: start)
        var batches: [[Int32]] = []
        while let batch = try next() { batches.append(Array(batch)) }
        return batches
    }

    @Test func theLastShortBatchIsKept() throws {
        try TabularTables.means(rows: 50).withFile { path in
            let recipe = try TabularConfiguration.small(path).experiment(
                on: CPUDevice(threads: 1)
            ).recipe
            // 35 training rows in batches of 16.
            #expect(recipe.batchesPerEpoch == 3)
            let first = try batches(recipe, epoch: 0)
            #expect(first.map(\.count) == [16, 16, 3])
            #expect(first.joined().sorted() == Array(0..<35))
            let second = try batches(recipe, epoch: 1)
            #expect(second.joined().sorted() == Array(0..<35))
            #expect(second != first)
            #expect(try batches(recipe, epoch: 1, from: 2) == [second[2]])
            #expect(try batches(recipe, epoch: 0) == first)
        }
    }

    /// With a step of nothing, the epoch's loss is the initial network's over all rows: 16 + 16 + 3 of them.
    @Test(arguments: [TabularConfiguration.Task.regression, .classification])
    func lossesAreMeansOverRows(_ task: TabularConfiguration.Task) throws {
        let table =
            task == .regression
            ? TabularTables.means(rows: 50) : TabularTables.classes(rows: 50)
        let (experiment, state) = try train(table) {
            $0.task = task
            $0.training.optimizer.learningRate = 1e-30
            $0.training.epochs = 2
        }
        let whole = try experiment.recipe.measure(experiment.data.training).loss
        for record in state.history {
            #expect((record.loss - whole).magnitude < 1e-6 * whole)
            #expect(record.step == 3 * record.epoch)
        }
        let validation = try experiment.recipe.measure(experiment.data.validation).loss
        #expect(state.history[0].metrics[TabularMetrics.validationLoss] == validation)
    }

    @Test func aBatchLargerThanTheTable() throws {
        let (experiment, state) = try train(TabularTables.means(rows: 20)) {
            $0.training.batchSize = 1_000_000
            $0.training.epochs = 3
        }
        #expect(experiment.recipe.batchesPerEpoch == 1)
        #expect(state.step == 3)
    }

    @Test func divergenceNamesEpochAndStep() throws {
        let error = #expect(throws: TrainingError.self) {
            try train(TabularTables.prices(rows: 50)) {
                $0.training.optimizer.learningRate = 1e30
            }
        }
        guard case .notFinite(_, _, epoch: 1, step: 3) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    // MARK: - Early stopping

    /// Noise is learned by heart: the validation loss soon rises.
    @Test func earlyStoppingRestoresTheBestWeights() throws {
        let (experiment, state) = try train(TabularTables.noise(rows: 60)) {
            $0.model.hidden = [32]
            $0.training.epochs = 200
            $0.training.optimizer.learningRate = 0.03
            $0.training.earlyStopping?.patience = 4
        }
        let losses = state.history.map { $0.metrics[TabularMetrics.validationLoss] ?? .nan }
        let best = try #require(losses.min())
        let place = try #require(losses.firstIndex(of: best)) + 1
        #expect(state.stopReason == .earlyStopping)
        #expect(state.chosenEpoch == place)
        #expect(state.epoch == place + 4)
        #expect(losses.last != best)
        #expect(try experiment.recipe.measure(experiment.data.validation).loss == best)
        #expect(state.chosenRecord?.metrics[TabularMetrics.validationLoss] == best)
    }

    @Test func withoutEarlyStoppingTheLastWeightsStay() throws {
        let (experiment, state) = try train(TabularTables.noise(rows: 60)) {
            $0.model.hidden = [32]
            $0.training.epochs = 20
            $0.training.optimizer.learningRate = 0.03
            $0.training.earlyStopping = nil
        }
        #expect(state.chosenEpoch == 20)
        let last = try #require(state.history.last?.metrics[TabularMetrics.validationLoss])
        #expect(try experiment.recipe.measure(experiment.data.validation).loss == last)
    }
}
