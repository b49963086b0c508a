import TandemInterchange

import Glibc

/// The networks beside the Baseline GRU; the formulas stand at their classes.
extension SequenceGraph {
    /// `MemoryGRU`: the memory is a constant, whoever filled it, and nothing is written.
    ///
    /// What the query zero finds is the same for all steps, so that it goes into the bias of the first layer.
    mutating func memory(_ context: Value, layers: Int) -> Value {
        let hidden = weights["gru.weight_hh_l0"]?.shape.last ?? 0
        let zero = reshaped(constant("memory.query.bias"), [1, features])
        let found = read(zero)
        let parts = memoryInputWeight(hidden: hidden)
        let shared = node("MatMul", found, turned(parts.found))
        let biases = concatenated(
            [
                node("Add", shared, rowVector("gru.bias_ih_l0")), rowVector("gru.bias_hh_l0"),
            ], axis: 1)
        let x = layerNorm(timeMajor(context), "input_norm")
        let first = gru(
            x, weight: parts.vectors, bias: biases, "gru", "_l0", hidden: hidden)
        var end = first.last
        if layers > 1 {
            end = gruLayers(squeezed(first.states, axis: 1), "gru", 1..<layers)
        }
        let h = squeezed(end, axis: 0)
        let joined = concatenated([h, read(linear(h, "memory.query"))], axis: 1)
        return perceptron(layerNorm(gelu(linear(joined, "fusion")), "fusion_norm"))
    }

    /// What queries `[n, d]` find in the memory, `[n, d]`.
    private mutating func read(_ query: Value) -> Value {
        let slots = constant("memory.slots")
        var scores = node(
            "MatMul", unitRows(query, axis: 1), turned(unitRows(slots, axis: 1)))
        if weights["memory.sharpness"] != nil {
            scores = node(
                "Mul", scores, builder.node("Exp", [constant("memory.sharpness")]))
        }
        return node("MatMul", softmax(scores, axis: -1), slots)
    }

    /// The first layer's weight `[3H, 2d]`: the columns of the vectors `[1, 3H, d]` and those of what was found `[3H, d]`.
    private mutating func memoryInputWeight(hidden: Int) -> (vectors: Value, found: Value) {
        let name = "gru.weight_ih_l0"
        let rows = Self.reordered(weights[name]?.values ?? [], Self.gruOrder)
        func columns(_ first: Int) -> [Float] {
            (0..<3 * hidden).flatMap { row in
                rows[(2 * row + first) * features..<(2 * row + first + 1) * features]
            }
        }
        return (
            constant("onnx.\(name).vectors", shape: [1, 3 * hidden, features], columns(0)),
            constant("onnx.\(name).found", shape: [3 * hidden, features], columns(1))
        )
    }

    /// A bias `[3H]` of a GRU as `[1, 3H]` with ONNX's order of blocks.
    private mutating func rowVector(_ name: String) -> Value {
        let values = Self.reordered(weights[name]?.values ?? [], Self.gruOrder)
        return constant("onnx.\(name)", shape: [1, values.count], values)
    }

    /// `HierarchicalGRU`: the chunks of all contexts are one batch.
    mutating func hierarchical(_ context: Value, layers: Int, chunks: Int) -> Value {
        let cut = ChunkCut(chunks: chunks, contextLength: contextLength)
        let (count, length) = (cut?.chunks ?? 1, cut?.length ?? contextLength)
        let hidden = weights["local_norm.weight"]?.shape.first ?? 0
        let local = timeMajor(reshaped(context, [-1, length, features]))
        let summaries = layerNorm(gruLayers(local, "local", 0..<layers), "local_norm")
        let sequence = timeMajor(reshaped(summaries, [-1, count, hidden]))
        let whole = layerNorm(gruLayers(sequence, "global", 0..<layers), "global_norm")
        return node(
            "Add", perceptron(squeezed(whole, axis: 0)), linear(last(context), "residual"))
    }

    /// `PerceptronHead`.
    private mutating func perceptron(_ f: Value) -> Value {
        linear(gelu(linear(f, "expand")), "output")
    }

    /// GRU layers over `[T, B, I]`; the last state of the top one, `[1, B, H]`.
    private mutating func gruLayers(_ x: Value, _ name: String, _ layers: Range<Int>) -> Value {
        var (sequence, end) = (x, x)
        for layer in layers {
            let states: Value
            (states, end) = gru(sequence, name, layer: layer)
            if layer + 1 < layers.upperBound { sequence = squeezed(states, axis: 1) }
        }
        return end
    }

    /// `ContextLSTM`.
    mutating func lstm(_ context: Value, layers: Int) -> Value {
        var (sequence, end) = (timeMajor(context), context)
        for layer in 0..<layers {
            let hidden = weights["lstm.weight_hh_l\(layer)"]?.shape.last ?? 0
            let results = builder.node(
                "LSTM",
                [
                    sequence, recurrent("lstm.weight_ih_l\(layer)", order: Self.lstmOrder),
                    recurrent("lstm.weight_hh_l\(layer)", order: Self.lstmOrder),
                    recurrentBias("lstm", "_l\(layer)", order: Self.lstmOrder),
                ], [("hidden_size", .integer(hidden))], results: 2)
            end = results[1]
            if layer + 1 < layers { sequence = squeezed(results[0], axis: 1) }
        }
        return linear(squeezed(end, axis: 0), "output")
    }

    /// ONNX's blocks of rows i, o, f, c among PyTorch's i, f, g, o.
    private static let lstmOrder = [0, 3, 1, 2]

    /// `AttentionMixture`.
    mutating func attentionMixture(_ context: Value) -> Value {
        let keys = weights["key.weight"]?.shape.first ?? 0
        let even = constant(
            "even_shares", shape: [1, contextLength],
            [Float](repeating: 1 / Float(contextLength), count: contextLength))
        let mean = mixed(even, context)
        let query = reshaped(linear(mean, "query"), [-1, keys, 1])
        let scores = node("MatMul", linear(context, "key"), query)
        let scale = scalar(1 / Float(max(1, keys)).squareRoot())
        let shares = softmax(node("Mul", scores, scale), axis: 1)
        let joined = concatenated(
            [mean, mixed(transposed(shares, [0, 2, 1]), context)], axis: 1)
        let wide = layerNorm(gelu(linear(joined, "wide")), "wide_norm")
        let narrow = layerNorm(gelu(linear(wide, "narrow")), "narrow_norm")
        return node("Add", mean, linear(narrow, "output"))
    }
}

/// The transformer.
extension SequenceGraph {
    /// `ContextTransformer`.
    mutating func transformer(_ context: Value, layers: Int, heads: Int) -> Value {
        let hidden = weights["input.weight"]?.shape.first ?? 0
        let table = ContextTransformer.positions(count: contextLength, hidden: hidden)
        let positions = constant("positions", shape: [contextLength, hidden], table)
        let embedded = node("Add", linear(context, "input"), positions)
        var h = embedded
        for layer in 0..<layers {
            let name = "layers.\(layer)"
            func added(_ change: Value, _ norm: Int) -> Value {
                layerNorm(node("Add", h, change), "\(name).norm\(norm)")
            }
            h = added(attention(h, h, "\(name).self_attn", hidden, heads), 1)
            h = added(attention(h, embedded, "\(name).multihead_attn", hidden, heads), 2)
            let inner = builder.node("Relu", [linear(h, "\(name).linear1")])
            h = added(linear(inner, "\(name).linear2"), 3)
        }
        return linear(layerNorm(gelu(linear(last(h), "head")), "head_norm"), "output")
    }

    /// Causal attention of all heads, `[n, C, H]`: queries of x, keys and values of `source`.
    private mutating func attention(
        _ x: Value, _ source: Value, _ name: String, _ hidden: Int, _ heads: Int
    ) -> Value {
        let width = hidden / heads
        func part(_ index: Int, of x: Value) -> Value {
            let weight = constant(
                "onnx.\(name).\(index).weight", shape: [hidden, hidden],
                slice("\(name).in_proj_weight", index))
            let bias = constant(
                "onnx.\(name).\(index).bias", shape: [hidden],
                slice("\(name).in_proj_bias", index))
            let rows = node("Add", node("MatMul", x, turned(weight)), bias)
            return transposed(
                reshaped(rows, [-1, contextLength, heads, width]),
                [0, 2, index == 1 ? 3 : 1, index == 1 ? 1 : 3])
        }
        let scale = scalar(1 / Float(width).squareRoot())
        let scores = node(
            "MatMul", node("Mul", part(0, of: x), scale), part(1, of: source))
        let shares = softmax(node("Add", scores, causalMask()), axis: -1)
        let found = transposed(node("MatMul", shares, part(2, of: source)), [0, 2, 1, 3])
        return linear(reshaped(found, [-1, contextLength, hidden]), "\(name).out_proj")
    }

    /// A third of a packed projection.
    private func slice(_ name: String, _ index: Int) -> [Float] {
        let values = weights[name]?.values ?? []
        let size = values.count / 3
        return Array(values[index * size..<(index + 1) * size])
    }

    /// Takes later keys out.
    private mutating func causalMask() -> Value {
        let count = contextLength
        return constant(
            "causal_mask", shape: [count, count],
            (0..<count * count).map { $0 % count > $0 / count ? -1e30 : 0 })
    }
}
