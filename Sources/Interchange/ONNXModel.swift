import TandemBasics

/// A model in the Open Neural Network Exchange format: a graph, its constants, and text about it.
///
/// Any well-formed file with constants of `FLOAT` and `INT64` inside can be read and written; what
/// means nothing here (documentation, types of inner values) is kept. Graphs of the operators in ``ONNXOperation`` can be
/// computed: see ``predict(_:count:on:)``. Format: `onnx.proto` of the ONNX project.
public struct ONNXModel: Sendable, Equatable {
    /// The version of the file format.
    var formatVersion: Int64
    /// The program that made the file, and its version; empty where the file does not say.
    public var producer: (name: String, version: String) {
        (producerName, producerVersion)
    }
    var producerName: String
    var producerVersion: String
    var operatorSets: [ONNXOperatorSet]
    var graph: ONNXGraph
    private var properties: [ONNXProperty] = []
    /// Fields that mean nothing here, kept for writing.
    var otherFields: [UInt8] = []

    /// A model of this program.
    init(graph: ONNXGraph, operatorSet: Int64, formatVersion: Int64) {
        self.formatVersion = formatVersion
        producerName = Producer.name
        producerVersion = Producer.version
        operatorSets = [ONNXOperatorSet(domain: "", version: operatorSet)]
        self.graph = graph
    }

    /// The number of values per row that the model takes; nil where the file does not say, and where a row is no vector.
    public var inputWidth: Int? {
        guard let shape = inputShape, shape.count == 1 else { return nil }
        return shape[0]
    }

    /// The sizes of one row of the input without the axis of rows, `[F]` or `[C, d]`; nil where the file does not say.
    public var inputShape: [Int]? {
        let shape = Self.rowShape(of: graph.suppliedInputs.first)
        return shape?.isEmpty == true ? nil : shape
    }

    /// The sizes of one row of the output without the axis of rows: `[]` for one number, `[d]` for a vector; nil where the
    /// file does not say.
    public var outputShape: [Int]? { Self.rowShape(of: graph.outputs.first) }

    private static func rowShape(of value: ONNXValue?) -> [Int]? {
        guard let shape = value?.shape, (1...ONNXTensor.maximumRank).contains(shape.count) else {
            return nil
        }
        var sizes: [Int] = []
        var count = 1
        for dimension in shape.dropFirst() {
            guard case .fixed(let size) = dimension, size > 0 else { return nil }
            let (product, overflows) = count.multipliedReportingOverflow(by: size)
            guard !overflows else { return nil }
            count = product
            sizes.append(size)
        }
        return sizes
    }

    /// Text about the model by name.
    ///
    /// Names that a file has keep their order in it; new ones follow in alphabetical order.
    public var metadata: [String: String] {
        get {
            Dictionary(uniqueKeysWithValues: properties.map { ($0.name, $0.text) })
        }
        set {
            properties.removeAll { newValue[$0.name] == nil }
            for (name, text) in newValue.sorted(by: { $0.key < $1.key }) { setMetadata(name, text) }
        }
    }

    /// The numbers of a constant in row-major order; `nil` when the graph has no floating-point constant of the name.
    package func floats(_ name: String) -> [Float]? {
        guard
            case .floats(let values)? = graph.initializers.first(where: { $0.name == name })?
                .elements
        else { return nil }
        return values
    }

    /// Sets the text of one name; a new name goes to the end.
    mutating func setMetadata(_ name: String, _ text: String) {
        if let index = properties.firstIndex(where: { $0.name == name }) {
            properties[index].text = text
        } else {
            properties.append(ONNXProperty(name: name, text: text))
        }
    }

    /// Reads the file at `path`.
    ///
    /// - Throws: ``InterchangeError`` with the file's name: it cannot be read, is damaged, keeps its
    ///   constants in other files, or has constants of other types than `FLOAT` and `INT64`.
    public static func read(_ path: String) throws(InterchangeError) -> ONNXModel {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try WholeFile.read(path) } catch { throw .file(error) }
        do throws(ONNXProblem) { return try ONNXModel(encoded: bytes) } catch {
            throw .onnx(file: path, error)
        }
    }

    /// Writes the file, replacing what is at `path` only when everything has been written.
    ///
    /// Equal models give equal files. - Throws: ``InterchangeError`` when the file cannot be written.
    public func write(to path: String) throws(InterchangeError) {
        do throws(FileError) { try AtomicFile.write(encoded(), to: path) } catch {
            throw .file(error)
        }
    }

    private enum Number {
        static let formatVersion = 1
        static let producerName = 2
        static let producerVersion = 3
        static let graph = 7
        static let operatorSet = 8
        static let property = 14
    }

    /// Reads the contents of a file.
    public init(encoded bytes: [UInt8]) throws(ONNXProblem) {
        var reader = WireReader(bytes)
        var graph: ONNXGraph?
        (formatVersion, producerName, producerVersion, operatorSets) = (0, "", "", [])
        while let field = try reader.next() {
            switch field.number {
            case Number.formatVersion: formatVersion = try reader.integer(field)
            case Number.producerName: producerName = try reader.text(field)
            case Number.producerVersion: producerVersion = try reader.text(field)
            case Number.operatorSet: try reader.append(field, to: &operatorSets)
            case Number.graph:
                guard graph == nil else { throw .duplicateName(kind: "part", name: "graph") }
                graph = try ONNXGraph(from: try reader.message(field))
            case Number.property: try reader.append(field, to: &properties)
            default: otherFields += reader.raw(field)
            }
        }
        guard formatVersion > 0 else { throw .missing("version") }
        guard let graph else { throw .missing("graph") }
        self.graph = graph
        var names: Set<String> = []
        for property in properties where !names.insert(property.name).inserted {
            throw .duplicateName(kind: "metadata property", name: property.name)
        }
    }

    /// The contents of the file that ``write(to:)`` writes.
    public func encoded() -> [UInt8] {
        var writer = WireWriter()
        writer.integer(Number.formatVersion, formatVersion)
        writer.text(Number.producerName, producerName)
        writer.text(Number.producerVersion, producerVersion)
        writer.message(Number.graph) { graph.write(to: &$0) }
        writer.messages(Number.operatorSet, operatorSets)
        writer.messages(Number.property, properties)
        writer.raw(otherFields)
        return writer.bytes
    }
}

/// A set of operators that a graph uses: `OperatorSetIdProto`; the standard one has an empty name.
struct ONNXOperatorSet: Sendable, Equatable {
    var domain: String
    var version: Int64
}

extension ONNXOperatorSet: WireMessage {
    init(from message: WireReader) throws(ONNXProblem) {
        var reader = message
        (domain, version) = ("", 0)
        while let field = try reader.next() {
            switch field.number {
            case 1: domain = try reader.text(field)
            case 2: version = try reader.integer(field)
            default: continue
            }
        }
    }

    func write(to writer: inout WireWriter) {
        writer.bytes(1, domain.utf8)
        writer.integer(2, version)
    }
}

/// A named text: `StringStringEntryProto`.
struct ONNXProperty: Sendable, Equatable {
    var name: String
    var text: String
}

extension ONNXProperty: WireMessage {
    init(from message: WireReader) throws(ONNXProblem) {
        var reader = message
        (name, text) = ("", "")
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try reader.text(field)
            case 2: text = try reader.text(field)
            default: continue
            }
        }
    }

    func write(to writer: inout WireWriter) {
        writer.bytes(1, name.utf8)
        writer.bytes(2, text.utf8)
    }
}

/// The program as it names itself in the files that it writes for others.
package enum Producer {
    /// The name.
    package static let name = "Tandem"
    /// The version.
    package static let version = "0.1.0"
}
