import TandemBasics
import TandemConfiguration
import TandemDatasets
import TandemDevices
import TandemInterchange
import TandemNetworks

/// A next-vector model as an ONNX file.
extension SequenceVectorsExperiment {
    /// Writes the model; see `SequenceGraph`.
    func exportModel(to path: String) throws {
        let dimension = data.chains.vectors.dimension
        let length = configuration.data.contextLength
        var graph = SequenceGraph(
            prediction: configuration.prediction, contextLength: length, features: dimension,
            weights: try arena.namedValues())
        try graph.model(
            configuration.model,
            metadata: [
                ("system", Self.recipeName), ("kind", configuration.model.kind.rawValue),
                ("context_length", "\(length)"), ("dimension", "\(dimension)"),
                (SequenceModelFile.configurationKey, configuration.resolvedJSON),
            ]
        ).write(to: path)
    }
}

/// An exported next-vector model, computed without its run.
struct SequenceModelFile {
    /// The key of the metadata that holds the configuration, which names the data of the training.
    static let configurationKey = "tandem.configuration"

    /// The configuration of the training.
    let configuration: SequenceVectorsConfiguration
    /// Vectors of a context, C.
    let contextLength: Int
    /// Elements of a vector, d.
    let features: Int
    private let model: ONNXModel
    private let path: String

    /// Reads the file; throws when it is no next-vector model.
    init(_ path: String) throws {
        self.path = path
        model = try ONNXModel.read(path)
        guard model.metadata["system"] == SequenceVectorsExperiment.recipeName,
            let text = model.metadata[Self.configurationKey], let input = model.inputShape,
            input.count == 2, model.outputShape == [input[1]]
        else { throw SequenceVectorsError.notAModelFile(path: path) }
        (contextLength, features) = (input[0], input[1])
        configuration = try SequenceVectorsConfiguration.parse(Array(text.utf8), source: path)
    }

    /// Predictions `[n, d]` for `count` contexts `[n, C, d]`.
    func predict(_ contexts: [Float], count: Int, on device: any Device) throws -> [Float] {
        do throws(any Error) {
            return try model.predictVectors(contexts, count: count, on: device)
        } catch let problem as ONNXProblem {
            throw InterchangeError.onnx(file: path, problem)
        }
    }
}
