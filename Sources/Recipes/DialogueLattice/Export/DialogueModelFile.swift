import TandemBasics
import TandemConfiguration
import TandemDevices
import TandemInterchange
import TandemNetworks
import TandemTraining

/// A dialogue model as an ONNX file.
extension DialogueExperiment {
    /// The key of the metadata that holds the configuration, which `predict` reads the data set by.
    private static let configurationKey = "tandem.configuration"

    /// Writes the model with all answers of its data set; see `DialogueGraph`.
    func exportModel(to path: String) throws {
        var graph = DialogueGraph(
            configuration.model, dimension: data.dimension, weights: try arena.namedValues())
        let texts = data.pairs.map { JSONValue.string($0.answer) }
        let names = data.pairs.map { JSONValue.string($0.id) }
        try graph.model(
            answers: data.answers, mean: data.preprocessing.questionMean,
            metadata: [
                ("system", Self.recipeName), ("teacher", data.teacher),
                ("data", data.identity),
                ("answer.ids", try JSONValue.array(names).text()),
                ("answer.texts", try JSONValue.array(texts).text()),
                (Self.configurationKey, configuration.resolvedJSON),
            ]
        ).write(to: path)
    }

    /// The experiment of an exported model, over the data set that it was trained on.
    ///
    /// Throws when the file is no dialogue model, and when the data set is not there or does not fit.
    init(model path: String, _ options: RunOptions) throws {
        let model = try ONNXModel.read(path)
        let metadata = model.metadata
        guard metadata["system"] == Self.recipeName, let text = metadata[Self.configurationKey]
        else {
            throw DialogueError.modelFile(
                path: path, problem: "this is no model of the dialogue lattice")
        }
        let configuration = try DialogueConfiguration.parse(Array(text.utf8), source: path)
        try self.init(configuration, options)
        guard metadata["data"] == data.identity else {
            throw DialogueError.modelFile(
                path: path,
                problem: "the pairs in '\(data.path)', their vectors or their division are not "
                    + "those that the model was trained with, so the answers would not be its "
                    + "own; give it the data of its training")
        }
        try load(model, path: path)
    }

    private func load(_ model: ONNXModel, path: String) throws {
        for entry in arena.entries {
            guard let values = model.floats(entry.name), values.count == entry.count else {
                throw DialogueError.modelFile(
                    path: path, problem: "'\(entry.name)' is missing or has another size")
            }
            try arena.device.upload(
                values, to: arena.values.part(from: entry.start, count: entry.count))
        }
    }
}
