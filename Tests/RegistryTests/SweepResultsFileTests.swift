import TandemBasics
import TandemDatasets
import Foundation
import TandemRegistry
import Testing

@Suite struct SweepResultsFileTests {
    private static let results = """
        { "baseline": {"test_loss": 0.0262, "val_loss": 0.0277, "version": "v1_0_baseline"},
          "variants": [
            { "config": {"name": "v1_0_baseline", "learning_rate": 0.001, "batch_size": 32,
                "hidden_sizes": [128, 64], "dropout": 0.2, "description": "Baseline"},
              "test_loss": 0.0262, "val_loss": 0.0277, "success": true,
              "model_path": "models/baseline.onnx" },
            { "config": {"name": "v1_1_dropout_0.4", "learning_rate": 0.001, "batch_size": 32,
                "hidden_sizes": [128, 64], "dropout": 0.4, "description": "Dropout: 0.4"},
              "test_loss": 0.0257, "val_loss": 0.0263, "best_epoch": 56, "error": null, "training_time": 11.9,
              "model_size_kb": 53.7, "params_count": 13441, "improvement_vs_baseline": 1.9,
              "success": true, "model_path": "models/dropout.onnx" },
            { "config": {"name": "v1_1_lr_0.005"}, "test_loss": null, "val_loss": null,
              "success": false, "error": "diverged" },
            { "config": {"name": "odd"}, "test_loss": null, "val_loss": 0.1 },
            { "config": {"name": "gone"}, "test_loss": 0.1, "val_loss": 0.1,
              "model_path": "models/gone.onnx" },
            { "config": {"name": "pathless"}, "test_loss": 0.1, "val_loss": 0.1 } ],
          "summary": {"best_variant": "v1_1_dropout_0.4"},
          "environment": {"rows": 10000, "finished_at": "2026-02-03T04:05:06Z", "seed": null} }
        """

    private func sweep(_ text: String = results) throws -> (TestRegistry, SweepResultsFile) {
        let test = try TestRegistry()
        try FileManager.default.createDirectory(
            atPath: test.folder.file("models"), withIntermediateDirectories: true)
        try test.model("models/baseline.onnx")
        try test.model("models/dropout.onnx", bias: 1)
        try test.folder.put(text.utf8, "optimization_results.json")
        return (test, try SweepResultsFile(test.folder.file("optimization_results.json")))
    }

    @Test func theBestVariantWithItsFigures() throws {
        let (test, results) = try sweep()
        let best = try results.variant("best")
        #expect(best.name == "v1_1_dropout_0.4")
        #expect(best.modelPath == "models/dropout.onnx")
        #expect(try results.modelFile(of: best) == test.folder.file("models/dropout.onnx"))
        #expect(best.description == "Dropout: 0.4")
        #expect(best.trainedDate == Moment("2026-02-03T04:05:06Z"))
        let text = try JSONValue.object(best.metrics).text()
        #expect(
            text == """
                {"variant":"v1_1_dropout_0.4","test_loss":0.0257,"val_loss":0.0263,\
                "improvement_vs_baseline":1.9,"best_epoch":56,"training_time_seconds":11.9,\
                "model_size_kb":53.7,"parameters":13441,"training_samples":10000,\
                "optimization_date":"2026-02-03T04:05:06Z","hyperparameters":\
                {"learning_rate":0.001,"batch_size":32,"architecture":[128,64],"dropout":0.4}}
                """)
        #expect(try results.variant("v1_0_baseline").description == "Baseline")
    }

    @Test(arguments: [
        ("none", "there are: v1_0_baseline, v1_1_dropout_0.4"), ("v1_1_lr_0.005", "failed"),
        ("odd", "test_loss"), ("gone", "give its place"),
        ("pathless", "give the place of its model"),
    ])
    func unusableVariants(name: String, mentions: String) throws {
        let (_, results) = try sweep()
        let error = registryError { _ = try results.modelFile(of: results.variant(name)) }
        #expect(error?.description.contains(mentions) == true, "\(String(describing: error))")
    }

    @Test func noBestVariant() throws {
        let (_, results) = try sweep(
            Self.results.replacing(
                #""best_variant": "v1_1_dropout_0.4""#, with: #""best_variant": null"#))
        let error = registryError { _ = try results.variant("best") }
        #expect(error?.description.contains("none succeeded") == true)
    }

    @Test(arguments: ["", "[]", "{}", #"{"variants": 3}"#, #"{"variants": [Infinity]}"#])
    func filesThatAreNoResults(text: String) {
        let error = registryError { _ = try sweep(text) }
        guard case .results = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
