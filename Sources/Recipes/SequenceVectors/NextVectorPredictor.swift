public import Datasets
public import Devices
import Networks
import Tensors
import Training

/// Applies a trained next-vector model to contexts from anywhere, without its training data.
public struct NextVectorPredictor {
    private let model: NextVectorModel
    private let contextLength: Int
    private let features: Int
    private let device: any Device
    private let batchSize = 1024

    /// A predictor with the weights of a checkpoint, for vectors of `features` elements.
    public init(
        _ configuration: SequenceVectorsConfiguration, weights: String, features: Int,
        device: any Device
    ) throws {
        contextLength = configuration.data.contextLength
        self.features = features
        self.device = device
        model = NextVectorModel(
            features: features, contextLength: contextLength, model: configuration.model,
            prediction: configuration.prediction)
        let arena = try ParameterArena(model, device: device, seed: configuration.seed)
        try Checkpoint.loadWeights(from: weights, into: arena)
    }

    /// Predictions `[n, d]` of unit length for contexts `[n, C, d]` (or one context `[C, d]`), whose rows are normalised first.
    ///
    /// Throws when the shape does not fit the model or a number is not finite.
    public func predict(_ contexts: HostArray) throws -> HostArray {
        var shape = contexts.shape
        if shape.count == 2 { shape.insert(1, at: 0) }
        guard shape.count == 3, shape[1] == contextLength, shape[2] == features, shape[0] > 0 else {
            throw SequenceVectorsError.badInput(
                shape: contexts.shape, expected: "[n, \(contextLength), \(features)]")
        }
        let values = try VectorTable(
            normalizing: try contexts.float32Values(), dimension: features
        ).values
        var results: [Float] = []
        let size = contextLength * features
        for start in stride(from: 0, to: shape[0], by: batchSize) {
            let count = min(batchSize, shape[0] - start)
            let batch = try Tensor(
                Array(values[start * size..<(start + count) * size]),
                shape: [count, contextLength, features], on: device)
            results += try model(try batch.transposed(0, 1), .evaluation()).values()
        }
        return try HostArray(shape: [shape[0], features], elements: results)
    }
}
