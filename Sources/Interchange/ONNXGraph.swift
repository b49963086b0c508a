/// What a model computes: `GraphProto`.
struct ONNXGraph: Sendable, Equatable {
    var name: String
    var nodes: [ONNXNode]
    var initializers: [ONNXTensor]
    var inputs: [ONNXValue]
    var outputs: [ONNXValue]
    /// Fields that mean nothing here, kept for writing.
    var otherFields: [UInt8] = []

    init(
        name: String, nodes: [ONNXNode], initializers: [ONNXTensor], inputs: [ONNXValue],
        outputs: [ONNXValue]
    ) {
        self.name = name
        self.nodes = nodes
        self.initializers = initializers
        self.inputs = inputs
        self.outputs = outputs
    }

    /// The inputs that a caller supplies; older files list the constants among the inputs too.
    var suppliedInputs: [ONNXValue] {
        let constants = Set(initializers.map(\.name))
        return inputs.filter { !constants.contains($0.name) }
    }

    private enum Number {
        static let node = 1
        static let name = 2
        static let initializer = 5
        static let input = 11
        static let output = 12
    }

    init(from reader: inout WireReader) throws(ONNXProblem) {
        self.init(name: "", nodes: [], initializers: [], inputs: [], outputs: [])
        while let field = try reader.next() {
            switch field.number {
            case Number.node:
                var inner = try reader.message(field)
                nodes.append(try ONNXNode(from: &inner))
            case Number.name: name = try reader.text(field)
            case Number.initializer:
                var inner = try reader.message(field)
                initializers.append(try ONNXTensor(from: &inner))
            case Number.input:
                var inner = try reader.message(field)
                inputs.append(try ONNXValue(from: &inner))
            case Number.output:
                var inner = try reader.message(field)
                outputs.append(try ONNXValue(from: &inner))
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
        for node in nodes { writer.message(Number.node) { node.write(to: &$0) } }
        writer.text(Number.name, name)
        for tensor in initializers {
            writer.message(Number.initializer) { tensor.write(to: &$0) }
        }
        for input in inputs { writer.message(Number.input) { input.write(to: &$0) } }
        for output in outputs { writer.message(Number.output) { output.write(to: &$0) } }
        writer.raw(otherFields)
    }
}
