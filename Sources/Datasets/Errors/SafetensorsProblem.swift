public import TandemBasics

/// What is wrong with a safetensors file.
public enum SafetensorsProblem: Error, Equatable, Sendable {
    /// The file is shorter than the 8 bytes of the header's length.
    case tooShort(size: Int)
    /// The header is longer than the file or than the limit of the format.
    case headerLength(claimed: UInt64, limit: Int)
    /// The header does not start with `{`.
    case headerStart(found: UInt8?)
    /// The header is not valid JSON, or a name occurs twice.
    case header(JSONProblem)
    /// A member of the header does not have the form that the format asks for.
    case malformedEntry(name: String, reason: String)
    /// The element type has no equal here.
    case unsupportedType(name: String, type: String)
    /// The shape of an array is impossible.
    case badShape(name: String, HostArrayError)
    /// An array lies outside the data, or its end is before its start.
    case offsets(name: String, begin: Int, end: Int, dataSize: Int)
    /// Shape and type need another number of bytes than the offsets give.
    case size(name: String, shape: [Int], elementType: ElementType, expected: Int, found: Int)
    /// An array starts before the end of the array before it.
    case overlap(first: String, second: String, offset: Int)
    /// Bytes of the data belong to no array.
    case hole(offset: Int, length: Int)
    /// A name that the format keeps for itself.
    case reservedName(String)
}

extension SafetensorsProblem: CustomStringConvertible {
    /// What is wrong, with the values, and what to do.
    public var description: String {
        switch self {
        case .tooShort(let size):
            "not a safetensors file: \(size) bytes, at least 8 are needed"
        case .headerLength(let claimed, let limit):
            "not a safetensors file, or a truncated one: the header claims \(claimed) bytes, "
                + "at most \(limit) are possible"
        case .headerStart(let found):
            "not a safetensors file: the header starts with \(found.map { "byte \($0)" } ?? "nothing")"
                + ", not with {"
        case .header(let problem): "safetensors header: \(problem)"
        case .malformedEntry(let name, let reason): "safetensors header, \"\(name)\": \(reason)"
        case .unsupportedType(let name, let type):
            "\"\(name)\" has elements of type \(type), which is not supported; convert it"
        case .badShape(let name, let problem): "\"\(name)\": \(problem)"
        case .offsets(let name, let begin, let end, let dataSize):
            "\"\(name)\" lies at \(begin)..<\(end), outside the \(dataSize) bytes of data: the file "
                + "is truncated or its header is wrong"
        case .size(let name, let shape, let elementType, let expected, let found):
            "\"\(name)\": shape \(shape) of \(elementType) needs \(expected) bytes, the offsets give "
                + "\(found)"
        case .overlap(let first, let second, let offset):
            "\"\(second)\" starts at \(offset), inside \"\(first)\""
        case .hole(let offset, let length):
            "\(length) bytes at offset \(offset) of the data belong to no array"
        case .reservedName(let name): "an array cannot be named \"\(name)\""
        }
    }
}
