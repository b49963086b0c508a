/// Puts a model together node by node: inputs, constants, operations of the default operator set 18, outputs.
///
/// Names of values that nobody sees are numbers. Programs such as ONNX Runtime compute what is built, and so does
/// ``ONNXModel`` where it knows all operators.
public struct ONNXGraphBuilder {
    /// A value of the graph.
    public struct Value: Sendable, Hashable {
        fileprivate let name: String
    }

    /// A setting of an operation.
    public enum Setting: Sendable, Equatable {
        /// A number.
        case float(Float)
        /// A whole number.
        case integer(Int)
        /// Several whole numbers.
        case integers([Int])
    }

    private var nodes: [ONNXNode] = []
    private var constants: [ONNXTensor] = []
    private var inputs: [ONNXValue] = []
    private var outputs: [ONNXValue] = []
    private let name: String

    /// An empty graph.
    public init(_ name: String) {
        self.name = name
    }

    /// An input of numbers; an axis of size `nil` is the batch.
    public mutating func input(_ name: String, shape: [Int?]) -> Value {
        inputs.append(ONNXValue(name, shape: Self.dimensions(shape)))
        return Value(name: name)
    }

    /// An input of 64-bit whole numbers; an axis of size `nil` is the batch.
    public mutating func indices(_ name: String, shape: [Int?]) -> Value {
        var value = ONNXValue(name, shape: Self.dimensions(shape))
        value.elementType = ONNXElementType.int64
        inputs.append(value)
        return Value(name: name)
    }

    /// A constant in row-major order; its name must be new.
    public mutating func constant(_ name: String, shape: [Int], _ values: [Float]) -> Value {
        constants.append(ONNXTensor(name, shape: shape, .floats(values)))
        return Value(name: name)
    }

    /// A constant list of whole numbers, such as axes or a shape.
    public mutating func integers(_ values: [Int]) -> Value {
        let name = "integers_\(values.map(String.init).joined(separator: "_"))"
        if !constants.contains(where: { $0.name == name }) {
            constants.append(
                ONNXTensor(name, shape: [values.count], .integers(values.map(Int64.init))))
        }
        return Value(name: name)
    }

    /// The result of an operation.
    public mutating func node(
        _ operation: String, _ operands: [Value], _ settings: [(String, Setting)] = []
    ) -> Value {
        node(operation, operands, settings, results: 1)[0]
    }

    /// The results of an operation that has several.
    public mutating func node(
        _ operation: String, _ operands: [Value], _ settings: [(String, Setting)], results: Int
    ) -> [Value] {
        let number = nodes.count
        let values = (0..<max(1, results)).map { Value(name: "value_\(number)_\($0)") }
        var node = ONNXNode(operation, operands.map(\.name), to: values[0].name)
        node.outputs = values.map(\.name)
        node.attributes = settings.map { name, setting in
            switch setting {
            case .float(let value): ONNXAttribute(name, .float(value))
            case .integer(let value): ONNXAttribute(name, .integer(Int64(value)))
            case .integers(let values): ONNXAttribute(name, .integers(values.map(Int64.init)))
            }
        }
        nodes.append(node)
        return values
    }

    /// Makes a value an output of numbers under a name of its own.
    public mutating func output(_ value: Value, as name: String, shape: [Int?]) {
        nodes.append(ONNXNode("Identity", [value.name], to: name))
        outputs.append(ONNXValue(name, shape: Self.dimensions(shape)))
    }

    /// The model, of IR version 8; of two texts of the metadata with one name the later counts.
    public func model(metadata: [(String, String)] = []) -> ONNXModel {
        var model = ONNXModel(
            graph: ONNXGraph(
                name: name, nodes: nodes, initializers: constants, inputs: inputs,
                outputs: outputs),
            operatorSet: 18, formatVersion: 8)
        for (name, text) in metadata { model.setMetadata(name, text) }
        return model
    }

    private static func dimensions(_ shape: [Int?]) -> [ONNXValue.Dimension] {
        shape.map { $0.map { .fixed($0) } ?? .symbolic("batch_size") }
    }
}
