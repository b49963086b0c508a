import TandemBasics
import TandemDevices

/// Which users belong to a test; a matter of hashes alone, so that no table of users is kept.
///
/// A user stays in the group while the fraction stays, a larger fraction only adds users to the candidate, and tests
/// of different versions are independent because the version's name is in the hashed text.
public enum Assignment {
    /// The first eight bytes of SHA-256 of `type|version|user` in UTF-8, as a big-endian number.
    public static func number(of user: String, type: ModelType, version: String) -> UInt64 {
        SHA256.hash(Array("\(type.name)|\(version)|\(user)".utf8)).prefix(8)
            .reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The user's place in the test of a version, in `0..<1`: the highest 53 bits of the number, times 2^-53.
    public static func position(of user: String, type: ModelType, version: String) -> Double {
        Double(number(of: user, type: type, version: version) >> 11) * 0x1p-53
    }

    /// The user's group in the test of a version.
    ///
    /// - Parameters:
    ///   - user: the user's identifier; nil or empty for an unknown user, who is never given the candidate.
    ///   - type: the type of the version under test.
    ///   - version: the version under test.
    ///   - fraction: the share of the users that gets it.
    /// - Returns: `candidate` if the user's position lies below the fraction, else `control`.
    public static func group(
        of user: String?, type: ModelType, version: String, fraction: Double
    ) -> TestGroup {
        guard let user, !user.isEmpty else { return .control }
        return position(of: user, type: type, version: version) < fraction ? .candidate : .control
    }

    /// The user's group in the lasting experiment of formula against formula with model, about half of the users each.
    ///
    /// Goes by the first byte of SHA-256 of the identifier alone: below 128 `hybrid`, else `formulaBased`. An unknown
    /// user gets the formula.
    public static func formulaExperimentGroup(of user: String?) -> TestGroup {
        guard let user, !user.isEmpty else { return .formulaBased }
        return SHA256.hash(Array(user.utf8))[0] < 128 ? .hybrid : .formulaBased
    }
}

/// What a user was shown in an experiment.
public enum TestGroup: String, CaseIterable, Sendable, DatabaseConvertible {
    /// The active version.
    case control
    /// The version under test.
    case candidate
    /// The score of the formula alone.
    case formulaBased
    /// The formula's score mixed with the model's.
    case hybrid
}
