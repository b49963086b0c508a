import TandemTensors

/// The operators that can be computed, as ONNX defines them since version 13 of its operators.
///
/// `LayerNormalization` exists since version 17; the axes of `ReduceL2` are an input since version 18.
enum ONNXOperation: String, CaseIterable {
    case add = "Add"
    case subtract = "Sub"
    case multiply = "Mul"
    case divide = "Div"
    case gemm = "Gemm"
    case matmul = "MatMul"
    case relu = "Relu"
    case sigmoid = "Sigmoid"
    case tanh = "Tanh"
    case exponential = "Exp"
    case errorFunction = "Erf"
    case softmax = "Softmax"
    case layerNorm = "LayerNormalization"
    case reduceL2 = "ReduceL2"
    case clip = "Clip"
    case gru = "GRU"
    case lstm = "LSTM"
    case transpose = "Transpose"
    case reshape = "Reshape"
    case squeeze = "Squeeze"
    case gather = "Gather"
    case concatenate = "Concat"
    case identity = "Identity"

    /// The names of all operators.
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// How many inputs an operator takes.
    var inputCounts: ClosedRange<Int> {
        switch self {
        case .add, .subtract, .multiply, .divide, .matmul, .squeeze, .reshape, .gather, .reduceL2:
            2...2
        case .gemm: 2...3
        case .layerNorm: 3...3
        case .clip: 1...3
        case .gru: 3...6
        case .lstm: 3...7
        case .concatenate: 1...64
        case .relu, .sigmoid, .tanh, .exponential, .errorFunction, .softmax, .transpose, .identity:
            1...1
        }
    }

    /// How many outputs an operator gives.
    var outputCounts: ClosedRange<Int> {
        switch self {
        case .gru: 1...2
        case .lstm: 1...3
        default: 1...1
        }
    }

    /// What the operator computes with the attributes of its node.
    func body(_ settings: inout ONNXSettings) throws(ONNXProblem) -> ONNXBody {
        switch self {
        case .add: { [try $0.tensor(0) + $0.tensor(1)] }
        case .subtract: { [try $0.tensor(0) - $0.tensor(1)] }
        case .multiply: { [try $0.tensor(0) * $0.tensor(1)] }
        case .divide: { [try $0.tensor(0) / $0.tensor(1)] }
        case .gemm: try GemmSettings(&settings).body
        case .matmul: { [try $0.tensor(0).matmul(try $0.tensor(1))] }
        case .relu: { [try $0.tensor(0).relu()] }
        case .sigmoid: { [try $0.tensor(0).sigmoid()] }
        case .tanh: { [try $0.tensor(0).tanh()] }
        case .exponential: { [try $0.tensor(0).exponential()] }
        case .errorFunction: { [try ONNXErrorFunction.apply(to: $0.tensor(0))] }
        case .softmax: try Self.softmax(&settings)
        case .layerNorm: try Self.layerNorm(&settings)
        case .reduceL2: try Self.reduceL2(&settings)
        case .clip: { [try Self.clip($0)] }
        case .gru: try ONNXRecurrence(.gru, &settings).body
        case .lstm: try ONNXRecurrence(.lstm, &settings).body
        case .transpose: try Self.transpose(&settings)
        case .reshape: try Self.reshape(&settings)
        case .squeeze: { [try Self.squeeze($0)] }
        case .gather: try Self.gather(&settings)
        case .concatenate: try Self.concatenate(&settings)
        case .identity: { [try $0.tensor(0)] }
        }
    }
}

/// What a node computes of its operands.
typealias ONNXBody = (ONNXOperands) throws -> [Tensor]

/// A constant list or array of whole numbers.
struct ONNXIntegers {
    var values: [Int64]
    var shape: [Int]
}

/// The values of a graph that are known so far.
struct ONNXValues {
    var numbers: [String: Tensor] = [:]
    var integers: [String: ONNXIntegers] = [:]

    func contains(_ name: String) -> Bool { numbers[name] != nil || integers[name] != nil }
}

/// The inputs of one node.
struct ONNXOperands {
    let node: ONNXNode
    let values: ONNXValues

    var count: Int { node.inputs.count }

    /// An input of numbers.
    func tensor(_ index: Int) throws(ONNXProblem) -> Tensor {
        guard let tensor = try optionalTensor(index) else {
            throw problem("its input \(index) is left out")
        }
        return tensor
    }

    /// An input of numbers; `nil` when it is left out.
    func optionalTensor(_ index: Int) throws(ONNXProblem) -> Tensor? {
        guard node.inputs.indices.contains(index), !node.inputs[index].isEmpty else { return nil }
        guard let tensor = values.numbers[node.inputs[index]] else {
            throw problem("\"\(node.inputs[index])\" is no array of numbers")
        }
        return tensor
    }

    /// An input of whole numbers, which must be a constant; `name` is what ONNX calls it.
    func integers(_ index: Int, _ name: String) throws(ONNXProblem) -> ONNXIntegers {
        guard let found = values.integers[node.inputs[index]] else {
            throw problem("its \(name) \"\(node.inputs[index])\" are no constant of INT64")
        }
        return found
    }

    func problem(_ reason: String) -> ONNXProblem {
        .node(operation: node.operation, node: node.label, reason: reason)
    }

    /// The place of an axis, counted from the end when it is negative.
    func place(of axis: Int64, in shape: Shape) throws(ONNXProblem) -> Int {
        let rank = Int64(shape.rank)
        guard axis >= -rank, axis < rank else {
            throw problem("axis \(axis) is outside the shape \(shape)")
        }
        return Int(axis < 0 ? axis + rank : axis)
    }
}

/// The attributes of a node, of which each must be asked for.
struct ONNXSettings {
    let node: ONNXNode
    private var unread: [String: ONNXAttribute.Value]

    init(_ node: ONNXNode) {
        self.node = node
        unread = Dictionary(node.attributes.map { ($0.name, $0.value) }) { _, last in last }
    }

    mutating func integer(_ name: String, _ usual: Int64) throws(ONNXProblem) -> Int64 {
        try optionalInteger(name) ?? usual
    }

    mutating func optionalInteger(_ name: String) throws(ONNXProblem) -> Int64? {
        switch unread.removeValue(forKey: name) {
        case nil: return nil
        case .integer(let value)?: return value
        default: throw unknown(name)
        }
    }

    mutating func float(_ name: String, _ usual: Float) throws(ONNXProblem) -> Float {
        switch unread.removeValue(forKey: name) {
        case nil: return usual
        case .float(let value)?: return value
        default: throw unknown(name)
        }
    }

    mutating func integers(_ name: String) throws(ONNXProblem) -> [Int64]? {
        switch unread.removeValue(forKey: name) {
        case nil: return nil
        case .integers(let values)?: return values
        default: throw unknown(name)
        }
    }

    mutating func text(_ name: String, _ usual: String) throws(ONNXProblem) -> String {
        switch unread.removeValue(forKey: name) {
        case nil: return usual
        case .text(let value)?: return value
        default: throw unknown(name)
        }
    }

    /// Throws unless an attribute, when it is there, has the one value that is supported.
    mutating func require(_ name: String, _ wanted: Int64, else usual: Int64) throws(ONNXProblem) {
        let found = try integer(name, usual)
        guard found == wanted else {
            throw problem("\(name) is \(found); only \(wanted) is supported")
        }
    }

    /// Throws when an attribute was not asked for.
    func requireAllKnown() throws(ONNXProblem) {
        if let name = node.attributes.map(\.name).first(where: { unread[$0] != nil }) {
            throw unknown(name)
        }
    }

    func problem(_ reason: String) -> ONNXProblem {
        .node(operation: node.operation, node: node.label, reason: reason)
    }

    private func unknown(_ name: String) -> ONNXProblem {
        problem("the attribute \"\(name)\" or its type is not known")
    }
}
