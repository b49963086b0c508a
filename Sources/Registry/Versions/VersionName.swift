/// The parts of a version's name that follows the convention `v{major}.{minor}-{source}`, such as `v1.1-hybrid`.
public struct VersionName: Hashable, Sendable, CustomStringConvertible {
    /// Raised by hand, for a new kind of data or model.
    public let major: Int
    /// Raised with every new model.
    public let minor: Int
    /// A word for the origin of the data.
    public let source: String

    /// A name of these parts.
    public init(major: Int, minor: Int, source: String) {
        self.major = major
        self.minor = minor
        self.source = source
    }

    /// Reads a name; nil if it does not follow the convention.
    public init?(_ name: String) {
        guard name.hasPrefix("v"), let dash = name.firstIndex(of: "-") else { return nil }
        let numbers = name[..<dash].dropFirst().split(
            separator: ".", omittingEmptySubsequences: false)
        let source = name[name.index(after: dash)...]
        guard numbers.count == 2, !source.isEmpty, let major = Self.number(numbers[0]),
            let minor = Self.number(numbers[1])
        else { return nil }
        self.init(major: major, minor: minor, source: String(source))
    }

    private static func number(_ digits: Substring) -> Int? {
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(digits)
    }

    /// The name.
    public var description: String { "v\(major).\(minor)-\(source)" }

    /// The next minor version after the highest pair of major and minor number; v1.0 if there is none.
    ///
    /// Names that do not follow the convention do not count.
    public static func next(after names: [String], source: DataSource) -> VersionName {
        let highest = names.compactMap { VersionName($0) }.max {
            ($0.major, $0.minor) < ($1.major, $1.minor)
        }
        guard let highest else { return VersionName(major: 1, minor: 0, source: source.word) }
        let (minor, overflows) = highest.minor.addingReportingOverflow(1)
        return overflows
            ? VersionName(major: highest.major &+ 1, minor: 0, source: source.word)
            : VersionName(major: highest.major, minor: minor, source: source.word)
    }

    /// Throws `RegistryError.invalidName` unless `name` can be the name of a version.
    ///
    /// Spaces and bars are kept out because names stand in command lines and in the texts that users are assigned by.
    static func check(_ name: String) throws(RegistryError) {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"): true
            default: false
            }
        }
        guard let first = name.utf8.first, first >= 0x30, allowed, name.utf8.count <= 100 else {
            throw .invalidName(
                kind: "version", name: name,
                rule: "use at most 100 letters, digits, dots, underscores, dashes and plus signs, "
                    + "the first a letter or digit, for example v1.1-hybrid")
        }
    }
}

extension DataSource: DatabaseConvertible {
    /// The source that a version's name tells, such as hybrid for `v1.1-hybrid`; nil if it tells none.
    public init?(versionName: String) {
        guard let word = VersionName(versionName)?.source,
            let source = Self.allCases.first(where: { $0.word == word })
        else { return nil }
        self = source
    }
}
