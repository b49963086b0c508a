import TandemConfiguration
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

@Suite struct TabularConfigurationTests {
    private func parse(_ text: String, _ settings: String...) throws -> TabularConfiguration {
        try TabularConfiguration.parse(
            Array(text.utf8), source: "test.json",
            overrides: settings.map { try ConfigurationOverride($0) })
    }

    /// The key paths of all problems in order.
    private func problems(_ text: String) -> [String] {
        let error = #expect(throws: ConfigurationError.self) { try parse(text) }
        guard case .problems(_, let problems) = error else {
            return ["\(String(describing: error))"]
        }
        return problems.map { $0.path.joined(separator: ".") }
    }

    @Test func defaultsAreThoseOfTheSpecification() throws {
        let configuration = try parse("{}")
        #expect(configuration.seed == 42)
        #expect(configuration.task == .regression)
        #expect(configuration.model.hidden == [128, 64])
        #expect(configuration.model.dropout == 0.2)
        let training = configuration.training
        #expect(training.epochs == 100)
        #expect(training.batchSize == 32)
        #expect(training.clipNorm == 0)
        #expect(training.accumulation == 1)
        #expect(training.schedule.kind == .constant)
        #expect(training.optimizer.kind == .adam)
        #expect(training.optimizer.learningRate == 0.001)
        #expect(training.optimizer.weightDecay == 0)
        #expect(training.optimizer.beta1 == 0.9)
        #expect(training.optimizer.beta2 == 0.999)
        #expect(training.optimizer.epsilon == 1e-8)
        #expect(
            training.earlyStopping
                == EarlyStoppingConfiguration(metric: "validationLoss", patience: 10, threshold: 0))
    }

    @Test func allImpossibleValuesAreReportedAtOnce() {
        let text = """
            {"name": "a/b", "positiveWeight": 2,
             "data": {"path": "", "splitFile": "s.json", "splitBy": "user", "generatedRows": 0},
             "model": {"hidden": [], "dropout": 1},
             "training": {"epochs": 0, "batchSize": 0, "optimizer": {"learningRate": -1},
                          "earlyStopping": {"metric": "accuracy", "patience": 0}}}
            """
        #expect(
            Set(problems(text)) == [
                "name", "positiveWeight", "data.path", "data.splitBy", "data.generatedRows",
                "model.hidden", "model.dropout", "training.epochs", "training.batchSize",
                "training.optimizer.learningRate", "training.earlyStopping.metric",
                "training.earlyStopping.patience",
            ])
    }

    @Test func settingsThatWouldDoNothingAreReported() {
        #expect(
            problems(#"{"training": {"health": {"gap": 2, "gapMetric": "accurcy"}}}"#)
                == ["training.health.gapMetric"])
        #expect(
            problems(#"{"training": {"health": {"stops": true, "divergence": 0}}}"#)
                == ["training.health.stops"])
        #expect(
            problems(#"{"training": {"optimizer": {"groups": [{"path": "model", "name": ""}]}}}"#)
                == ["training.optimizer.groups.0.name"])
    }

    @Test func unknownKeysAndChoicesAreReportedWithTheNearest() {
        let text = """
            {"modle": {}, "task": "regresion", "data": {"targt": "y", "format": "xlsx"},
             "model": {"output": "softmax", "hiden": [3]}}
            """
        let error = #expect(throws: ConfigurationError.self) { try parse(text) }
        let message = String(describing: error)
        for part in [
            "'model'", "'data.target'", "'model.hidden'", "regression, classification",
            "auto, csv, json, calling-score", "auto, sigmoid, identity",
        ] {
            #expect(message.contains(part), "\(part) in \(message)")
        }
    }

    @Test(arguments: ["[]", "[0]", "[4, -1]", "[1000001]", "[2.5]", "8", "\"8\""])
    func hiddenSizes(_ text: String) {
        #expect(throws: ConfigurationError.self) { try parse(#"{"model": {"hidden": \#(text)}}"#) }
    }

    /// The last one is below 1 and yet 1 in single precision, in which devices compute.
    @Test(arguments: ["-0.1", "1", "1.5", "0.999999999999"])
    func dropout(_ text: String) {
        #expect(problems(#"{"model": {"dropout": \#(text)}}"#) == ["model.dropout"])
    }

    @Test func positiveWeightBelongsToClassification() throws {
        #expect(problems(#"{"positiveWeight": 2}"#) == ["positiveWeight"])
        let configuration = try parse(#"{"task": "classification", "positiveWeight": 2}"#)
        #expect(configuration.positiveWeight == 2)
        for value in ["0", "-1", "1e-60", "1e60"] {
            #expect(
                problems(#"{"task": "classification", "positiveWeight": \#(value)}"#)
                    == ["positiveWeight"], "\(value)")
        }
    }

    @Test func classificationEndsInASigmoid() throws {
        #expect(
            problems(#"{"task": "classification", "model": {"output": "identity"}}"#)
                == ["model.output"])
        for output in ["auto", "sigmoid"] {
            _ = try parse(#"{"task": "classification", "model": {"output": "\#(output)"}}"#)
        }
    }

    @Test func aSplitFileLeavesNothingToSplitBy() throws {
        #expect(
            problems(#"{"data": {"splitFile": "s.json", "splitBy": "user_id"}}"#)
                == ["data.splitBy"])
        #expect(problems(#"{"data": {"splitFile": ""}}"#) == ["data.splitFile"])
    }

    /// What may be watched is what the task measures.
    @Test func watchedMetrics() throws {
        for (task, known, unknown) in [
            ("regression", ["validationLoss", "meanAbsoluteError", "loss"], ["auc", "recall"]),
            (
                "classification",
                ["validationLoss", "accuracy", "precision", "recall", "auc", "loss"],
                ["meanAbsoluteError"]
            ),
        ] {
            func text(_ metric: String) -> String {
                #"{"task": "\#(task)", "training": {"earlyStopping": {"metric": "\#(metric)"}}}"#
            }
            for metric in known { _ = try parse(text(metric)) }
            for metric in unknown {
                #expect(problems(text(metric)) == ["training.earlyStopping.metric"])
            }
        }
        let regression = TabularMetrics(outputs: [0.5, 1], targets: [0, 1], scale: 1)
        #expect(regression.metrics.map(\.name) == TabularMetrics.names(.regression))
        let classes = TabularMetrics(logits: [1, -1], labels: [1, 0], positiveWeight: 1)
        #expect(classes.metrics.map(\.name) == TabularMetrics.names(.classification))
        for metric in regression.metrics + classes.metrics {
            let isError = ["validationLoss", "meanAbsoluteError"].contains(metric.name)
            #expect(metric.higherIsBetter == !isError, "\(metric.name)")
        }
    }

    @Test func resolvedTextReadsBackTheSame() throws {
        var configuration = TabularConfiguration()
        configuration.task = .classification
        configuration.positiveWeight = 6.95
        configuration.data.target = "y"
        configuration.data.splitBy = "user"
        configuration.training.earlyStopping = nil
        #expect(try parse(configuration.resolvedJSON) == configuration)
        #expect(try parse(TabularConfiguration().resolvedJSON) == TabularConfiguration())
    }

    @Test func changeableSettingsExist() throws {
        for path in TabularConfiguration.changeableInRun {
            let isText = path == "name" || path.hasSuffix("path") || path.hasSuffix("File")
            _ = try parse("{}", "\(path)=\(isText ? "x" : "1")")
        }
    }
}
