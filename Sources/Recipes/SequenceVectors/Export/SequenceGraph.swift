import TandemInterchange

/// A trained next-vector model as a graph for ONNX Runtime and others.
///
/// Input `context` `[n, C, d]`, vectors of any length in the order of the text; output `vector` `[n, d]` of length 1. Bringing
/// the input to unit length, the anchor and the last normalisation are part of the graph. Weights keep their names, but for
/// those of recurrent layers, whose rows ONNX wants in another order.
struct SequenceGraph {
    typealias Value = ONNXGraphBuilder.Value

    let contextLength: Int
    let features: Int
    let weights: [String: (shape: [Int], values: [Float])]
    var builder = ONNXGraphBuilder("next_vector")
    var known: [String: Value] = [:]
    private let prediction: PredictionConfiguration

    init(
        prediction: PredictionConfiguration, contextLength: Int, features: Int,
        weights: [(name: String, shape: [Int], values: [Float])]
    ) {
        self.prediction = prediction
        self.contextLength = contextLength
        self.features = features
        self.weights = Dictionary(
            uniqueKeysWithValues: weights.map { ($0.name, ($0.shape, $0.values)) })
    }

    /// The graph of a network with text about it.
    mutating func model(
        _ configuration: SequenceModelConfiguration, metadata: [(String, String)]
    ) -> ONNXModel {
        let context = builder.input("context", shape: [nil, contextLength, features])
        let unit = unitRows(context, axis: 2)
        var vector = step(configuration, unit)
        if let start = start(unit) {
            if prediction.normalizedStep { vector = unitRows(vector, axis: 1) }
            vector = node("Add", start, vector)
        }
        builder.output(unitRows(vector, axis: 1), as: "vector", shape: [nil, features])
        return builder.model(metadata: metadata)
    }

    /// What the step is added to, `[n, d]`; `nil` when the raw output is the prediction itself.
    private mutating func start(_ context: Value) -> Value? {
        switch prediction.kind {
        case .direct: return nil
        case .delta: return last(context)
        case .anchored:
            let shares = softmax(reshaped(constant("anchor"), [1, contextLength]), axis: -1)
            return unitRows(mixed(shares, context), axis: 1)
        }
    }

    /// The raw step `[n, d]` of contexts `[n, C, d]`.
    private mutating func step(
        _ configuration: SequenceModelConfiguration, _ context: Value
    ) -> Value {
        switch configuration.kind {
        case .baselineGRU: baseline(context, layers: configuration.layers)
        case .memoryGRU: memory(context, layers: configuration.layers)
        case .hierarchicalGRU:
            hierarchical(context, layers: configuration.layers, chunks: configuration.chunks)
        case .lstm: lstm(context, layers: configuration.layers)
        case .transformer:
            transformer(context, layers: configuration.layers, heads: configuration.heads)
        case .attentionMixture: attentionMixture(context)
        }
    }

    /// `BaselineGRU`; the last block's norm sees the last step alone.
    private mutating func baseline(_ context: Value, layers: Int) -> Value {
        var h = linear(timeMajor(context), "input")
        for block in 0..<layers - 1 {
            let states = gru(h, "blocks.\(block).gru", layer: 0).states
            h = layerNorm(node("Add", h, squeezed(states, axis: 1)), "blocks.\(block).norm")
        }
        let name = "blocks.\(layers - 1)"
        let end = builder.node("Gather", [h, builder.integers([-1])], [("axis", .integer(0))])
        let sum = node("Add", end, gru(h, "\(name).gru", layer: 0).last)
        return linear(squeezed(layerNorm(sum, "\(name).norm"), axis: 0), "output")
    }
}
