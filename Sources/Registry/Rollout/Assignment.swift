public import TandemBasics

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
    /// That is `candidate` if the user's position lies below the fraction, else `control`; an unknown user, nil or
    /// empty, is never given the candidate.
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

/// The version that a user is served, and why.
public struct ServedVersion: Equatable, Sendable {
    /// The type of the versions.
    public let type: ModelType
    /// The user; nil or empty for an unknown one.
    public let user: String?
    /// The version that the user is served.
    public let record: VersionRecord
    /// `candidate` or `control`.
    public let group: TestGroup
    /// The user's group in the experiment of formula against formula with model.
    public let formulaGroup: TestGroup
    /// The version under test; nil without a test.
    public let tested: VersionRecord?

    /// The user's place in the test, in `0..<1`; nil without a test or for an unknown user.
    public var position: Double? {
        guard let tested, let user, !user.isEmpty else { return nil }
        return Assignment.position(of: user, type: type, version: tested.version)
    }

    /// The assignment as a JSON object.
    public var json: JSONValue {
        [
            "model_type": .string(type.name), "user": JSONValue(user),
            "version": .string(record.version), "group": .string(group.rawValue),
            "formula_group": .string(formulaGroup.rawValue),
            "weight": .number(record.effectiveWeight), "model_path": JSONValue(record.modelPath),
            "tested_version": JSONValue(tested?.version),
            "ab_traffic": JSONValue(tested?.testFraction), "position": JSONValue(position),
        ]
    }
}

extension ModelRegistry {
    /// The version that a user is served at the moment.
    ///
    /// An unknown user, nil or empty, gets the active version. Throws `RolloutError.noActiveVersion`.
    public func assign(_ user: String?, of type: ModelType) throws -> ServedVersion {
        try database.snapshot {
            try ServingState(self, type).served(user)
        }
    }
}

/// The versions that users are served, read once for many users.
struct ServingState {
    let type: ModelType
    let active: VersionRecord?
    let tested: VersionRecord?

    init(_ registry: ModelRegistry, _ type: ModelType) throws {
        self.type = type
        active = try registry.activeVersion(of: type)
        tested = try registry.versionInTest(of: type)
    }

    func served(_ user: String?) throws(RolloutError) -> ServedVersion {
        guard let active else { throw .noActiveVersion(type: type.name) }
        let group =
            tested.map {
                Assignment.group(
                    of: user, type: type, version: $0.version, fraction: $0.testFraction ?? 0)
            } ?? .control
        return ServedVersion(
            type: type, user: user, record: group == .candidate ? tested ?? active : active,
            group: group, formulaGroup: Assignment.formulaExperimentGroup(of: user),
            tested: tested)
    }

    /// The group of the users that a version serves at the moment.
    func group(of version: String) throws(RolloutError) -> TestGroup {
        switch version {
        case tested?.version: return .candidate
        case active?.version: return .control
        default: throw .noGroupForVersion(type: type.name, version: version)
        }
    }

    /// The version that serves a group; nil for the formula, which is none.
    func version(of group: TestGroup) throws(RolloutError) -> String? {
        switch group {
        case .formulaBased: return nil
        case .control, .hybrid:
            if let active { return active.version }
        case .candidate:
            if let tested { return tested.version }
        }
        throw .noVersionForGroup(type: type.name, group: group.rawValue)
    }
}
