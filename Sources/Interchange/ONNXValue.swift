/// An input or output of a graph: `ValueInfoProto` with a tensor type.
struct ONNXValue: Sendable, Equatable {
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

    private enum TypeNumber {
        static let tensor = 1
    }

    private enum TensorNumber {
        static let elementType = 1
        static let shape = 2
    }

    private enum ShapeNumber {
        static let dimension = 1
        static let size = 1
        static let symbol = 2
    }

    init(from reader: inout WireReader) throws(ONNXProblem) {
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
                case TensorNumber.elementType: elementType = try tensor.integer(field)
                case TensorNumber.shape: try readShape(try tensor.message(field))
                default: continue
                }
            }
        }
    }

    private mutating func readShape(_ reader: WireReader) throws(ONNXProblem) {
        var reader = reader
        var dimensions: [Dimension] = []
        while let field = try reader.next() {
            guard field.number == ShapeNumber.dimension else { continue }
            var inner = try reader.message(field)
            var dimension = Dimension.unknown
            while let field = try inner.next() {
                switch field.number {
                case ShapeNumber.size:
                    dimension =
                        Int(exactly: try inner.integer(field)).map { .fixed($0) } ?? .unknown
                case ShapeNumber.symbol: dimension = .symbolic(try inner.text(field))
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
                tensor.integer(TensorNumber.elementType, elementType)
                guard let shape else { return }
                tensor.message(TensorNumber.shape) { writer in
                    for dimension in shape {
                        writer.message(ShapeNumber.dimension) { Self.write(dimension, to: &$0) }
                    }
                }
            }
        }
        writer.raw(otherFields)
    }

    private static func write(_ dimension: Dimension, to writer: inout WireWriter) {
        switch dimension {
        case .fixed(let size): writer.integer(ShapeNumber.size, Int64(size))
        case .symbolic(let name): writer.text(ShapeNumber.symbol, name)
        case .unknown: return
        }
    }
}
