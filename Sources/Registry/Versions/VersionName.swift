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
        let allowed = name.allSatisfy { character in
            character.isASCII
                && (character.isLetter || character.isNumber || "._-+".contains(character))
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

/// What a model computes; every type has versions and an active version of its own.
public struct ModelType: Hashable, Sendable, CustomStringConvertible {
    /// The name, such as `calling_score`.
    public let name: String

    /// Predicts the outcome score of a call from 39 features.
    public static let callingScore = ModelType(known: "calling_score")
    /// Predicts the probability of a positive outcome from 45 features.
    public static let outcome = ModelType(known: "outcome")

    /// The type of this name.
    ///
    /// - Throws: `RegistryError.invalidName` unless the name begins with a lower-case letter and has at most 50
    ///   lower-case letters, digits and underscores.
    public init(_ name: String) throws(RegistryError) {
        guard let first = name.utf8.first, first >= UInt8(ascii: "a"), name.utf8.count <= 50,
            name.utf8.allSatisfy({ "abcdefghijklmnopqrstuvwxyz0123456789_".utf8.contains($0) })
        else {
            throw .invalidName(
                kind: "model type", name: name,
                rule: "use at most 50 lower-case letters, digits and underscores, the first a "
                    + "letter, for example calling_score")
        }
        self.name = name
    }

    private init(known name: String) {
        self.name = name
    }

    /// The number of features that a model of this type takes; nil where any number will do.
    public var inputWidth: Int? { Self.inputWidths[self] }

    /// Whether the outputs are scores or probabilities, from 0 to 1; other tables may have any numbers as labels.
    public var givesShares: Bool { inputWidth != nil }

    private static let inputWidths: [ModelType: Int] = [.callingScore: 39, .outcome: 45]

    /// The name.
    public var description: String { name }
}

extension ModelType: DatabaseConvertible {
    package var databaseValue: DatabaseValue { get throws(DatabaseProblem) { .text(name) } }

    package init?(databaseValue: DatabaseValue) {
        guard let name = databaseValue.text, let type = try? ModelType(name) else { return nil }
        self = type
    }
}
