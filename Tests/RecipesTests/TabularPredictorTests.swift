import TandemBasics
import TandemDatasets
import TandemDevices
import Foundation
import TandemInterchange
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// Applying an exported model to rows from elsewhere.
@Suite struct TabularPredictorTests {
    /// Exports an untrained model and calls `body` with its path, the folder and what it predicts for all rows.
    private func withModel(
        _ table: NumericTable = TabularTables.means(rows: 40),
        _ body: (_ model: String, _ folder: String, _ expected: [Float]) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            let configuration = TabularConfiguration.small(try table.write(into: folder))
            let experiment = try configuration.experiment(on: CPUDevice(threads: 1))
            let path = folder + "/model.onnx"
            try TabularExport(
                experiment, state: TrainingState(), test: try experiment.measure()
            ).write(to: path)
            let rows = experiment.data.scaler.apply(table.features)
            try body(path, folder, try experiment.predictions(rows, count: table.count))
        }
    }

    private func predict(
        _ model: String, _ input: String, _ format: TabularDataConfiguration.Format = .auto
    ) throws -> [Float] {
        try TabularPredictor(model: model).predict(
            input, format: format, on: CPUDevice(threads: 1))
    }

    @Test func columnsAreFoundByNameInAnyOrder() throws {
        let table = TabularTables.means(rows: 40)
        try withModel(table) { model, folder, expected in
            let tolerance = Tolerance(absolute: 1e-6, relative: 1e-6)
            let whole = try predict(model, folder + "/table.csv")
            #expect(mismatch(whole, expected, tolerance) == nil)
            // Other order, without the label, with a column of words between.
            var text = "x3,name,x1,x0,x2\n"
            for row in 0..<40 {
                let x = table.features[4 * row..<4 * row + 4].map { "\($0)" }
                text += "\(x[3]),Anna,\(x[1]),\(x[0]),\(x[2])\n"
            }
            try AtomicFile.write(text, to: folder + "/other.csv")
            #expect(try predict(model, folder + "/other.csv") == whole)
            let records = (0..<40).map { row in
                let x = table.features[4 * row..<4 * row + 4].map { "\($0)" }
                return #"{"features": [\#(x[2]), \#(x[3]), \#(x[0]), \#(x[1])]}"#
            }
            try AtomicFile.write(
                #"{"feature_names": ["x2", "x3", "x0", "x1"], "training_data": ["#
                    + records.joined(separator: ",") + "]}", to: folder + "/rows.json")
            #expect(try predict(model, folder + "/rows.json") == whole)
        }
    }

    @Test func missingColumnsAreNamed() throws {
        try withModel { model, folder, _ in
            try AtomicFile.write("x0,x2,z\n1,2,3\n", to: folder + "/few.csv")
            let error = #expect(throws: DatasetError.self) {
                try predict(model, folder + "/few.csv")
            }
            let text = String(describing: error)
            #expect(text.contains("'x1', 'x3'"), "\(text)")
            #expect(text.contains("few.csv"))
        }
    }

    /// 39 features of records are not the 4 of the model, nor 39 others.
    @Test func recordsAreNotATable() throws {
        try withModel { model, folder, _ in
            let input = folder + "/records.json"
            try AtomicFile.write(#"{"training_data": [{}]}"#, to: input)
            let error = #expect(throws: TabularError.self) { try predict(model, input) }
            #expect("\(String(describing: error))".contains("takes 4 features"))
            #expect("\(String(describing: error))".contains("39"))
        }
        try withModel(TabularTables.table(rows: 40, width: 39) { $0[0] }) { model, folder, _ in
            let input = folder + "/records.json"
            try AtomicFile.write(#"{"training_data": [{}]}"#, to: input)
            #expect(throws: TabularError.self) { try predict(model, input) }
        }
    }

    @Test func damagedMetadata() throws {
        try withModel { model, folder, _ in
            for (key, value, mention) in [
                ("feature_names", nil, "is missing"), ("feature_names", "x0", "no list of names"),
                ("feature_names", #"["x0", "x1"]"#, "names 2 features for 4 inputs"),
                ("feature_names", #"["x0", "x1", "x2", 3]"#, "something else than names"),
                ("model_type", nil, "is missing"), ("model_type", "forest", "'forest'"),
            ] as [(String, String?, String)] {
                var changed = try ONNXModel.read(model)
                changed.metadata[key] = value
                let path = folder + "/changed.onnx"
                try changed.write(to: path)
                let error = #expect(throws: TabularError.self) {
                    try TabularPredictor(model: path)
                }
                guard case .badMetadata(path, key, _) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect("\(String(describing: error))".contains(mention))
            }
        }
    }

    @Test func filesThatAreNoModel() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/model.onnx"
            #expect(throws: InterchangeError.self) { try TabularPredictor(model: path) }
            try AtomicFile.write("no model", to: path)
            let error = #expect(throws: InterchangeError.self) { try TabularPredictor(model: path) }
            #expect("\(String(describing: error))".contains("model.onnx"))
        }
    }

    /// Finite in the file, infinite after scaling: no score may come of it.
    @Test func overflowingInputs() throws {
        try withModel { model, folder, _ in
            try AtomicFile.write(
                "x0,x1,x2,x3\n0,0,0,0\n3e38,-3e38,3e38,-3e38\n", to: folder + "/huge.csv")
            let error = #expect(throws: TabularError.self) {
                try predict(model, folder + "/huge.csv")
            }
            #expect("\(String(describing: error))".contains("row 1 (from 0)"))
        }
    }

    /// An empty record has 0.5 everywhere: similarity 1, means 0.5.
    @Test func theRuleScoresRecordsOnly() throws {
        try withTemporaryFolder { folder in
            let input = folder + "/records.json"
            try AtomicFile.write(
                #"{"training_data": [{}, {"context_features": {"location_proximity": 1}}]}"#,
                to: input)
            let scores = try TabularPredictor.ruleScores(input, format: .auto)
            // The second derives energy, community and novelty match and compatibility from equal dimensions: 1.
            let context: [Float] = [(6 * 0.5 + 4) / 10, (1 + 5 * 0.5 + 4) / 10]
            for (score, context) in zip(scores, context) {
                #expect((score - (0.5 + 0.3 * context + 0.1)).magnitude < 1e-6)
            }
            let table = try TabularTables.means(rows: 4).write(into: folder)
            #expect(throws: (any Error).self) {
                try TabularPredictor.ruleScores(table, format: .auto)
            }
            // As many columns as records have features, but others.
            let wide = try TabularTables.table(rows: 3, width: 38) { $0[0] }.write(into: folder)
            #expect(throws: (any Error).self) {
                try TabularPredictor.ruleScores(wide, format: .auto)
            }
        }
    }
}
