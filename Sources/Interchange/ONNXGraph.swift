/// What a model computes: `GraphProto`.
struct ONNXGraph: Sendable, Equatable {
    var name: String
    var nodes: [ONNXNode]
    var initializers: [ONNXTensor]
    var inputs: [ONNXValue]
    var outputs: [ONNXValue]
    /// Fields that mean nothing here, kept for writing.
    var otherFields: [UInt8] = []

    /// The inputs that a caller supplies; older files list the constants among the inputs too.
    var suppliedInputs: [ONNXValue] {
        let constants = Set(initializers.map(\.name))
        return inputs.filter { !constants.contains($0.name) }
    }
}

extension ONNXGraph: WireMessage {
    private enum Number {
        static let node = 1
        static let name = 2
        static let initializer = 5
        static let input = 11
        static let output = 12
    }

    init(from message: WireReader) throws(ONNXProblem) {
        var reader = message
        self.init(name: "", nodes: [], initializers: [], inputs: [], outputs: [])
        while let field = try reader.next() {
            switch field.number {
            case Number.node: try reader.append(field, to: &nodes)
            case Number.name: name = try reader.text(field)
            case Number.initializer: try reader.append(field, to: &initializers)
            case Number.input: try reader.append(field, to: &inputs)
            case Number.output: try reader.append(field, to: &outputs)
            default: otherFields += reader.raw(field)
            }
        }
        try requireDifferentNames()
    }

    /// Every value has one source: an input, a constant or the output of one node.
    private func requireDifferentNames() throws(ONNXProblem) {
        var known: Set<String> = []
        let names =
            suppliedInputs.map(\.name) + initializers.map(\.name) + nodes.flatMap(\.outputs)
        for name in names where !name.isEmpty && !known.insert(name).inserted {
            throw .duplicateName(kind: "value", name: name)
        }
    }

    func write(to writer: inout WireWriter) {
        writer.messages(Number.node, nodes)
        writer.text(Number.name, name)
        writer.messages(Number.initializer, initializers)
        writer.messages(Number.input, inputs)
        writer.messages(Number.output, outputs)
        writer.raw(otherFields)
    }
}

/// One operation of a graph: `NodeProto`.
struct ONNXNode: Sendable, Equatable, WireMessage {
    var name: String
    var operation: String
    var domain = ""
    var inputs: [String]
    var outputs: [String]
    var attributes: [ONNXAttribute]
    /// Fields that mean nothing here, kept for writing.
    var otherFields: [UInt8] = []

    /// An operation with one output, which gives it its name.
    init(
        _ operation: String, _ inputs: [String], to output: String,
        attributes: [ONNXAttribute] = []
    ) {
        name = output
        self.operation = operation
        self.inputs = inputs
        outputs = [output]
        self.attributes = attributes
    }

    /// The name by which messages call the node; many programs name only the outputs.
    var label: String { name.isEmpty ? outputs.first ?? "" : name }

    private enum Number {
        static let input = 1
        static let output = 2
        static let name = 3
        static let operation = 4
        static let attribute = 5
        static let domain = 7
    }

    init(from message: WireReader) throws(ONNXProblem) {
        var reader = message
        (name, operation, inputs, outputs, attributes) = ("", "", [], [], [])
        while let field = try reader.next() {
            switch field.number {
            case Number.input: inputs.append(try reader.text(field))
            case Number.output: outputs.append(try reader.text(field))
            case Number.name: name = try reader.text(field)
            case Number.operation: operation = try reader.text(field)
            case Number.attribute: try reader.append(field, to: &attributes)
            case Number.domain: domain = try reader.text(field)
            default: otherFields += reader.raw(field)
            }
        }
    }

    func write(to writer: inout WireWriter) {
        // An empty name stands for an input that is left out, so it is written.
        for input in inputs { writer.bytes(Number.input, input.utf8) }
        for output in outputs { writer.bytes(Number.output, output.utf8) }
        writer.text(Number.name, name)
        writer.text(Number.operation, operation)
        writer.messages(Number.attribute, attributes)
        writer.text(Number.domain, domain)
        writer.raw(otherFields)
    }
}

/// A setting of an operation: `AttributeProto`.
struct ONNXAttribute: Sendable, Equatable, WireMessage {
    enum Value: Sendable, Equatable {
        case float(Float)
        case integer(Int64)
        case integers([Int64])
        case text(String)
        /// Another kind, whose fields are kept for writing.
        case other(type: Int64)
    }

    var name: String
    var value: Value
    /// Fields that mean nothing here, kept for writing.
    var otherFields: [UInt8] = []

    init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    private enum Number {
        static let name = 1
        static let float = 2
        static let integer = 3
        static let text = 4
        static let integers = 8
        static let type = 20
    }

    private enum Kind {
        static let float: Int64 = 1
        static let integer: Int64 = 2
        static let text: Int64 = 3
        static let integers: Int64 = 7
    }

    init(from message: WireReader) throws(ONNXProblem) {
        var reader = message
        name = ""
        var type: Int64 = 0
        var float: Float = 0
        var integer: Int64 = 0
        var integers: [Int64] = []
        var text = ""
        while let field = try reader.next() {
            switch field.number {
            case Number.name: name = try reader.text(field)
            case Number.float: float = try reader.float(field)
            case Number.integer: integer = try reader.integer(field)
            case Number.integers: try reader.append(field, to: &integers)
            case Number.text: text = try reader.text(field)
            case Number.type: type = try reader.integer(field)
            default: otherFields += reader.raw(field)
            }
        }
        switch type {
        case Kind.float: value = .float(float)
        case Kind.integer: value = .integer(integer)
        case Kind.integers: value = .integers(integers)
        case Kind.text: value = .text(text)
        default: value = .other(type: type)
        }
    }

    func write(to writer: inout WireWriter) {
        writer.text(Number.name, name)
        switch value {
        case .float(let value):
            writer.float(Number.float, value)
            writer.integer(Number.type, Kind.float)
        case .integer(let value):
            writer.integer(Number.integer, value)
            writer.integer(Number.type, Kind.integer)
        case .integers(let values):
            for value in values { writer.integer(Number.integers, value) }
            writer.integer(Number.type, Kind.integers)
        case .text(let value):
            writer.bytes(Number.text, value.utf8)
            writer.integer(Number.type, Kind.text)
        case .other(let type): writer.integer(Number.type, type)
        }
        writer.raw(otherFields)
    }
}
