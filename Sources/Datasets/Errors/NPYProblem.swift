/// What is wrong with a `.npy` file.
public enum NPYProblem: Error, Equatable, Sendable {
    /// The file does not start with `\x93NUMPY`.
    case wrongMagic(found: [UInt8])
    /// The format version is none of 1.0, 2.0, 3.0.
    case unsupportedVersion(major: UInt8, minor: UInt8)
    /// The file ends inside its header.
    case truncatedHeader(expected: Int, found: Int)
    /// The header says that it is longer than any real header.
    case headerTooLong(length: Int, limit: Int)
    /// The header is not the dictionary that the format asks for.
    case malformedHeader(reason: String, header: String)
    /// The element type is not a plain number: objects, strings, records, complex numbers.
    case unsupportedType(String)
    /// The shape is impossible.
    case badShape(HostArrayError)
    /// The file holds fewer bytes than shape and type need.
    case truncatedData(shape: [Int], elementType: ElementType, expected: Int, found: Int)
    /// Bytes follow the array.
    case trailingBytes(count: Int)
    /// A Boolean byte is neither 0 nor 1.
    case invalidBoolean(index: Int, value: UInt8)
    /// The format has no name for this element type.
    case notRepresentable(ElementType)
}

extension NPYProblem: CustomStringConvertible {
    /// What is wrong, with the values, and what to do.
    public var description: String {
        switch self {
        case .wrongMagic(let found):
            "not a .npy file: it starts with the bytes \(found), not \\x93NUMPY"
        case .unsupportedVersion(let major, let minor):
            ".npy format version \(major).\(minor) is not supported; save it as 1.0, 2.0 or 3.0"
        case .truncatedHeader(let expected, let found):
            "the header needs \(expected) bytes, the file has \(found): it is truncated"
        case .headerTooLong(let length, let limit):
            "the header claims \(length) bytes, more than the limit of \(limit)"
        case .malformedHeader(let reason, let header):
            "malformed header: \(reason), in \"\(header)\""
        case .unsupportedType(let descr):
            "element type \(descr) is not supported; save the array as f2, f4, f8, an integer "
                + "type or bool"
        case .badShape(let problem): problem.description
        case .truncatedData(let shape, let elementType, let expected, let found):
            "shape \(shape) of \(elementType) needs \(expected) bytes of data, the file has "
                + "\(found): it is truncated or its header is wrong"
        case .trailingBytes(let count):
            "\(count) bytes follow the array; a .npy file must end with its data"
        case .invalidBoolean(let index, let value):
            "element \(index) of a bool array is the byte \(value), neither 0 nor 1"
        case .notRepresentable(let type):
            "\(type) has no name in the .npy format; convert the array first"
        }
    }
}
