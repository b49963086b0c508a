import TandemConfiguration
import TandemDatasets
import TandemRecipes
import Testing
import TandemTraining

@Suite struct SequenceVectorsConfigurationTests {
    private func parse(_ text: String) throws -> SequenceVectorsConfiguration {
        try SequenceVectorsConfiguration.parse(Array(text.utf8), source: "test.json")
    }

    @Test func defaultsAreThoseOfTheDocumentedExperiment() throws {
        let configuration = try parse("{}")
        #expect(configuration == .defaults)
        #expect(configuration.data.contextLength == 16)
        #expect(configuration.model.hidden == 256)
        #expect(configuration.model.layers == 2)
        #expect(configuration.prediction.kind == .anchored)
        #expect(configuration.prediction.anchorDecay == 0.6)
        #expect(configuration.loss.temperature == 0.07)
        #expect(configuration.loss.maskOwnContext)
        #expect(configuration.training.batchSize == 256)
        #expect(configuration.training.clipNorm == 1)
        #expect(configuration.training.optimizer.kind == .adamw)
        #expect(configuration.training.optimizer.learningRate == 5e-4)
        #expect(configuration.training.optimizer.weightDecay == 1e-2)
        #expect(configuration.training.earlyStopping?.metric == "hit@5")
        #expect(configuration.training.earlyStopping?.patience == 3)
    }

    @Test func resolvedTextReadsBackEqual() throws {
        var configuration = SequenceVectorsConfiguration.small
        configuration.prediction.kind = .delta
        configuration.loss.cosine = 0.125
        #expect(try parse(configuration.resolvedJSON) == configuration)
    }

    @Test func impossibleValuesAreAllReportedAtOnce() throws {
        let wrong: [(path: String, text: String)] = [
            ("name", #""name": "a/b""#),
            ("data.contextLength", #""data": {"contextLength": 0, "stride": 0, "path": ""}"#),
            ("data.stride", ""), ("data.path", ""),
            ("model.hidden", #""model": {"hidden": 0, "layers": -1, "dropout": 1}"#),
            ("model.layers", ""), ("model.dropout", ""),
            ("prediction.anchorDecay", #""prediction": {"anchorDecay": 1.5}"#),
            ("loss.infoNCE", #""loss": {"infoNCE": 0, "cosine": -1, "temperature": 0}"#),
            ("loss.cosine", ""), ("loss.temperature", ""),
            ("training.epochs", #""training": {"epochs": 0, "clipNorm": -1}"#),
            ("training.clipNorm", ""),
        ]
        let text = "{" + wrong.map(\.text).filter { !$0.isEmpty }.joined(separator: ",") + "}"
        let error = #expect(throws: ConfigurationError.self) { try parse(text) }
        guard case .problems(_, let problems) = error else {
            Issue.record("unexpected error \(String(describing: error))")
            return
        }
        let paths = problems.map { $0.path.joined(separator: ".") }
        #expect(paths.sorted() == wrong.map(\.path).sorted())
    }

    @Test(arguments: ["0.0", "-0.1", "1.01"])
    func decayOutsideItsRangeIsRefused(_ decay: String) {
        #expect(throws: ConfigurationError.self) {
            try parse(#"{"prediction": {"anchorDecay": \#(decay)}}"#)
        }
    }
}

@Suite struct DataLocationTests {
    @Test(arguments: [
        ("news", [:], "Data/news"),
        ("news", ["TANDEM_DATA": ""], "Data/news"),
        ("news", ["TANDEM_DATA": "/somewhere"], "/somewhere/news"),
        ("a/b", ["TANDEM_DATA": "../there"], "../there/a/b"),
        ("./news", ["TANDEM_DATA": "/somewhere"], "./news"),
        ("../news", [:], "../news"),
        ("/full/path", ["TANDEM_DATA": "/somewhere"], "/full/path"),
    ])
    func resolves(path: String, environment: [String: String], expected: String) {
        #expect(DataLocation.resolve(path, environment: environment) == expected)
    }
}
