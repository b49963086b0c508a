import TandemBasics
import TandemDatasets
import TandemDevices
import TandemInterchange
import TandemNetworks
import TandemTensors
public import TandemTraining

import FoundationEssentials

/// Writes a trained network as one ONNX file that takes raw features, and a JSON file beside it with the same facts.
public struct TabularExport {
    private let experiment: TabularExperiment
    private let state: TrainingState
    private let test: TabularMetrics
    private let trainedAt: String

    /// An export of the network's present weights; `state` and `test` say how they came about.
    public init(_ experiment: TabularExperiment, state: TrainingState, test: TabularMetrics) {
        self.experiment = experiment
        self.state = state
        self.test = test
        trainedAt = Date.now.ISO8601Format()
    }

    /// Writes `path` and, beside it, `NAME.meta.json`; reads the model back and compares its outputs with the network's.
    ///
    /// Returns the size of the model in bytes. Throws `TabularError.exportDiffers` when the outputs of the first ten test
    /// rows differ by more than 1e-5 (relative where they exceed 1).
    @discardableResult
    public func write(to path: String) throws -> Int {
        let model = try makeModel()
        try model.write(to: path)
        try check(path)
        try AtomicFile.write(try metaJSON().text(isIndented: true) + "\n", to: Self.metaPath(path))
        return try WholeFile.read(path).count
    }

    /// The file beside the model at `path`: `NAME.meta.json`.
    static func metaPath(_ path: String) -> String {
        (path.hasSuffix(".onnx") ? String(path.dropLast(5)) : path) + ".meta.json"
    }

    private func makeModel() throws -> ONNXModel {
        let values = Dictionary(
            uniqueKeysWithValues: try experiment.arena.namedValues().map { ($0.name, $0.values) })
        let layers = experiment.recipe.network.layers.enumerated().map { index, layer in
            let name = FeedForwardNetwork.name(ofLayer: index)
            return FeedForwardGraph.Layer(
                name: name, inputs: layer.weight.shape[at: 1], outputs: layer.weight.shape[at: 0],
                weight: values[name + ".weight"] ?? [], bias: values[name + ".bias"] ?? [])
        }
        let data = experiment.data
        let output: FeedForwardGraph.Output =
            switch data.output {
            case .sigmoid: .sigmoid
            case .identity(let scale, let offset): .identity(scale: scale, offset: offset)
            }
        let graph = try FeedForwardGraph(
            mean: data.scaler.mean, scale: data.scaler.scale, layers: layers, output: output)
        // Metadata properties of ONNX are text; lists and numbers keep their JSON form.
        return graph.model(
            metadata: try facts().map { ($0.name, try $0.value.stringValue ?? $0.value.text()) })
    }

    private func check(_ path: String) throws {
        let data = experiment.data
        let count = min(10, data.test.count)
        let found = try ONNXModel.read(path).predict(
            data.rawTestRows(limit: count), count: count, on: experiment.arena.device)
        let width = data.table.width
        let expected = try experiment.predictions(
            Array(data.test.features.prefix(count * width)), count: count)
        for (expected, found) in zip(expected, found) {
            let difference = (expected - found).magnitude
            guard difference <= 1e-5 * max(1, expected.magnitude) else {
                throw TabularError.exportDiffers(path: path, difference: difference)
            }
        }
    }

    /// What the file says about itself.
    private func facts() throws -> [JSONMember] {
        let configuration = experiment.configuration
        let names = experiment.data.table.featureNames.map { JSONValue.string($0) }
        return [
            JSONMember("feature_names", .array(names)),
            JSONMember("target_name", .string(experiment.data.table.targetName)),
            JSONMember("model_type", .string(experiment.data.kind.rawValue)),
            JSONMember("hidden_sizes", .array(configuration.model.hidden.map { .integer($0) })),
            JSONMember("dropout", .number(configuration.model.dropout)),
            JSONMember("learning_rate", .number(configuration.training.optimizer.learningRate)),
            JSONMember("batch_size", .integer(configuration.training.batchSize)),
            JSONMember("seed", .unsigned(configuration.seed)),
            JSONMember("best_epoch", .integer(state.chosenEpoch)),
            JSONMember("val_loss", JSONValue(validationLoss)),
            JSONMember("test_loss", JSONValue(test.loss)),
            JSONMember("derive_features", .bool(configuration.data.deriveFeatures)),
            JSONMember("data_sha256", .string(experiment.data.hash)),
            JSONMember("trained_at", .string(trainedAt)),
        ]
    }

    private var validationLoss: Double {
        state.chosenRecord?.metrics[TabularMetrics.validationLoss] ?? .nan
    }

    private func metaJSON() throws -> JSONValue {
        let data = experiment.data
        func numbers(_ values: [Float]) -> JSONValue { .array(values.map { .number(Double($0)) }) }
        return .object(
            try facts() + [
                JSONMember("parameters", .integer(experiment.arena.parameterCount)),
                JSONMember("scaler_mean", numbers(data.scaler.mean)),
                JSONMember("scaler_scale", numbers(data.scaler.scale)),
                JSONMember(
                    "split",
                    .array(
                        [data.training, data.validation, data.test].map { .integer($0.count) })),
            ])
    }
}
