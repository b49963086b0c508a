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
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), 0x30...0x39, UInt8(ascii: "_"): true
            default: false
            }
        }
        guard let first = name.utf8.first, first >= UInt8(ascii: "a"), name.utf8.count <= 50,
            allowed
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
    /// The stored form.
    public var databaseValue: DatabaseValue { get throws(DatabaseProblem) { .text(name) } }

    /// The type of a stored name; nil for anything else.
    public init?(databaseValue: DatabaseValue) {
        guard case .text(let name) = databaseValue, let type = try? ModelType(name) else {
            return nil
        }
        self = type
    }
}
