/// An input or output of a graph: `ValueInfoProto` with a tensor type.
struct ONNXValue: Sendable, Equatable, WireMessage {
    /// The size of one axis.
    enum Dimension: Sendable, Equatable {
        case fixed(Int)
        case symbolic(String)
        case unknown
    }

    var name: String
    var elementType: Int64
    /// The sizes of the axes; nil where the file does not say.
    var shape: [Dimension]?
    /// Fields that mean nothing here, kept for writing.
    var otherFields: [UInt8] = []

    /// A value of numbers.
    init(_ name: String, shape: [Dimension]) {
        self.name = name
        elementType = ONNXElementType.float
        self.shape = shape
    }

    private enum Number {
        static let name = 1
        static let type = 2
    }

    /// Fields of the messages inside the one with the type.
    private enum TypeNumber {
        static let tensor = 1
        static let elementType = 1
        static let shape = 2
        static let dimension = 1
        static let size = 1
        static let symbol = 2
    }

    init(from message: WireReader) throws(ONNXProblem) {
        var reader = message
        name = ""
        elementType = 0
        while let field = try reader.next() {
            switch field.number {
            case Number.name: name = try reader.text(field)
            case Number.type: try readType(try reader.message(field))
            default: otherFields += reader.raw(field)
            }
        }
    }

    private mutating func readType(_ reader: WireReader) throws(ONNXProblem) {
        var reader = reader
        while let field = try reader.next() {
            guard field.number == TypeNumber.tensor else {
                throw .unsupportedType(
                    value: name, type: "other than tensor", supported: "tensors of FLOAT")
            }
            var tensor = try reader.message(field)
            while let field = try tensor.next() {
                switch field.number {
                case TypeNumber.elementType: elementType = try tensor.integer(field)
                case TypeNumber.shape: try readShape(try tensor.message(field))
                default: continue
                }
            }
        }
    }

    private mutating func readShape(_ reader: WireReader) throws(ONNXProblem) {
        var reader = reader
        var dimensions: [Dimension] = []
        while let field = try reader.next() {
            guard field.number == TypeNumber.dimension else { continue }
            var inner = try reader.message(field)
            var dimension = Dimension.unknown
            while let field = try inner.next() {
                switch field.number {
                case TypeNumber.size:
                    dimension =
                        Int(exactly: try inner.integer(field)).map { .fixed($0) } ?? .unknown
                case TypeNumber.symbol: dimension = .symbolic(try inner.text(field))
                default: continue
                }
            }
            dimensions.append(dimension)
        }
        shape = dimensions
    }

    func write(to writer: inout WireWriter) {
        writer.text(Number.name, name)
        writer.message(Number.type) { type in
            type.message(TypeNumber.tensor) { tensor in
                tensor.integer(TypeNumber.elementType, elementType)
                guard let shape else { return }
                tensor.message(TypeNumber.shape) { writer in
                    for dimension in shape {
                        writer.message(TypeNumber.dimension) { Self.write(dimension, to: &$0) }
                    }
                }
            }
        }
        writer.raw(otherFields)
    }

    private static func write(_ dimension: Dimension, to writer: inout WireWriter) {
        switch dimension {
        case .fixed(let size): writer.integer(TypeNumber.size, Int64(size))
        case .symbolic(let name): writer.text(TypeNumber.symbol, name)
        case .unknown: return
        }
    }
}

/// A constant of a graph: `TensorProto`.
struct ONNXTensor: Sendable, Equatable, WireMessage {
    /// The elements in row-major order.
    enum Elements: Sendable, Equatable {
        case floats([Float])
        case integers([Int64])

        var count: Int {
            switch self {
            case .floats(let values): values.count
            case .integers(let values): values.count
            }
        }
    }

    var name: String
    var shape: [Int]
    var elements: Elements
    /// Fields that mean nothing here, kept for writing.
    var otherFields: [UInt8] = []

    init(_ name: String, shape: [Int], _ elements: Elements) {
        self.name = name
        self.shape = shape
        self.elements = elements
    }

    private enum Number {
        static let dimensions = 1
        static let elementType = 2
        static let floats = 4
        static let integers = 7
        static let name = 8
        static let raw = 9
        static let location = 14
    }

    /// The largest number of axes; nothing that can be computed here has more.
    static let maximumRank = 6

    init(from message: WireReader) throws(ONNXProblem) {
        var reader = message
        var parts = Parts()
        while let field = try reader.next() {
            switch field.number {
            case Number.dimensions: try reader.append(field, to: &parts.dimensions)
            case Number.elementType: parts.elementType = try reader.integer(field)
            case Number.floats: try reader.append(field, to: &parts.floats)
            case Number.integers: try reader.append(field, to: &parts.integers)
            case Number.name: parts.name = try reader.text(field)
            case Number.raw: parts.raw = try reader.bytes(field)
            case Number.location: parts.isExternal = try reader.integer(field) != 0
            default: parts.otherFields += reader.raw(field)
            }
        }
        name = parts.name
        shape = try parts.shape()
        elements = try parts.elements(of: shape)
        otherFields = parts.otherFields
    }

    func write(to writer: inout WireWriter) {
        for size in shape { writer.integer(Number.dimensions, Int64(size)) }
        switch elements {
        case .floats(let values):
            writer.integer(Number.elementType, ONNXElementType.float)
            writer.text(Number.name, name)
            writer.elements(Number.raw, values)
        case .integers(let values):
            writer.integer(Number.elementType, ONNXElementType.int64)
            writer.text(Number.name, name)
            writer.elements(Number.raw, values)
        }
        writer.raw(otherFields)
    }
}

/// The fields of a constant as they stand in a file.
private struct Parts {
    var name = ""
    var dimensions: [Int64] = []
    var elementType: Int64 = 0
    var floats: [Float] = []
    var integers: [Int64] = []
    var raw: ArraySlice<UInt8>?
    var isExternal = false
    var otherFields: [UInt8] = []

    func shape() throws(ONNXProblem) -> [Int] {
        var shape: [Int] = []
        var count = 1
        for dimension in dimensions {
            guard let size = Int(exactly: dimension), size >= 0,
                shape.count < ONNXTensor.maximumRank
            else { throw .impossibleShape(tensor: name, shape: dimensions) }
            let (product, overflows) = count.multipliedReportingOverflow(by: size)
            if overflows { throw .impossibleShape(tensor: name, shape: dimensions) }
            count = product
            shape.append(size)
        }
        return shape
    }

    func elements(of shape: [Int]) throws(ONNXProblem) -> ONNXTensor.Elements {
        if isExternal { throw .externalData(tensor: name) }
        let elements: ONNXTensor.Elements
        switch elementType {
        case ONNXElementType.float:
            elements = .floats(try rawElements(4) { Float(bitPattern: UInt32($0)) } ?? floats)
        case ONNXElementType.int64:
            elements = .integers(try rawElements(8) { Int64(bitPattern: $0) } ?? integers)
        default:
            throw .unsupportedType(
                value: name, type: ONNXElementType.name(elementType), supported: "FLOAT and INT64")
        }
        let expected = shape.reduce(1, *)
        guard elements.count == expected else {
            throw .elementCount(
                tensor: name, shape: shape, expected: expected, found: elements.count)
        }
        return elements
    }

    /// The little-endian elements of the raw bytes; nil when there are none.
    private func rawElements<Element>(
        _ width: Int, _ make: (UInt64) -> Element
    ) throws(ONNXProblem) -> [Element]? {
        guard let raw else { return nil }
        guard raw.count % width == 0 else {
            throw .rawBytes(tensor: name, count: raw.count, width: width)
        }
        return stride(from: raw.startIndex, to: raw.endIndex, by: width).map { start in
            make((0..<width).reduce(0) { $0 | UInt64(raw[start + $1]) << UInt64(8 * $1) })
        }
    }
}

/// The numbers that ONNX gives to element types (`TensorProto.DataType`).
enum ONNXElementType {
    static let float: Int64 = 1
    static let int64: Int64 = 7

    private static let names = [
        "UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING",
        "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16",
    ]

    /// The name of a type in ONNX; its number where it has none here.
    static func name(_ type: Int64) -> String {
        guard let index = Int(exactly: type), names.indices.contains(index) else {
            return "number \(type)"
        }
        return names[index]
    }
}
