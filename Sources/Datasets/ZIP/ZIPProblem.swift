/// What is wrong with the ZIP container of a `.npz` file.
public enum ZIPProblem: Error, Equatable, Sendable {
    /// No end-of-central-directory record: not a ZIP file, or a truncated one.
    case noDirectory
    /// The archive is split over several files.
    case multipleDisks
    /// A record lies outside the file, or two numbers that must agree do not.
    case inconsistent(String)
    /// Two members occupy the same bytes.
    case overlap(first: String, second: String)
    /// Two members have the same name.
    case duplicateName(String)
    /// A member's name is not UTF-8, or it is empty.
    case invalidName([UInt8])
    /// A member is encrypted.
    case encrypted(member: String)
    /// A member is compressed by another method than stored (0) or deflated (8).
    case unsupportedMethod(member: String, method: Int)
    /// A member claims to unpack to more bytes than allowed.
    case tooLarge(member: String, size: Int, limit: Int)
    /// A member claims to unpack to more than its packed bytes can hold.
    case impossibleRatio(member: String, size: Int, compressedSize: Int)
    /// The packed bytes are damaged, or unpack to another size than claimed.
    case damagedData(member: String, expected: Int, reason: String)
    /// The unpacked bytes have another checksum than stored.
    case checksum(member: String, expected: UInt32, found: UInt32)
    /// A member of an `.npz` file is not a `.npy` file.
    case notAnArray(member: String)
    /// zlib could not start.
    case compressionFailed(code: Int32)
}

extension ZIPProblem: CustomStringConvertible {
    /// What is wrong, with the values, and what to do.
    public var description: String {
        switch self {
        case .noDirectory:
            "not a ZIP file, or a truncated one: no end-of-central-directory record"
        case .multipleDisks: "the archive is split over several files; join them first"
        case .inconsistent(let text): "damaged archive: \(text)"
        case .overlap(let first, let second):
            "damaged archive: \"\(first)\" and \"\(second)\" occupy the same bytes"
        case .duplicateName(let name): "two members are named \"\(name)\""
        case .invalidName(let bytes): "a member has an invalid name: bytes \(bytes)"
        case .encrypted(let member): "\"\(member)\" is encrypted; decrypt the archive first"
        case .unsupportedMethod(let member, let method):
            "\"\(member)\" uses compression method \(method); only stored (0) and deflated (8) "
                + "are supported: save it with numpy.savez or savez_compressed"
        case .tooLarge(let member, let size, let limit):
            "\"\(member)\" unpacks to \(size) bytes, above the limit of \(limit); raise the limit "
                + "if you trust the file"
        case .impossibleRatio(let member, let size, let compressedSize):
            "\"\(member)\" claims \(size) bytes unpacked from \(compressedSize), more than deflate "
                + "can do: the archive is damaged or hostile"
        case .damagedData(let member, let expected, let reason):
            "\"\(member)\" does not unpack to its \(expected) bytes: \(reason)"
        case .checksum(let member, let expected, let found):
            "\"\(member)\" is damaged: CRC-32 is \(found), the archive says \(expected)"
        case .notAnArray(let member): "\"\(member)\" is not a .npy array"
        case .compressionFailed(let code): "zlib could not start (code \(code))"
        }
    }
}
