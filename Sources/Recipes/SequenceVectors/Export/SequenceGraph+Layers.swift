import TandemInterchange

/// The layers that next-vector models are made of, as nodes of a graph.
extension SequenceGraph {
    /// Rows of the last axis, number `axis`, divided by their length: `x / max(||x||, 1e-12)`.
    mutating func unitRows(_ x: Value, axis: Int) -> Value {
        let length = builder.node("ReduceL2", [x, builder.integers([axis])])
        return node("Div", x, node("Clip", length, scalar(1e-12)))
    }

    /// `x W^T + b`.
    mutating func linear(_ x: Value, _ name: String) -> Value {
        let product = node("MatMul", x, turned(constant(name + ".weight")))
        return node("Add", product, constant(name + ".bias"))
    }

    /// Over the last axis.
    mutating func layerNorm(_ x: Value, _ name: String) -> Value {
        builder.node(
            "LayerNormalization", [x, constant(name + ".weight"), constant(name + ".bias")],
            [("axis", .integer(-1)), ("epsilon", .float(1e-5))])
    }

    /// `x / 2 (1 + erf(x / sqrt 2))`.
    mutating func gelu(_ x: Value) -> Value {
        let inner = builder.node("Erf", [node("Mul", x, scalar(Float(0.5).squareRoot()))])
        return node("Mul", node("Mul", x, scalar(0.5)), node("Add", inner, scalar(1)))
    }

    /// A GRU layer over `[T, B, I]`: its states `[T, 1, B, H]` and the last of them `[1, B, H]`.
    mutating func gru(_ x: Value, _ name: String, layer: Int) -> (states: Value, last: Value) {
        let suffix = "_l\(layer)"
        let hidden = weights["\(name).weight_hh\(suffix)"]?.shape.last ?? 0
        let weight = recurrent("\(name).weight_ih\(suffix)", order: Self.gruOrder)
        let bias = recurrentBias(name, suffix, order: Self.gruOrder)
        return gru(x, weight: weight, bias: bias, name, suffix, hidden: hidden)
    }

    /// The same with an input weight `[1, 3H, I]` and biases `[1, 6H]` of one's own.
    mutating func gru(
        _ x: Value, weight: Value, bias: Value, _ name: String, _ suffix: String, hidden: Int
    ) -> (states: Value, last: Value) {
        let hiddenWeight = recurrent("\(name).weight_hh\(suffix)", order: Self.gruOrder)
        let results = builder.node(
            "GRU", [x, weight, hiddenWeight, bias],
            [("hidden_size", .integer(hidden)), ("linear_before_reset", .integer(1))], results: 2)
        return (results[0], results[1])
    }

    /// ONNX's blocks of rows z, r, h among PyTorch's r, z, n.
    static let gruOrder = [1, 0, 2]

    /// A weight `[G H, I]` of a recurrent layer as `[1, G H, I]` with ONNX's order of blocks.
    mutating func recurrent(_ name: String, order: [Int]) -> Value {
        let (shape, values) = weights[name] ?? ([0, 0], [])
        return constant(
            "onnx.\(name)", shape: [1] + shape, Self.reordered(values, order))
    }

    /// Both biases `[G H]` as `[1, 2 G H]` with ONNX's order of blocks.
    mutating func recurrentBias(_ name: String, _ suffix: String, order: [Int]) -> Value {
        let values = ["bias_ih", "bias_hh"].flatMap {
            Self.reordered(weights["\(name).\($0)\(suffix)"]?.values ?? [], order)
        }
        return constant("onnx.\(name).bias\(suffix)", shape: [1, values.count], values)
    }

    /// Blocks of equal size in another order.
    static func reordered(_ values: [Float], _ order: [Int]) -> [Float] {
        let size = values.count / order.count
        return order.flatMap { values[$0 * size..<($0 + 1) * size] }
    }

    // MARK: Movement

    /// `[n, C, d]` to `[C, n, d]`.
    mutating func timeMajor(_ x: Value) -> Value { transposed(x, [1, 0, 2]) }

    /// The last vector of every context `[n, C, d]`: `[n, d]`.
    mutating func last(_ context: Value) -> Value {
        let end = builder.node(
            "Gather", [context, builder.integers([-1])], [("axis", .integer(1))])
        return squeezed(end, axis: 1)
    }

    /// Sums of every context's vectors `[n, C, d]` with shares `[1, C]` or `[n, 1, C]`: `[n, d]`.
    mutating func mixed(_ shares: Value, _ context: Value) -> Value {
        squeezed(node("MatMul", shares, context), axis: 1)
    }

    mutating func softmax(_ x: Value, axis: Int) -> Value {
        builder.node("Softmax", [x], [("axis", .integer(axis))])
    }

    mutating func transposed(_ x: Value, _ order: [Int]) -> Value {
        builder.node("Transpose", [x], [("perm", .integers(order))])
    }

    mutating func turned(_ x: Value) -> Value { transposed(x, [1, 0]) }

    mutating func squeezed(_ x: Value, axis: Int) -> Value {
        builder.node("Squeeze", [x, builder.integers([axis])])
    }

    mutating func reshaped(_ x: Value, _ shape: [Int]) -> Value {
        builder.node("Reshape", [x, builder.integers(shape)])
    }

    mutating func concatenated(_ values: [Value], axis: Int) -> Value {
        builder.node("Concat", values, [("axis", .integer(axis))])
    }

    // MARK: Constants

    mutating func constant(_ name: String) -> Value {
        let (shape, values) = weights[name] ?? ([0], [])
        return constant(name, shape: shape, values)
    }

    mutating func constant(_ name: String, shape: [Int], _ values: [Float]) -> Value {
        if let value = known[name] { return value }
        let value = builder.constant(name, shape: shape, values)
        known[name] = value
        return value
    }

    mutating func scalar(_ number: Float) -> Value {
        constant("number_\(number)", shape: [], [number])
    }

    mutating func node(_ operation: String, _ left: Value, _ right: Value) -> Value {
        builder.node(operation, [left, right])
    }
}
