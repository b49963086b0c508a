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
