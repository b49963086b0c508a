/// A constant of a graph: `TensorProto`.
struct ONNXTensor: Sendable, Equatable {
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

    init(_ name: String, shape: [Int], floats: [Float]) {
        self.name = name
        self.shape = shape
        elements = .floats(floats)
    }

    init(_ name: String, shape: [Int], integers: [Int64]) {
        self.name = name
        self.shape = shape
        elements = .integers(integers)
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

    init(from reader: inout WireReader) throws(ONNXProblem) {
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
        case .floats: writer.integer(Number.elementType, ONNXElementType.float)
        case .integers: writer.integer(Number.elementType, ONNXElementType.int64)
        }
        writer.text(Number.name, name)
        switch elements {
        case .floats(let values): writer.elements(Number.raw, values)
        case .integers(let values): writer.elements(Number.raw, values)
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
