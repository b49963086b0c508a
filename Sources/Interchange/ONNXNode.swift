/// One operation of a graph: `NodeProto`.
struct ONNXNode: Sendable, Equatable {
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

    init(from reader: inout WireReader) throws(ONNXProblem) {
        (name, operation, inputs, outputs, attributes) = ("", "", [], [], [])
        while let field = try reader.next() {
            switch field.number {
            case Number.input: inputs.append(try reader.text(field))
            case Number.output: outputs.append(try reader.text(field))
            case Number.name: name = try reader.text(field)
            case Number.operation: operation = try reader.text(field)
            case Number.attribute:
                var inner = try reader.message(field)
                attributes.append(try ONNXAttribute(from: &inner))
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
        for attribute in attributes {
            writer.message(Number.attribute) { attribute.write(to: &$0) }
        }
        writer.text(Number.domain, domain)
        writer.raw(otherFields)
    }
}

/// A setting of an operation: `AttributeProto`.
struct ONNXAttribute: Sendable, Equatable {
    enum Value: Sendable, Equatable {
        case float(Float)
        case integer(Int64)
        /// Written, but not read: no operation that can be computed here has one.
        case integers([Int64])
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
        static let integers = 8
        static let type = 20
    }

    private enum Kind {
        static let float: Int64 = 1
        static let integer: Int64 = 2
        static let integers: Int64 = 7
    }

    init(from reader: inout WireReader) throws(ONNXProblem) {
        name = ""
        var type: Int64 = 0
        var float: Float = 0
        var integer: Int64 = 0
        while let field = try reader.next() {
            switch field.number {
            case Number.name: name = try reader.text(field)
            case Number.float: float = try reader.float(field)
            case Number.integer: integer = try reader.integer(field)
            case Number.type: type = try reader.integer(field)
            default: otherFields += reader.raw(field)
            }
        }
        switch type {
        case Kind.float: value = .float(float)
        case Kind.integer: value = .integer(integer)
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
        case .other(let type): writer.integer(Number.type, type)
        }
        writer.raw(otherFields)
    }
}
