import TandemBasics
import TandemDatasets
import TandemDevices
import TandemInterchange
import TandemNetworks
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// Calling-score records on their way through an experiment, and comparing models with it.
@Suite struct TabularRecordsTests {
    private func configuration(_ task: TabularConfiguration.Task) -> TabularConfiguration {
        var configuration = TabularConfiguration()
        configuration.task = task
        configuration.data.generatedRows = 120
        configuration.model.hidden = [6]
        configuration.training.epochs = 1
        return configuration
    }

    /// An experiment after one epoch and its model.
    private func train(
        _ configuration: TabularConfiguration, into folder: String
    ) throws -> (experiment: TabularExperiment, state: TrainingState, model: String) {
        let experiment = try configuration.experiment(on: CPUDevice(threads: 1))
        let trainer = try experiment.makeTrainer(run: nil, isInterrupted: { false })
        _ = try trainer.run()
        let model = folder + "/model.onnx"
        try TabularExport(
            experiment, state: trainer.state, test: try experiment.measure()
        ).write(to: model)
        return (experiment, trainer.state, model)
    }

    @Test func generatedRecords() throws {
        let regression = try TabularData(configuration(.regression))
        #expect(regression.table.width == 39)
        #expect(regression.table.targetName == "outcome_score")
        #expect(regression.kind == .callingScore)
        #expect(regression.output == .sigmoid)
        #expect(regression.training.count == 84)
        #expect(regression.source.contains("generated"))
        #expect(try TabularData(configuration(.regression)).hash == regression.hash)
        var other = configuration(.regression)
        other.data.generatedSeed = 1
        #expect(try TabularData(other).hash != regression.hash)
    }

    @Test func theOutcomeModel() throws {
        var configuration = configuration(.classification)
        configuration.model.hidden = [128, 64, 32]
        let experiment = try configuration.experiment(on: CPUDevice(threads: 1))
        let data = experiment.data
        #expect(data.table.width == 45)
        #expect(data.kind == .outcome)
        #expect(experiment.arena.parameterCount == 16_257)
        let positives = Double(data.training.targets.count { $0 == 1 })
        #expect(data.positiveWeight == (Double(data.training.count) - positives) / positives)
        #expect(experiment.recipe.lossTerms.map(\.name) == ["binaryCrossEntropy"])
    }

    @Test func usersStayTogether() throws {
        var configuration = configuration(.regression)
        configuration.data.splitBy = "user_id"
        let data = try TabularData(configuration)
        let users = try #require(data.table.groups)
        let parts = [data.split.training, data.split.validation, data.split.test]
        let owners = parts.map { part in Set(part.map { users[Int($0)] }) }
        #expect(owners.map(\.count).reduce(0, +) == Set(users).count)
    }

    /// Features derived in training are derived in prediction too; raw values stand in the file.
    @Test(
        arguments: [TabularConfiguration.Task.regression, .classification], [false, true])
    func recordsArePredictedAsTheyWereTrained(
        _ task: TabularConfiguration.Task, _ derives: Bool
    ) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/records.json"
            try CallingScoreGenerator.write(rows: 120, seed: 5, to: path)
            var configuration = configuration(task)
            configuration.data.path = path
            configuration.data.deriveFeatures = derives
            let (experiment, _, model) = try train(configuration, into: folder)
            let data = experiment.data
            let expected = try experiment.predictions(
                data.scaler.apply(data.table.features), count: 120)
            let predictor = try TabularPredictor(model: model)
            #expect(predictor.derivesFeatures == derives)
            #expect(predictor.kind == (task == .regression ? .callingScore : .outcome))
            let found = try predictor.predict(path, format: .auto, on: CPUDevice(threads: 1))
            #expect(mismatch(found, expected, Tolerance(absolute: 1e-5, relative: 1e-5)) == nil)
            let vibe = (0..<120).map { data.table.features[$0 * data.table.width + 30] }
            #expect((Set(vibe).count > 1) == derives)
        }
    }

    // MARK: - Comparing

    /// By the file as by the network, up to the rounding of probabilities.
    @Test(arguments: [TabularConfiguration.Task.regression, .classification])
    func theOwnModelHasTheOwnLoss(_ task: TabularConfiguration.Task) throws {
        try withTemporaryFolder { folder in
            let (experiment, state, model) = try train(configuration(task), into: folder)
            let own = try #require(
                state.chosenRecord?.metrics[TabularMetrics.validationLoss])
            let found = try experiment.validationLoss(ofModel: model)
            #expect((found - own).magnitude < 1e-5 * own)
        }
    }

    @Test func standardisedLabelsAreComparedInTheirUnit() throws {
        try withTemporaryFolder { folder in
            let table = try TabularTables.prices(rows: 60).write(into: folder)
            var configuration = TabularConfiguration.small(table)
            configuration.training.epochs = 2
            let (experiment, state, model) = try train(configuration, into: folder)
            let own = try #require(
                state.chosenRecord?.metrics[TabularMetrics.validationLoss])
            #expect((try experiment.validationLoss(ofModel: model) - own).magnitude < 1e-5 * own)
        }
    }

    /// A model with derived features gets them, also in an experiment without.
    @Test func derivedFeaturesAreTheModelsOwnAffair() throws {
        try withTemporaryFolder { folder in
            var deriving = configuration(.regression)
            deriving.data.deriveFeatures = true
            let (_, state, model) = try train(deriving, into: folder)
            let plain = try configuration(.regression).experiment(on: CPUDevice(threads: 1))
            let own = try #require(
                state.chosenRecord?.metrics[TabularMetrics.validationLoss])
            #expect((try plain.validationLoss(ofModel: model) - own).magnitude < 1e-5 * own)
        }
    }

    @Test func modelsOfOtherFeaturesCannotBeCompared() throws {
        try withTemporaryFolder { folder in
            let (_, _, model) = try train(configuration(.regression), into: folder)
            let other = try configuration(.classification).experiment(on: CPUDevice(threads: 1))
            #expect(throws: TabularError.self) { try other.validationLoss(ofModel: model) }
        }
    }

    // MARK: - Rows that are out of all bounds

    /// Columns that are 0 in training and 3e38 in another part: scaled by 1, they make the outputs infinite.
    @Test(arguments: ["validation", "test"]) func unboundedLosses(_ part: String) throws {
        try withTemporaryFolder { folder in
            var table = TabularTables.prices(rows: 30)
            let far = 3 * (part == "test" ? 25 : 20)
            table.features = (0..<90).map { far..<far + 15 ~= $0 ? 3e38 : 0 }
            let parts = [0..<20, 20..<25, 25..<30].map {
                "[\($0.map(String.init).joined(separator: ","))]"
            }
            try AtomicFile.write(
                #"{"train": \#(parts[0]), "val": \#(parts[1]), "test": \#(parts[2])}"#,
                to: folder + "/split.json")
            var configuration = TabularConfiguration.small(try table.write(into: folder))
            configuration.data.splitFile = folder + "/split.json"
            configuration.model.hidden = [64]
            configuration.training.epochs = 2
            let experiment = try configuration.experiment(on: CPUDevice(threads: 1))
            let trainer = try experiment.makeTrainer(run: nil, isInterrupted: { false })
            let error = #expect(throws: TabularError.self) {
                _ = try trainer.run()
                _ = try experiment.measure()
            }
            #expect("\(String(describing: error))".contains("the loss on the \(part) rows is"))
        }
    }
}
