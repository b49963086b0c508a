#if _endian(big)
    #error("Host arrays keep little-endian bytes and are read on little-endian hosts only.")
#endif

/// A dense array in host memory: what array files are read into and written from.
///
/// Row-major (C order), contiguous, little-endian. It holds values, does no arithmetic, and knows
/// no device. Two arrays are equal when shape, element type and every byte are.
public struct HostArray: Sendable, Equatable {
    /// The number of elements along every axis; empty for a single value.
    public let shape: [Int]
    /// The type of every element.
    public let elementType: ElementType
    /// The elements in row-major order, `count * elementType.byteWidth` bytes.
    public let bytes: [UInt8]

    /// The number of elements.
    public var count: Int { bytes.count / elementType.byteWidth }

    /// Makes an array of the given shape from its bytes; throws when the two do not fit.
    public init(
        shape: [Int], elementType: ElementType, bytes: [UInt8]
    ) throws(HostArrayError) {
        let expected = try Self.byteCount(shape: shape, elementType: elementType)
        guard expected == bytes.count else {
            throw .wrongCount(
                shape: shape, expected: expected / elementType.byteWidth,
                found: bytes.count / elementType.byteWidth)
        }
        self.shape = shape
        self.elementType = elementType
        self.bytes = bytes
    }

    /// Makes an array of the given shape from its elements in row-major order.
    public init<Element: HostElement>(
        shape: [Int], elements: [Element]
    ) throws(HostArrayError) {
        try self.init(
            shape: shape, elementType: Element.elementType,
            bytes: elements.withUnsafeBytes { Array($0) })
    }

    /// The elements in row-major order; throws when they are of another type.
    public func elements<Element: HostElement>(
        as type: Element.Type = Element.self
    ) throws(HostArrayError) -> [Element] {
        guard Element.elementType == elementType else {
            throw .wrongElementType(
                expected: "\(Element.elementType)", found: elementType)
        }
        return unsafeElements()
    }

    /// Copies the bytes out as values of a type that has the width of one element.
    func unsafeElements<Element: BitwiseCopyable>() -> [Element] {
        let count = bytes.count / MemoryLayout<Element>.stride
        return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
            initialized = count
        }
    }

    /// The number of elements of a shape; throws when a dimension is negative or the product
    /// does not fit an `Int`.
    ///
    /// Zero dimensions do not hide an overflow of the others: `[0, 2^40, 2^40]` is refused.
    public static func elementCount(of shape: [Int]) throws(HostArrayError) -> Int {
        var product = 1
        var isEmpty = false
        for dimension in shape {
            if dimension < 0 { throw .negativeDimension(shape: shape) }
            if dimension == 0 {
                isEmpty = true
                continue
            }
            let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
            if overflow { throw .shapeOverflow(shape: shape) }
            product = next
        }
        return isEmpty ? 0 : product
    }

    static func byteCount(
        shape: [Int], elementType: ElementType
    ) throws(HostArrayError) -> Int {
        let (bytes, overflow) = try elementCount(of: shape)
            .multipliedReportingOverflow(by: elementType.byteWidth)
        if overflow { throw .shapeOverflow(shape: shape) }
        return bytes
    }
}

/// Why an array could not be made or its contents could not be given in the form asked for.
public enum HostArrayError: Error, Equatable, Sendable {
    /// The shape asks for another number of elements than there are.
    case wrongCount(shape: [Int], expected: Int, found: Int)
    /// A dimension is below zero.
    case negativeDimension(shape: [Int])
    /// The number of bytes of the shape does not fit an `Int`.
    case shapeOverflow(shape: [Int])
    /// The elements are of another type than asked for.
    case wrongElementType(expected: String, found: ElementType)
    /// The array has another shape than asked for; `expected` is text such as `[N, 2]`.
    case wrongShape(expected: String, found: [Int])
    /// An element is NaN or infinite where only finite numbers are allowed.
    case nonFinite(index: [Int], value: String)
    /// An element is too large for the type asked for.
    case overflow(index: [Int], value: String, type: String)
    /// Two arrays of one collection have the same name.
    case duplicateName(String)
    /// A collection has no array of this name.
    case missing(name: String, available: [String])
}

extension HostArrayError: CustomStringConvertible {
    /// What happened, with the values, and what to do.
    public var description: String {
        switch self {
        case .wrongCount(let shape, let expected, let found):
            "shape \(shape) needs \(expected) elements, there are \(found)"
        case .negativeDimension(let shape):
            "shape \(shape) has a negative dimension"
        case .shapeOverflow(let shape):
            "shape \(shape) has more elements than memory can hold"
        case .wrongElementType(let expected, let found):
            "elements are \(found), expected \(expected); convert the array"
        case .wrongShape(let expected, let found):
            "shape is \(found), expected \(expected)"
        case .nonFinite(let index, let value):
            "element \(index) is \(value); only finite numbers are allowed here: repair the data"
        case .overflow(let index, let value, let type):
            "element \(index) is \(value), too large for \(type)"
        case .duplicateName(let name):
            "two arrays are named \"\(name)\"; names must differ"
        case .missing(let name, let available):
            "no array named \"\(name)\"; there are: \(available.joined(separator: ", "))"
        }
    }
}

extension HostArray {
    /// All elements as single-precision numbers, in row-major order.
    ///
    /// Integers above 2^24 and doubles are rounded to the nearest. A finite double too large for
    /// single precision is always an error.
    ///
    /// - Parameter rejectingNonFinite: whether a NaN or an infinity is an error.
    /// - Returns: `count` numbers.
    /// - Throws: `overflow` or `nonFinite` with the index of the first such element.
    public func float32Values(
        rejectingNonFinite: Bool = false
    ) throws(HostArrayError) -> [Float] {
        let values: [Float]
        switch elementType {
        case .float32: values = unsafeElements()
        case .float16: values = widened(HalfPrecision.widen)
        case .bfloat16: values = widened { (half: UInt16) in Float(bitPattern: UInt32(half) << 16) }
        case .float64: values = try narrowedToFloat()
        case .bool, .uint8: values = widened { (byte: UInt8) in Float(byte) }
        case .uint16: values = widened { (word: UInt16) in Float(word) }
        case .uint32: values = widened { (word: UInt32) in Float(word) }
        case .uint64: values = widened { (word: UInt64) in Float(word) }
        case .int8: values = widened { (byte: Int8) in Float(byte) }
        case .int16: values = widened { (word: Int16) in Float(word) }
        case .int32: values = widened { (word: Int32) in Float(word) }
        case .int64: values = widened { (word: Int64) in Float(word) }
        }
        if rejectingNonFinite && elementType.isFloatingPoint {
            // One vectorised pass; the slow search runs only when something was found.
            var found: UInt32 = 0
            for value in values { found |= value.isFinite ? 0 : 1 }
            if found != 0, let index = values.firstIndex(where: { !$0.isFinite }) {
                throw .nonFinite(index: position(of: index), value: "\(values[index])")
            }
        }
        return values
    }

    /// All elements of an integer (or Boolean) array as `Int`, in row-major order; throws when the
    /// elements are not integers, or one does not fit.
    public func integerValues() throws(HostArrayError) -> [Int] {
        switch elementType {
        case .bool, .uint8: return widened { (byte: UInt8) in Int(byte) }
        case .uint16: return widened { (word: UInt16) in Int(word) }
        case .uint32: return widened { (word: UInt32) in Int(word) }
        case .int8: return widened { (byte: Int8) in Int(byte) }
        case .int16: return widened { (word: Int16) in Int(word) }
        case .int32: return widened { (word: Int32) in Int(word) }
        case .int64: return widened { (word: Int64) in Int(word) }
        case .uint64:
            let words: [UInt64] = unsafeElements()
            if let index = words.firstIndex(where: { $0 > UInt64(Int.max) }) {
                throw .overflow(
                    index: position(of: index), value: "\(words[index])", type: "int64")
            }
            return words.map { Int($0) }
        case .float16, .bfloat16, .float32, .float64:
            throw .wrongElementType(expected: "integers", found: elementType)
        }
    }

    /// The same numbers in half precision, rounded to the nearest even.
    ///
    /// - Returns: an array of the same shape whose elements are `float16`.
    /// - Throws: `overflow` when a finite number is beyond the largest half-precision one, 65504.
    public func convertedToFloat16() throws(HostArrayError) -> HostArray {
        let values = try float32Values()
        var halves: [Float16] = []
        halves.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            let half = Float16(value)
            if half.isInfinite && value.isFinite {
                throw .overflow(index: position(of: index), value: "\(value)", type: "float16")
            }
            halves.append(half)
        }
        return try HostArray(shape: shape, elements: halves)
    }

    /// The index along every axis of the element at a row-major offset.
    func position(of offset: Int) -> [Int] {
        var rest = offset
        var index = [Int](repeating: 0, count: shape.count)
        for axis in shape.indices.reversed() where shape[axis] > 0 {
            index[axis] = rest % shape[axis]
            rest /= shape[axis]
        }
        return index
    }

    @inline(__always)
    private func widened<Stored: BitwiseCopyable, Result: BitwiseCopyable>(
        _ convert: (Stored) -> Result
    ) -> [Result] {
        bytes.withUnsafeBytes { raw in
            let count = raw.count / MemoryLayout<Stored>.stride
            return [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
                for index in 0..<count {
                    let stored = raw.loadUnaligned(
                        fromByteOffset: index &* MemoryLayout<Stored>.stride, as: Stored.self)
                    buffer.initializeElement(at: index, to: convert(stored))
                }
                initialized = count
            }
        }
    }

    private func narrowedToFloat() throws(HostArrayError) -> [Float] {
        let doubles: [Double] = unsafeElements()
        let values = doubles.map { Float($0) }
        for (index, value) in values.enumerated()
        where value.isInfinite && doubles[index].isFinite {
            throw .overflow(
                index: position(of: index), value: "\(doubles[index])", type: "float32")
        }
        return values
    }
}

/// Half precision to single precision, in a form that the compiler turns into vector code.
enum HalfPrecision {
    /// The value of the half-precision number with the given bits.
    @inline(__always)
    static func widen(_ half: UInt16) -> Float {
        let sign = UInt32(half & 0x8000) << 16
        // Exponent and fraction shifted into place are too small by 2^112 (the difference of the
        // exponent biases, 127 - 15); the product also normalises subnormal numbers.
        let scaled = Float(bitPattern: UInt32(half & 0x7FFF) << 13) * 0x1p112
        // Infinities and NaNs come out at 65536 or above, which no finite half reaches.
        let special: UInt32 = scaled >= 0x1p16 ? 0x7F80_0000 : 0
        return Float(bitPattern: scaled.bitPattern | special | sign)
    }
}
