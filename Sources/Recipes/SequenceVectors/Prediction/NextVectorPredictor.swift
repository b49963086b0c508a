public import TandemDatasets
public import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTraining

/// Applies a trained next-vector model to contexts from anywhere, without its training data.
public struct NextVectorPredictor {
    /// Where the model is.
    private enum Source {
        case network(NextVectorModel)
        case file(SequenceModelFile)
    }

    /// Vectors of a context, C.
    let contextLength: Int
    /// Elements of a vector, d.
    let features: Int
    private let source: Source
    private let device: any Device
    private let batchSize = 1024

    /// A predictor with the weights of a checkpoint, whose output bias says how long the vectors are.
    public init(
        _ configuration: SequenceVectorsConfiguration, weights: String, device: any Device
    ) throws {
        let arrays = try SafetensorsFile.read(weights).arrays
        guard let bias = arrays["output.bias"],
            let kind = SequenceModelConfiguration.Kind(arrays: arrays.names)
        else { throw SequenceVectorsError.notAModel(path: weights) }
        guard kind == configuration.model.kind else {
            throw SequenceVectorsError.otherModel(
                path: weights, found: kind.rawValue, expected: configuration.model.kind.rawValue)
        }
        contextLength = configuration.data.contextLength
        features = bias.count
        self.device = device
        let model = NextVectorModel(
            features: features, contextLength: contextLength, model: configuration.model,
            prediction: configuration.prediction)
        let arena = try ParameterArena(
            ModelWithLoss(model, SequenceLoss(configuration.loss)), device: device,
            seed: configuration.seed)
        try Checkpoint.loadWeights(from: weights, into: arena)
        source = .network(model)
    }

    /// A predictor that computes the graph of an exported model.
    public init(model path: String, device: any Device) throws {
        let file = try SequenceModelFile(path)
        (contextLength, features, self.device) = (file.contextLength, file.features, device)
        source = .file(file)
    }

    /// Predictions `[n, d]` of unit length for contexts `[n, C, d]` (or one context `[C, d]`), whose rows are normalised first.
    ///
    /// Throws when the shape or the type does not fit the model, and when a vector is not finite or zero.
    public func predict(_ contexts: HostArray) throws -> HostArray {
        var shape = contexts.shape
        if shape.count == 2 { shape.insert(1, at: 0) }
        guard shape.count == 3, shape[1] == contextLength, shape[2] == features, shape[0] > 0 else {
            throw SequenceVectorsError.badInput(
                shape: contexts.shape, expected: "[n, \(contextLength), \(features)]")
        }
        let values = try normalized(contexts)
        var results: [Float] = []
        switch source {
        case .file(let file): results = try file.predict(values, count: shape[0], on: device)
        case .network(let model):
            let size = contextLength * features
            for start in stride(from: 0, to: shape[0], by: batchSize) {
                let count = min(batchSize, shape[0] - start)
                let batch = try Tensor(
                    Array(values[start * size..<(start + count) * size]),
                    shape: [count, contextLength, features], on: device)
                results += try model(try batch.transposed(0, 1), .evaluation()).values()
            }
        }
        return try HostArray(shape: [shape[0], features], elements: results)
    }

    private func normalized(_ contexts: HostArray) throws -> [Float] {
        guard contexts.elementType.isFloatingPoint else {
            throw SequenceVectorsError.badInputType(contexts.elementType)
        }
        func problem(_ row: Int, _ text: String) -> SequenceVectorsError {
            .badInputVector(context: row / contextLength, step: row % contextLength, problem: text)
        }
        do {
            return try VectorTable(
                normalizing: try contexts.float32Values(), dimension: features
            ).values
        } catch ChainsProblem.nonFinite(let row, let column, let value) {
            throw problem(row, "column \(column) is \(value); every number must be finite")
        } catch ChainsProblem.zeroRow(let row, let norm) {
            throw problem(row, "has norm \(norm) and so no direction")
        }
    }
}
