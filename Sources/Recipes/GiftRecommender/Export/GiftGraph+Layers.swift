import Glibc
import TandemInterchange

/// Layers as nodes.
extension GiftGraph {
    mutating func perceptron(_ x: Value, _ name: String) -> Value {
        linear(node("Relu", linear(x, name + ".first")), name + ".second")
    }

    mutating func perceptronOfPairs(
        _ left: Value, _ right: Value, _ name: String, width: Int
    ) -> Value {
        linear(node("Relu", pairs(left, right, name + ".first", width: width)), name + ".second")
    }

    /// `Linear.pairs`: the first `width` columns of the weight belong to `left`.
    mutating func pairs(_ left: Value, _ right: Value, _ name: String, width: Int) -> Value {
        let weight = transposed(name + ".weight")
        let inputs = shapes[name + ".weight"]?[1] ?? 0
        let fromLeft = node("MatMul", [left, slice(weight, axis: 0, 0, width)])
        let fromRight = node("MatMul", [right, slice(weight, axis: 0, width, inputs)])
        let biased = add(fromLeft, constant(name + ".bias"))
        return add(insert(biased, axis: 1), insert(fromRight, axis: 0))
    }

    mutating func linear(_ x: Value, _ name: String) -> Value {
        let result = node("MatMul", [x, transposed(name + ".weight")])
        return values[name + ".bias"] == nil ? result : add(result, constant(name + ".bias"))
    }

    mutating func attention(
        _ queries: Value, _ keys: Value, _ name: String, heads: Int, turns: Bool = false
    ) -> Value {
        let width = shapes[name + ".out_proj.weight"]?[0] ?? 0
        let weight = transposed(name + ".in_proj_weight")
        let projected = (0..<3).map { block in
            let rows = slice(weight, axis: 1, block * width, (block + 1) * width)
            var x = node("MatMul", [block == 0 ? queries : keys, rows])
            if values[name + ".in_proj_bias"] != nil {
                let bias = constant(name + ".in_proj_bias")
                x = add(x, slice(bias, axis: 0, block * width, (block + 1) * width))
            }
            x = node("Reshape", [x, builder.integers([0, 0, heads, width / heads])])
            if turns, block < 2 { x = turned(x, width / heads) }
            return builder.node("Transpose", [x], [("perm", .integers([0, 2, 1, 3]))])
        }
        let scale = constant(
            "scale_\(width / heads)", [], [1 / Float(width / heads).squareRoot()])
        let columns = builder.node(
            "Transpose", [projected[1]], [("perm", .integers([0, 1, 3, 2]))])
        let scores = node("Mul", [node("MatMul", [projected[0], columns]), scale])
        let shares = builder.node("Softmax", [scores], [("axis", .integer(3))])
        let mixed = builder.node(
            "Transpose", [node("MatMul", [shares, projected[2]])],
            [("perm", .integers([0, 2, 1, 3]))])
        let joined = node("Reshape", [mixed, builder.integers([0, 0, width])])
        return linear(joined, name + ".out_proj")
    }

    /// Rotary positions in halves over `[B, T, heads, D]`.
    mutating func turned(_ x: Value, _ features: Int) -> Value {
        let (half, steps) = (features / 2, GiftModel.positions)
        func table(_ function: (Double) -> Double) -> [Float] {
            (0..<steps).flatMap { step in
                (0..<features).map { feature in
                    let exponent = -Double(feature % half) / Double(half)
                    return Float(function(Double(step) * pow(10_000, exponent)))
                }
            }
        }
        let cosines = constant("cosines", [steps, 1, features], table(cos))
        let sines = constant("sines", [steps, 1, features], table(sin))
        let negated = node("Neg", slice(x, axis: 3, half, features))
        let partners = concatenate([negated, slice(x, axis: 3, 0, half)], axis: 3)
        return add(node("Mul", [x, cosines]), node("Mul", [partners, sines]))
    }

    mutating func layerNorm(_ x: Value, _ name: String) -> Value {
        builder.node(
            "LayerNormalization", [x, constant(name + ".weight"), constant(name + ".bias")],
            [("axis", .integer(-1)), ("epsilon", .float(1e-5))])
    }

    mutating func rootNorm(_ x: Value) -> Value {
        let squares = builder.node(
            "ReduceMean", [node("Mul", [x, x]), builder.integers([-1])],
            [("keepdims", .integer(1))])
        let root = node("Sqrt", add(squares, constant("epsilon", [], [1e-5])))
        return node("Div", [x, root])
    }

    mutating func node(_ operation: String, _ operands: [Value]) -> Value {
        builder.node(operation, operands)
    }

    mutating func node(_ operation: String, _ operand: Value) -> Value {
        builder.node(operation, [operand])
    }

    mutating func add(_ left: Value, _ right: Value) -> Value {
        builder.node("Add", [left, right])
    }

    mutating func product(_ x: Value, _ name: String) -> Value {
        let table = constant(name)
        return builder.node("MatMul", [x, table])
    }

    mutating func insert(_ x: Value, axis: Int) -> Value {
        builder.node("Unsqueeze", [x, builder.integers([axis])])
    }

    mutating func squeeze(_ x: Value, axis: Int) -> Value {
        builder.node("Squeeze", [x, builder.integers([axis])])
    }

    mutating func concatenate(_ parts: [Value], axis: Int) -> Value {
        builder.node("Concat", parts, [("axis", .integer(axis))])
    }

    mutating func slice(_ x: Value, axis: Int, _ start: Int, _ end: Int) -> Value {
        builder.node(
            "Slice",
            [
                x, builder.integers([start]), builder.integers([end]), builder.integers([axis]),
            ])
    }

    /// A constant that is stated once: further mentions of the name mean the first.
    mutating func constant(_ name: String, _ shape: [Int], _ numbers: [Float]) -> Value {
        if let value = known[name] { return value }
        let value = builder.constant(name, shape: shape, numbers)
        known[name] = value
        return value
    }

    /// A parameter or buffer of the model under its own name.
    mutating func constant(_ name: String) -> Value {
        constant(name, shapes[name] ?? [], values[name] ?? [])
    }

    /// A weight `[O, I]` as `[I, O]`, as a product from the right takes it.
    mutating func transposed(_ name: String) -> Value {
        let numbers = values[name] ?? []
        let shape = shapes[name] ?? [0, 0]
        let (rows, columns) = (shape[0], shape[1])
        if let value = known[name] { return value }
        var result = [Float](repeating: 0, count: numbers.count)
        for row in 0..<rows {
            for column in 0..<columns {
                result[column * rows + row] = numbers[row * columns + column]
            }
        }
        return constant(name, [columns, rows], result)
    }
}
