/// A trained feed-forward network with its preparation of the input, ready to be written as ONNX.
///
/// It computes, for a raw row x, `z = (x - mean) / scale`, then a linear map and ReLU per layer, with
/// the output unit in place of the last ReLU. Dropout does not occur: it is the identity after training.
public struct FeedForwardGraph: Sendable, Equatable {
    /// A linear map `y = x W^T + b`.
    public struct Layer: Sendable, Equatable {
        /// The prefix of its constants' names; PyTorch's is `model.0`, `model.3`, ...
        public var name: String
        /// The number of inputs.
        public var inputs: Int
        /// The number of outputs.
        public var outputs: Int
        /// W, row-major `[outputs, inputs]`.
        public var weight: [Float]
        /// b `[outputs]`.
        public var bias: [Float]

        /// A layer with the given weights.
        public init(name: String, inputs: Int, outputs: Int, weight: [Float], bias: [Float]) {
            self.name = name
            self.inputs = inputs
            self.outputs = outputs
            self.weight = weight
            self.bias = bias
        }
    }

    /// What is done to the last layer's result.
    public enum Output: Sendable, Equatable {
        /// `1 / (1 + e^-raw)`
        case sigmoid
        /// `raw * scale + offset`, with which a standardised label gets its unit back.
        case identity(scale: Float, offset: Float)
    }

    /// The mean of each input `[F]`.
    public let mean: [Float]
    /// The scale of each input `[F]`; no zeros.
    public let scale: [Float]
    /// The layers in order; the last has one output.
    public let layers: [Layer]
    /// The output unit.
    public let output: Output

    /// A network of the given parts.
    ///
    /// - Throws: ``ONNXProblem/network(_:)`` when sizes do not fit together, two layers have one name,
    ///   or a number is not finite.
    public init(
        mean: [Float], scale: [Float], layers: [Layer], output: Output
    ) throws(ONNXProblem) {
        self.mean = mean
        self.scale = scale
        self.layers = layers
        self.output = output
        try check()
    }

    /// The network as a model of IR version 8 and operator set 18.
    ///
    /// Input `input` `[batch_size, F]` of raw values, output `output` `[batch_size]`. Constants:
    /// `scaler.mean`, `scaler.scale`, each layer's `.weight` and `.bias`, `label.scale` and
    /// `label.offset` if the label was standardised, `squeeze_axes`.
    ///
    /// - Parameter metadata: text about the model, in the order in which it is written; of two
    ///   texts with one name the later counts.
    /// - Returns: the model.
    public func model(metadata: [(String, String)] = []) -> ONNXModel {
        var builder = GraphBuilder()
        builder.add("Sub", ["scaler.mean"], to: "centered")
        builder.add("Div", ["scaler.scale"], to: "scaled")
        builder.constants = [
            ONNXTensor("scaler.mean", shape: [mean.count], .floats(mean)),
            ONNXTensor("scaler.scale", shape: [scale.count], .floats(scale)),
        ]
        for (index, layer) in layers.enumerated() {
            builder.add(layer, index)
            if index < layers.count - 1 { builder.add("Relu", [], to: "relu_\(index)") }
        }
        switch output {
        case .sigmoid: builder.add("Sigmoid", [], to: "probability")
        case .identity(scale: 1, offset: 0): break
        case .identity(let scale, let offset):
            builder.add("Mul", ["label.scale"], to: "label_scaled")
            builder.add("Add", ["label.offset"], to: "label_shifted")
            builder.constants += [
                ONNXTensor("label.scale", shape: [], .floats([scale])),
                ONNXTensor("label.offset", shape: [], .floats([offset])),
            ]
        }
        builder.add("Squeeze", ["squeeze_axes"], to: "output")
        builder.constants.append(ONNXTensor("squeeze_axes", shape: [1], .integers([1])))
        let rows = ONNXValue.Dimension.symbolic("batch_size")
        let graph = ONNXGraph(
            name: "feed_forward", nodes: builder.nodes, initializers: builder.constants,
            inputs: [ONNXValue("input", shape: [rows, .fixed(mean.count)])],
            outputs: [ONNXValue("output", shape: [rows])])
        var model = ONNXModel(graph: graph, operatorSet: 18, formatVersion: 8)
        for (name, text) in metadata { model.setMetadata(name, text) }
        return model
    }

    private func check() throws(ONNXProblem) {
        guard !mean.isEmpty, mean.count == scale.count else {
            throw .network("\(mean.count) means and \(scale.count) scales of inputs")
        }
        guard scale.allSatisfy({ $0 != 0 }) else { throw .network("an input has the scale 0") }
        var width = mean.count
        var names: Set<String> = ["scaler", "label"]
        var numbers = mean + scale
        for layer in layers {
            guard layer.inputs == width, layer.outputs > 0 else {
                throw .network(
                    "layer \"\(layer.name)\" takes \(layer.inputs) values and gives "
                        + "\(layer.outputs), there are \(width) before it")
            }
            guard layer.bias.count == layer.outputs,
                layer.weight.count == layer.inputs * layer.outputs
            else {
                throw .network(
                    "layer \"\(layer.name)\" [\(layer.outputs), \(layer.inputs)] has "
                        + "\(layer.weight.count) weights and \(layer.bias.count) biases")
            }
            guard !layer.name.isEmpty, names.insert(layer.name).inserted else {
                throw .network("the name \"\(layer.name)\" of a layer is empty or taken")
            }
            numbers += layer.weight + layer.bias
            width = layer.outputs
        }
        guard !layers.isEmpty, width == 1 else {
            throw .network("\(layers.count) layers with \(width) outputs in the end, not one")
        }
        if case .identity(let scale, let offset) = output { numbers += [scale, offset] }
        guard numbers.allSatisfy(\.isFinite) else {
            throw .network("a weight, mean or scale is not a finite number")
        }
    }
}

/// A chain of nodes in the making: every node takes the output of the one before it.
private struct GraphBuilder {
    var nodes: [ONNXNode] = []
    var constants: [ONNXTensor] = []

    mutating func add(
        _ operation: String, _ operands: [String], to output: String,
        attributes: [ONNXAttribute] = []
    ) {
        let input = nodes.last?.outputs.first ?? "input"
        nodes.append(
            ONNXNode(operation, [input] + operands, to: output, attributes: attributes))
    }

    mutating func add(_ layer: FeedForwardGraph.Layer, _ index: Int) {
        let (weight, bias) = (layer.name + ".weight", layer.name + ".bias")
        add(
            "Gemm", [weight, bias], to: "linear_\(index)",
            attributes: [
                ONNXAttribute("alpha", .float(1)), ONNXAttribute("beta", .float(1)),
                ONNXAttribute("transA", .integer(0)), ONNXAttribute("transB", .integer(1)),
            ])
        constants += [
            ONNXTensor(weight, shape: [layer.outputs, layer.inputs], .floats(layer.weight)),
            ONNXTensor(bias, shape: [layer.outputs], .floats(layer.bias)),
        ]
    }
}
