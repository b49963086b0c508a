import TandemConfiguration
import Foundation
import TandemRecipes
import TandemTestSupport
import Testing
import TandemTraining

/// What a run directory must be able to say, and what a resumed run may change.
@Suite struct ResumableConfigurationTests {
    private func parse(_ text: String) throws -> SequenceVectorsConfiguration {
        try SequenceVectorsConfiguration.parse(Array(text.utf8), source: "test.json")
    }

    @Test func absentEarlyStoppingStaysAbsent() throws {
        let configuration = try parse(#"{"training": {"earlyStopping": null}}"#)
        #expect(configuration.training.earlyStopping == nil)
        #expect(try parse(configuration.resolvedJSON) == configuration)
    }

    @Test func metricsThatAreNotMeasuredAreRefused() throws {
        let text = """
            {"training": {"earlyStopping": {"metric": "hit5"},
                          "schedule": {"kind": "plateau", "metric": "accuracy"},
                          "health": {"gap": 2}}}
            """
        let error = #expect(throws: ConfigurationError.self) { try parse(text) }
        guard case .problems(_, let problems) = error else {
            Issue.record("unexpected error \(String(describing: error))")
            return
        }
        #expect(
            problems.map { $0.path.joined(separator: ".") } == [
                "training.earlyStopping.metric", "training.schedule.metric",
                "training.health.gapMetric",
            ])
        #expect(problems.allSatisfy { $0.description.contains("hit@1, hit@5, hit@10, mrr") })
        for metric in ["hit@1", "hit@5", "hit@10", "mrr", "cosine", "loss"] {
            _ = try parse(#"{"training": {"earlyStopping": {"metric": "\#(metric)"}}}"#)
        }
    }

    /// Recorded metrics and the names that a configuration may watch are the same.
    @Test func watchableMetricsAreMeasured() throws {
        try ChainFolder.withRandomWalks { folder in
            let experiment = try SequenceVectorsConfiguration.small.experiment(
                folder, on: TestDevices.makePlain())
            for metric in try experiment.recipe.evaluate() {
                _ = try parse(#"{"training": {"earlyStopping": {"metric": "\#(metric.name)"}}}"#)
            }
        }
    }

    @Test(arguments: [
        "model.hidden", "model.layers", "data.contextLength", "data.stride",
        "training.accumulation", "training.batchSize", "training.epochs",
        "training.earlyStopping.patience",
    ])
    func sizesBeyondAllMachinesAreRefused(_ path: String) throws {
        let settings = [try ConfigurationOverride("\(path)=9000000000000000000")]
        let error = #expect(throws: ConfigurationError.self) {
            try SequenceVectorsConfiguration.parse(
                Array("{}".utf8), source: "test.json", overrides: settings)
        }
        #expect("\(String(describing: error))".contains("at most"))
    }

    /// The devices compute in single precision, where these are 0 or infinite.
    @Test(arguments: [
        "loss.temperature=1e-60", "loss.infoNCE=1e-60", "training.optimizer.epsilon=1e-60",
        "training.optimizer.epsilon=1e60",
    ])
    func valuesThatSinglePrecisionCannotHoldAreRefused(_ setting: String) throws {
        let overrides = [try ConfigurationOverride(setting)]
        #expect(throws: ConfigurationError.self) {
            try SequenceVectorsConfiguration.parse(
                Array("{}".utf8), source: "test.json", overrides: overrides)
        }
    }

    @Test func changeableSettingsExist() throws {
        for path in SequenceVectorsConfiguration.changeableInRun {
            let value = path == "name" || path.hasSuffix("path") ? "x" : "1"
            _ = try SequenceVectorsConfiguration.parse(
                Array("{}".utf8), source: "test.json",
                overrides: [try ConfigurationOverride("\(path)=\(value)")])
        }
    }

    @Test func trainingDataAreToldApart() throws {
        func identity(_ folder: String, _ change: (inout SequenceVectorsConfiguration) -> Void)
            throws -> String
        {
            var configuration = SequenceVectorsConfiguration.small
            change(&configuration)
            return try #require(
                try configuration.experiment(folder, on: TestDevices.makePlain())
                    .recipe.dataIdentity)
        }
        try ChainFolder.withRandomWalks { folder in
            let original = try identity(folder) { _ in }
            #expect(try identity(folder) { $0.seed = 8 } == original)
            #expect(try identity(folder) { $0.data.stride = 2 } != original)
            #expect(try identity(folder) { $0.data.contextLength = 5 } != original)
            let copy = try ChainFolder.withRandomWalks { try identity($0) { _ in } }
            #expect(copy == original)
            let other = try ChainFolder.withRandomWalks(length: 21) { try identity($0) { _ in } }
            #expect(other != original)
        }
    }
}
