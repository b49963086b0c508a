public import TandemBasics

/// Why a file in another program's format could not be read or written.
public enum InterchangeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file could not be opened, read or written.
    case file(FileError)
    /// An ONNX file could not be understood.
    case onnx(file: String, ONNXProblem)
    /// A run has no model in the format asked for.
    case noModel(path: String, format: String, advice: String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .onnx(let file, let problem): "\(file): \(problem)"
        case .noModel(let path, let format, let advice):
            "\(path): this run has no model in the format \(format); \(advice)"
        }
    }
}

/// What is wrong with an ONNX model, or with what it is asked to compute.
public enum ONNXProblem: Error, Sendable, Equatable {
    /// The bytes are not protobuf: not an ONNX file, or a truncated or damaged one.
    case damaged(offset: Int, reason: String)
    /// A necessary part of the file is not there.
    case missing(String)
    /// A name occurs twice.
    case duplicateName(kind: String, name: String)
    /// The shape of a constant is impossible.
    case impossibleShape(tensor: String, shape: [Int64])
    /// A constant has another number of elements than its shape needs.
    case elementCount(tensor: String, shape: [Int], expected: Int, found: Int)
    /// The bytes of a constant are not a whole number of elements.
    case rawBytes(tensor: String, count: Int, width: Int)
    /// A value has a type that is not supported.
    case unsupportedType(value: String, type: String, supported: String)
    /// A constant lies in another file.
    case externalData(tensor: String)
    /// The version of the standard operators is not supported.
    case operatorSet(version: Int64?, supported: ClosedRange<Int64>)
    /// The inputs or outputs are not one array in and one out, both by rows.
    case signature(String)
    /// An operator is not supported.
    case unsupportedOperator(operation: String, node: String)
    /// A node cannot be computed.
    case node(operation: String, node: String, reason: String)
    /// A row has another number of values than the model takes.
    case width(expected: Int, found: Int)
    /// The number of values is not rows times width.
    case valueCount(rows: Int, width: Int, found: Int)
    /// The parts of a network to be written do not fit together.
    case network(String)
}

extension ONNXProblem: CustomStringConvertible {
    /// What is wrong, with the values, and what to do.
    public var description: String {
        switch self {
        case .damaged(let offset, let reason):
            "not an ONNX file, or a damaged one: \(reason) at byte \(offset)"
        case .missing(let part): "not an ONNX file, or a truncated one: it has no \(part)"
        case .duplicateName(let kind, let name): "the \(kind) \"\(name)\" occurs twice"
        case .impossibleShape(let tensor, let shape):
            "constant \"\(tensor)\": impossible shape \(shape)"
        case .elementCount(let tensor, let shape, let expected, let found):
            "constant \"\(tensor)\": shape \(shape) needs \(expected) elements, the file has \(found)"
        case .rawBytes(let tensor, let count, let width):
            "constant \"\(tensor)\": \(count) bytes are no whole number of elements of \(width) bytes"
        case .unsupportedType(let value, let type, let supported):
            "\"\(value)\" has the type \(type); only \(supported) are supported: convert the model"
        case .externalData(let tensor):
            "constant \"\(tensor)\" lies in another file; save the model as one file"
        case .operatorSet(let version, let supported):
            "the model uses \(version.map { "version \($0)" } ?? "no version") of the standard "
                + "operators; \(supported.lowerBound) to \(supported.upperBound) are supported: "
                + "export it anew"
        case .signature(let reason):
            "\(reason); a model needs one input of numbers with any number of rows, such as "
                + "[rows, features], and one output, such as [rows]"
        case .unsupportedOperator(let operation, let node):
            "the operator \(operation) (node \"\(node)\") is not supported; "
                + "supported are \(ONNXOperation.names)"
        case .node(let operation, let node, let reason):
            "\(operation) (node \"\(node)\"): \(reason)"
        case .width(let expected, let found):
            "the model takes \(expected) values per row, the input has \(found); "
                + "use the features that the model was trained with"
        case .valueCount(let rows, let width, let found):
            "\(rows) rows of \(width) values were announced, \(found) values were given"
        case .network(let reason): "this network cannot be written as an ONNX model: \(reason)"
        }
    }
}
