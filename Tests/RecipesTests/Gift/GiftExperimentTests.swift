import Foundation
import TandemBasics
import TandemConfiguration
import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTestSupport
import TandemTraining
import Testing

@testable import TandemRecipes

/// Whole runs of the gift recommender without its core: files, resuming, prediction, sweeps over folds.
@Suite(.exclusiveDevices) struct GiftExperimentTests {
    private var configuration: GiftRecommenderConfiguration {
        var configuration = GiftRecommenderConfiguration()
        configuration.model.core = false
        configuration.data.batchesPerEpoch = 4
        configuration.data.generatedScenarios = 20
        configuration.training.batchSize = 4
        configuration.training.accumulation = 2
        configuration.training.epochs = 2
        return configuration
    }

    private func experiment() throws -> GiftRecommenderExperiment {
        try GiftRecommenderExperiment(configuration, RunOptions(device: "cpu"))
    }

    private func weights(_ run: RunDirectory) throws -> [UInt8] {
        try WholeFile.read(run.weightsForUse())
    }

    /// One undisturbed run, and one that is interrupted inside its first epoch and resumed by another process' eyes.
    @Test func runsResumeAndPredict() throws {
        let folder = try TemporaryFolder()
        let whole = folder.path + "/whole"
        let trained = try experiment()
        let untrained = try trained.measure()
        let first = try #require(
            try TrainingRun(trained, creating: whole, isInterrupted: { false }).train())
        #expect(first.test.strictMetrics != untrained.strictMetrics)
        let run = try RunDirectory(opening: whole)

        // What is printed, the summary and the report are one measurement.
        let report = try JSONDecoder().decode(
            GiftEvaluationReport.self, from: Data(WholeFile.read(whole + "/evaluation.json")))
        #expect(report == first.test)
        #expect(report.modelEpoch == first.bestEpoch)
        // Nothing chose an epoch.
        #expect(!report.isChosenBy)
        #expect(report.monitorFlags.map(\.epoch) == [1, 2])
        #expect(
            first.products.map { $0.split(separator: "/").last } == [
                "evaluation.json", "model.onnx",
            ])
        let split = try #require(try Checkpoint.loadState(from: run.lastCheckpoint).saved["recipe"])
        #expect(split.contains("scenario") && split.contains("val_ids"))

        let broken = folder.path + "/broken"
        var steps = 0
        let stopped = try TrainingRun(
            try experiment(), creating: broken,
            isInterrupted: {
                steps += 1
                return true
            }
        ).train()
        #expect(stopped == nil && steps == 1)
        let resumed = try TrainingRun(
            try experiment(), resuming: RunDirectory(opening: broken), isInterrupted: { false })
        #expect(resumed.trainer.state.step == 1)
        _ = try #require(try resumed.train())
        #expect(try weights(RunDirectory(opening: broken)) == weights(run))

        let profiles = folder.path + "/profiles.json"
        try AtomicFile.write(
            """
            {"scenarios": [{"id": "aunt", "profile": {"age": 52, "hobbies": ["Gardening"],
            "relationship": "aunt", "budget": 80, "occasion": "birthday", "preferences": ["natural"]}}]}
            """, to: profiles)
        let output = folder.path + "/gifts.json"
        let result = try GiftRecommenderExperiment.predict(
            PredictionRequest(
                model: .run(run), input: profiles, output: output,
                options: RunOptions(device: "cpu")))
        #expect(result.count == 1)
        let gifts = try JSONDecoder().decode(
            [GiftRecommendation].self, from: Data(WholeFile.read(output)))
        #expect(gifts[0].gifts.count == 3 && gifts[0].tools.count == 2)
        let rewards = gifts[0].gifts.map(\.share)
        #expect(rewards == rewards.sorted(by: >))

        // A run's figures and recommendations mean nothing with other data than its own.
        var other = configuration
        other.data.generatedSeed = 7
        try AtomicFile.write(other.resolvedJSON, to: run.configuration)
        #expect(throws: GiftError.otherData(run: run.path)) {
            _ = try GiftRecommenderExperiment.predict(
                PredictionRequest(
                    model: .run(run), input: profiles, options: RunOptions(device: "cpu")))
        }
    }

    /// Folds keep the scenarios that are reported on away from training and choice, and together cover all.
    @Test func foldsCoverAllScenarios() throws {
        let data = try GiftRecommenderExperiment.prepare(configuration)
        let folds = try GiftRecommenderExperiment.folds(
            data, count: 5, seed: 3, configuration)
        #expect(folds.flatMap(\.reported).sorted() == Array(0..<20))
        let others = try GiftRecommenderExperiment.folds(data, count: 5, seed: 4, configuration)
        #expect(others.map(\.reported) != folds.map(\.reported))
        for fold in folds {
            #expect(fold.validated == fold.split.training)
            let parts = [fold.split.training, fold.split.validation, fold.split.test]
            #expect(parts.flatMap { $0 }.sorted() == Array(0..<20))
            let drawn = try GiftHostBatches(configuration, fold).training(epoch: 0, batch: 0)
            #expect(drawn.inputs.count == 4)
        }
    }

    /// Impossible or meaningless settings are named.
    @Test(
        arguments: [
            (#"{"model": {"wiring": "parity", "outerSteps": 2}}"#, "model.outerSteps"),
            (#"{"loss": {"labelSmoothing": 1}}"#, "loss.labelSmoothing"),
            (#"{"data": {"scenarios": "x.json"}}"#, "data.catalogue"),
            (#"{"training": {"earlyStopping": {"metric": "hit"}}}"#, "earlyStopping.metric"),
            (#"{"version": "v9"}"#, "version"),
            (#"{"model": {"wiring": "parity"}}"#, "data.recombination"),
            (#"{"version": "v2", "loss": {"toolSmoothing": 0.1}}"#, "loss.toolSmoothing"),
            (#"{"version": "v2", "loss": {"ranking": 0.1}}"#, "loss.ranking"),
            (#"{"version": "v2", "model": {"tieredBudget": true}}"#, "model.tieredBudget"),
            (#"{"data": {"recombination": {"exchange": 2}}}"#, "data.recombination.exchange"),
            (#"{"data": {"foldValidationShare": 1}}"#, "data.foldValidationShare"),
        ])
    func refusesImpossibleSettings(_ text: String, _ key: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/configuration.json"
        try AtomicFile.write(text, to: path)
        let error = #expect(throws: (any Error).self) {
            _ = try GiftRecommenderConfiguration.read(path)
        }
        #expect("\(try #require(error))".contains(key))
    }

    /// A split file may come with `--data`, which is applied later, but not with generated scenarios.
    @Test func aSplitFileNeedsScenarios() throws {
        var configuration = configuration
        configuration.data.splitFile = "x.json"
        _ = try GiftRecommenderConfiguration.parse(
            Array(configuration.resolvedJSON.utf8), source: "a configuration", overrides: [])
        #expect(throws: GiftError.self) { try GiftRecommenderExperiment.prepare(configuration) }
    }

    /// The published versions differ in what their two reports say.
    @Test(
        arguments: zip(
            ["v0", "v1", "v2", "v3"],
            [
                [0.35, 0.15, 0.25, 0.20, 1e-5, 2e-4, 0.01, 1],
                [0.25, 0.25, 0.25, 0.20, 1e-5, 1e-4, 0.01, 1],
                [0.20, 0.30, 0.25, 0.20, 2e-5, 8e-5, 0.015, 2],
                [0.15, 0.30, 0.40, 0.15, 3e-5, 5e-5, 0.025, 2],
            ]))
    func versions(_ name: String, _ expected: [Double]) throws {
        let version = GiftRecommenderConfiguration.defaults(ofKind: name)
        let loss = version.loss
        let training = version.training
        let rate = training.optimizer.groups.first { $0.path == "user_profiling" }?.learningRate
        #expect(
            [loss.category, loss.tool, loss.reward, loss.semantic, loss.embedding, rate ?? 0]
                == Array(expected.prefix(6)))
        #expect(training.optimizer.weightDecay == expected[6])
        #expect(Double(training.accumulation) == expected[7])
        #expect(version.model.wiring == .parity && loss.ranking == 0)
    }

    /// Weights that are no numbers recommend nothing.
    @Test func refusesScoresThatAreNotFinite() throws {
        let scores = GiftPredictions(
            categories: [[Float](repeating: 0.5, count: 13)],
            tools: [[Float](repeating: 0.5, count: 5)], rewards: [[0.5]], ranking: [[.nan]])
        #expect(throws: GiftEvaluationError.self) { try scores.check(count: 1, gifts: 1) }
        var sound = scores
        sound.ranking = [[1]]
        try sound.check(count: 1, gifts: 1)
    }
}
