import TandemInterchange

/// A trained model with all answers of its data set as a graph for ONNX Runtime and others.
///
/// Input: `questions` `[n, D]`, the teacher's vectors of length 1. Outputs: `predictions` `[n, D]` of length 1 and
/// `similarities` `[n, N]`, their cosines with the answers. Parameters keep their names, so that Tandem reads them back.
struct DialogueGraph {
    private typealias Value = ONNXGraphBuilder.Value

    private let configuration: DialogueModelConfiguration
    private let weights: [String: (shape: [Int], values: [Float])]
    private let dimension: Int
    private var builder = ONNXGraphBuilder("dialogue_lattice")
    private var known: [String: Value] = [:]

    init(
        _ configuration: DialogueModelConfiguration, dimension: Int,
        weights: [(name: String, shape: [Int], values: [Float])]
    ) {
        self.configuration = configuration
        self.dimension = dimension
        self.weights = Dictionary(
            uniqueKeysWithValues: weights.map { ($0.name, ($0.shape, $0.values)) })
    }

    /// The model; `answers` are `[N, D]`, `mean` what is subtracted from questions first, `metadata` text about it.
    mutating func model(answers: [Float], mean: [Float], metadata: [(String, String)]) -> ONNXModel
    {
        let asked = builder.input("questions", shape: [nil, dimension])
        var questions = asked
        if !mean.isEmpty {
            let center = builder.constant("question_mean", shape: [dimension], mean)
            questions = normalized(node("Sub", [asked, center]))
        }
        var sum: Value?
        for member in 0..<configuration.members {
            let prefix = configuration.members == 1 ? "" : "members.\(member)."
            let unit = normalized(core(questions, prefix))
            sum = sum.map { add($0, unit) } ?? unit
        }
        let prediction = normalized(sum ?? questions)
        builder.output(prediction, as: "predictions", shape: [nil, dimension])
        let count = answers.count / dimension
        let table = builder.constant("answers", shape: [count, dimension], answers)
        builder.output(
            node("MatMul", [prediction, turned(table)]), as: "similarities", shape: [nil, count])
        return builder.model(metadata: metadata)
    }

    private mutating func core(_ x: Value, _ prefix: String) -> Value {
        switch configuration.preset {
        case .mlp:
            let normal = builder.node(
                "LayerNormalization",
                [x, constant(prefix + "norm.weight"), constant(prefix + "norm.bias")],
                [("axis", .integer(-1)), ("epsilon", .float(1e-5))])
            return add(x, linear(gelu(linear(normal, prefix + "hidden")), prefix + "output"))
        case .conv3d: return convolution(x, prefix)
        case .scaledCopy: return add(x, node("Mul", [node("Tanh", [x]), scalar(0.15)]))
        default: return lattice(x, prefix)
        }
    }

    private mutating func lattice(_ x: Value, _ prefix: String) -> Value {
        let (cells, width) = (configuration.grid.count, configuration.cellWidth)
        let scale = Float(dimension).squareRoot()
        let placed =
            configuration.placement == .none
            ? x : linear(x, prefix + "placement.input", suffix: "")
        let u = reshaped(node("Mul", [placed, scalar(scale)]), [-1, cells, width])
        var state = add(linear(u, prefix + "lift"), constant(prefix + "position"))
        let isHistoric = configuration.rule == .historic
        for step in 0..<configuration.steps {
            let rule = prefix + "rules.\(configuration.perStep ? step : 0)"
            let z = concatenate([neighbours(state, channels: configuration.channels), u])
            let inner = linear(z, rule + ".first")
            let usesGelu = !isHistoric && configuration.activation == .gelu
            let hidden = usesGelu ? gelu(inner) : node("Tanh", [inner])
            let change = node("Tanh", [linear(hidden, rule + ".second")])
            state =
                isHistoric
                ? change : add(state, node("Mul", [change, scalar(Float(configuration.stepSize))]))
            if configuration.boundary == .absorbing {
                state = node("Mul", [state, remains()])
            }
        }
        let change = reshaped(linear(state, prefix + "read"), [-1, dimension])
        let output =
            configuration.placement == .none
            ? change : linear(change, prefix + "placement.output", suffix: "")
        return add(x, node("Mul", [output, scalar(1 / scale)]))
    }

    private mutating func convolution(_ x: Value, _ prefix: String) -> Value {
        let channels = configuration.channels
        var h = gelu(
            linear(
                neighbours(reshaped(x, [-1, dimension, 1]), channels: 1), prefix + "input"))
        for block in 0..<3 {
            let name = prefix + "blocks.\(block)"
            let first = gelu(linear(neighbours(h, channels: channels), name + ".first"))
            h = add(h, linear(neighbours(first, channels: channels), name + ".second"))
        }
        let output = linear(neighbours(h, channels: channels), prefix + "output")
        return add(x, reshaped(output, [-1, dimension]))
    }

    /// `[own state | states of the neighbours]` of states `[n, V, C]`: zeros stand behind the last cell.
    private mutating func neighbours(_ state: Value, channels: Int) -> Value {
        let grid = configuration.grid
        let cells = grid.count
        let padded = node("Pad", [state, builder.integers([0, 0, 0, 0, 1, 0])])
        let numbers = grid.neighbours.enumerated().flatMap { cell, others in
            [cell] + others.map { $0 ?? cells }
        }
        let rows = builder.node(
            "Gather", [padded, builder.integers(numbers)], [("axis", .integer(1))])
        return reshaped(rows, [-1, cells, numbers.count / cells * channels])
    }

    private mutating func remains() -> Value {
        if let value = known["remains"] { return value }
        let grid = configuration.grid
        let value = builder.constant(
            "remains", shape: [grid.count, 1],
            grid.isAtFace.map { $0 ? 1 - Float(configuration.absorption) : 1 })
        known["remains"] = value
        return value
    }

    private mutating func gelu(_ x: Value) -> Value {
        let inner = node("Erf", [node("Mul", [x, scalar(Float(0.5).squareRoot())])])
        return node("Mul", [node("Mul", [x, scalar(0.5)]), add(inner, scalar(1))])
    }

    private mutating func normalized(_ x: Value) -> Value {
        builder.node("LpNormalization", [x], [("axis", .integer(1)), ("p", .integer(2))])
    }

    private mutating func linear(_ x: Value, _ name: String, suffix: String = ".weight") -> Value {
        let result = node("MatMul", [x, turned(constant(name + suffix))])
        return weights[name + ".bias"] == nil ? result : add(result, constant(name + ".bias"))
    }

    private mutating func constant(_ name: String) -> Value {
        if let value = known[name] { return value }
        let (shape, values) = weights[name] ?? ([0], [])
        let value = builder.constant(name, shape: shape, values)
        known[name] = value
        return value
    }

    private mutating func scalar(_ number: Float) -> Value {
        let name = "number_\(number)"
        if let value = known[name] { return value }
        let value = builder.constant(name, shape: [], [number])
        known[name] = value
        return value
    }

    private mutating func turned(_ x: Value) -> Value {
        builder.node("Transpose", [x], [("perm", .integers([1, 0]))])
    }

    private mutating func reshaped(_ x: Value, _ shape: [Int]) -> Value {
        node("Reshape", [x, builder.integers(shape)])
    }

    private mutating func concatenate(_ values: [Value]) -> Value {
        builder.node("Concat", values, [("axis", .integer(2))])
    }

    private mutating func add(_ left: Value, _ right: Value) -> Value {
        node("Add", [left, right])
    }

    private mutating func node(_ operation: String, _ inputs: [Value]) -> Value {
        builder.node(operation, inputs)
    }
}
