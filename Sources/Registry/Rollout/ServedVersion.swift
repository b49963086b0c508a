public import TandemBasics
import TandemDatasets

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
        .object([
            JSONMember("model_type", .string(type.name)),
            JSONMember("user", JSONValue(user)),
            JSONMember("version", .string(record.version)),
            JSONMember("group", .string(group.rawValue)),
            JSONMember("formula_group", .string(formulaGroup.rawValue)),
            JSONMember("weight", .number(record.effectiveWeight)),
            JSONMember("model_path", JSONValue(record.modelPath)),
            JSONMember("tested_version", JSONValue(tested?.version)),
            JSONMember("ab_traffic", JSONValue(tested?.testFraction)),
            JSONMember("position", JSONValue(position)),
        ])
    }
}

extension ModelRegistry {
    /// The version that a user is served at the moment.
    ///
    /// - Parameters:
    ///   - user: the user's identifier; nil or empty for an unknown user, who gets the active version.
    ///   - type: the type of the versions.
    /// - Returns: the version and the groups of the user.
    /// - Throws: `RolloutError.noActiveVersion`.
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
