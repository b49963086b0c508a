import TandemBasics
import TandemDatasets
import TandemDevices
import Foundation
import TandemInterchange
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// The files that a finished experiment leaves: one model, and what it says about itself.
@Suite(.exclusiveDevices) struct TabularExportTests {
    enum Kind: String, CaseIterable {
        case sigmoid, identity, classification

        var table: NumericTable {
            switch self {
            case .sigmoid: TabularTables.means(rows: 60)
            case .identity: TabularTables.prices(rows: 60)
            case .classification: TabularTables.classes(rows: 60)
            }
        }
    }

    /// Trains two epochs and exports into a folder.
    private func withExport(
        _ kind: Kind, on device: any Device,
        _ change: (inout TabularConfiguration) -> Void = { _ in },
        _ body: (_ path: String, TabularExperiment, TrainingState, TabularMetrics) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            var configuration = TabularConfiguration.small(try kind.table.write(into: folder))
            configuration.task = kind == .classification ? .classification : .regression
            configuration.training.epochs = 2
            change(&configuration)
            let experiment = try configuration.experiment(on: device)
            let trainer = try experiment.makeTrainer(run: nil, isInterrupted: { false })
            _ = try trainer.run()
            let test = try experiment.measure()
            let path = folder + "/model.onnx"
            let export = TabularExport(experiment, state: trainer.state, test: test)
            let size = try export.write(to: path)
            #expect(try WholeFile.read(path).count == size)
            try body(path, experiment, trainer.state, test)
        }
    }

    private func json(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

    @Test func metadataAreComplete() throws {
        try withExport(
            .sigmoid, on: CPUDevice(threads: 1),
            {
                $0.model.hidden = [7, 3]
                $0.model.dropout = 0.1
                $0.seed = 5
            }
        ) { path, experiment, state, test in
            let metadata = try ONNXModel.read(path).metadata
            #expect(
                Set(metadata.keys) == [
                    "feature_names", "target_name", "model_type", "hidden_sizes", "dropout",
                    "learning_rate", "batch_size", "seed", "best_epoch", "val_loss", "test_loss",
                    "derive_features", "data_sha256", "trained_at",
                ])
            let names = try json(try #require(metadata["feature_names"]))
            #expect(names == .array(["x0", "x1", "x2", "x3"].map { .string($0) }))
            #expect(metadata["target_name"] == "y")
            #expect(metadata["model_type"] == "tabular")
            #expect(
                try json(try #require(metadata["hidden_sizes"]))
                    == .array([.integer(7), .integer(3)]))
            #expect(metadata["dropout"] == "0.1")
            #expect(metadata["learning_rate"] == "0.01")
            #expect(metadata["batch_size"] == "16")
            #expect(metadata["seed"] == "5")
            #expect(metadata["best_epoch"] == "\(state.chosenEpoch)")
            let validation = state.chosenRecord?.metrics[TabularMetrics.validationLoss]
            #expect(metadata["val_loss"].flatMap(Double.init) == validation)
            #expect(metadata["test_loss"].flatMap(Double.init) == test.loss)
            #expect(metadata["derive_features"] == "false")
            #expect(metadata["data_sha256"] == experiment.data.hash)
            let moment = try #require(metadata["trained_at"])
            #expect(moment.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil)
        }
    }

    @Test func theFileBesideSaysTheSameAndMore() throws {
        try withExport(.identity, on: CPUDevice(threads: 1)) { path, experiment, _, _ in
            let model = try ONNXModel.read(path)
            let text = try String(contentsOfFile: path.dropLast(5) + ".meta.json", encoding: .utf8)
            let meta = try json(text)
            #expect(text.hasSuffix("}\n"))
            for (name, text) in model.metadata {
                switch meta[name] {
                case .string(let value)?: #expect(value == text)
                case let value?: #expect(value == (try json(text)), "\(name)")
                case nil: Issue.record("\(name) is missing")
                }
            }
            func numbers(_ name: String) throws -> [Float] {
                guard case .array(let values)? = meta[name] else { return [] }
                return values.map { Float($0.double ?? .nan) }
            }
            #expect(try numbers("scaler_mean") == experiment.data.scaler.mean)
            #expect(try numbers("scaler_scale") == experiment.data.scaler.scale)
            #expect(meta["split"] == .array([.integer(42), .integer(9), .integer(9)]))
            #expect(meta["parameters"] == .integer(experiment.arena.parameterCount))
        }
    }

    /// Raw rows through the file give what the network gives for standardised ones, one row or seven.
    @Test(arguments: TestDevices.all, Kind.allCases)
    func theModelComputesWhatTheNetworkDoes(_ target: TestDevice, _ kind: Kind) throws {
        try withExport(kind, on: target.device) { path, experiment, _, _ in
            let model = try ONNXModel.read(path)
            let data = experiment.data
            #expect(model.inputWidth == data.table.width)
            for count in [1, 7] {
                let expected = try experiment.predictions(
                    Array(data.test.features.prefix(count * data.table.width)), count: count)
                let found = try model.predict(
                    data.rawTestRows(limit: count), count: count, on: target.device)
                #expect(
                    mismatch(found, expected, Tolerance(absolute: 1e-5, relative: 1e-5)) == nil)
            }
        }
    }

    /// Predictions near zero of labels a million wide: what one float32 rounding moves is more than 1e-5.
    @Test(arguments: TestDevices.all)
    func labelsOfEveryUnitCanBeExported(_ target: TestDevice) throws {
        for unit: Float in [1e-6, 1e6, 1e12] {
            try withTemporaryFolder { folder in
                var table = TabularTables.means(rows: 80)
                table.targets = table.targets.map { ($0 - 0.5) * unit }
                var configuration = TabularConfiguration.small(try table.write(into: folder))
                configuration.model.hidden = [64, 32]
                configuration.training.epochs = 1
                configuration.training.batchSize = 8
                let experiment = try configuration.experiment(on: target.device)
                let trainer = try experiment.makeTrainer(run: nil, isInterrupted: { false })
                _ = try trainer.run()
                let export = TabularExport(
                    experiment, state: trainer.state, test: try experiment.measure())
                try export.write(to: folder + "/model.onnx")
            }
        }
    }

    @Test func aFolderThatIsNotThereIsAnError() throws {
        try withExport(.sigmoid, on: CPUDevice(threads: 1)) { path, experiment, state, test in
            #expect(throws: (any Error).self) {
                try TabularExport(experiment, state: state, test: test)
                    .write(to: path + "/nowhere/model.onnx")
            }
        }
    }
}
