public import TandemBasics

/// What a switch did.
public struct SwitchResult: Equatable, Sendable {
    /// The version that served before; nil if none did.
    public let from: String?
    /// The version that serves now.
    public let to: String
    /// False when it served already.
    public let isChange: Bool
}

extension ModelRegistry {
    /// Lets a version serve in place of the active one, which becomes deprecated.
    ///
    /// The running test of the new version ends, and a rollout watch begins, which takes the place of an older one.
    /// Switching to the active version changes nothing. Throws `RegistryError` when the version is unknown or
    /// archived, or its file is gone or another one.
    @discardableResult
    public func switchVersion(
        to version: String, of type: ModelType,
        watch settings: RolloutWatchSettings = RolloutWatchSettings()
    ) throws -> SwitchResult {
        try database.transaction {
            let new = try self.version(version, of: type)
            if new.isActive { return SwitchResult(from: version, to: version, isChange: false) }
            if new.status == .archived {
                throw refusal("switch to", new, "archived versions never serve again")
            }
            try requireModel(of: new)
            let old = try activeVersion(of: type)
            let now = database.clock.now()
            try replaceActive(old, by: new, at: now)
            try record(
                .switch, type, from: old?.version, to: version, detail: testShare(of: new), at: now)
            try openWatch(type, from: old?.version, to: version, settings: settings, at: now)
            return SwitchResult(from: old?.version, to: version, isChange: true)
        }
    }

    /// Gives up a version in staging; it can still be switched to.
    ///
    /// Its running test ends.
    public func deprecate(_ version: String, of type: ModelType) throws {
        try retire(version, of: type, action: .deprecate, to: .deprecated)
    }

    /// Retires a version for good: it is never switched to, tested or rolled back to again.
    ///
    /// Its running test ends.
    ///
    /// - Throws: `RegistryError.refused` for the active version, and for one that is archived already.
    public func archive(_ version: String, of type: ModelType) throws {
        try retire(version, of: type, action: .archive, to: .archived)
    }

    /// Sets the weight of a version, limited to 0...1; the old one is kept in the history.
    ///
    /// - Returns: the effective weights before and after.
    /// - Throws: `RegistryError` for NaN, and for unknown and archived versions.
    @discardableResult
    public func setWeight(
        _ weight: Double, of version: String, type: ModelType
    ) throws -> (old: Double, new: Double) {
        if weight.isNaN { throw RegistryError.invalidWeight(weight) }
        let limited = min(max(weight, 0), 1)
        return try database.transaction {
            let present = try self.version(version, of: type)
            if present.status == .archived {
                throw refusal("set the weight of", present, "archived versions never serve again")
            }
            let now = database.clock.now()
            try update(version, of: type, at: now, ["current_weight": limited])
            try record(
                .weight, type, to: version,
                detail: [
                    JSONMember("old_weight", .number(present.effectiveWeight)),
                    JSONMember("new_weight", .number(limited)),
                ], at: now)
            return (present.effectiveWeight, limited)
        }
    }

    /// Makes `new` the active version; the database allows only one at any moment.
    func replaceActive(_ old: VersionRecord?, by new: VersionRecord, at now: Moment) throws {
        if let old { try setStatus(.deprecated, of: old, at: now) }
        try setStatus(.active, of: new, at: now)
    }

    /// The error that an action is not allowed in the status of the version.
    func refusal(_ action: String, _ record: VersionRecord, _ advice: String) -> RegistryError {
        .refused(
            action: action, type: record.type.name, version: record.version,
            status: record.status, advice)
    }

    private func retire(
        _ version: String, of type: ModelType, action: DeploymentAction, to status: VersionStatus
    ) throws {
        try database.transaction {
            let present = try self.version(version, of: type)
            switch present.status {
            case .active:
                throw refusal(
                    action.rawValue, present, "it serves; switch to another version first")
            case status:
                throw refusal(action.rawValue, present, "there is nothing to do")
            case .archived:
                throw refusal(action.rawValue, present, "archived versions stay archived")
            default: break
            }
            let now = database.clock.now()
            try setStatus(status, of: present, at: now)
            try record(
                action, type, to: version,
                detail: [JSONMember("old_status", .string(present.status.rawValue))]
                    + testShare(of: present), at: now)
        }
    }

    /// The share of users in the test that a change of status ends, for the history.
    private func testShare(of record: VersionRecord) -> [JSONMember] {
        record.testFraction.map { [JSONMember("ab_traffic", .number($0))] } ?? []
    }

    /// Tests belong to staging, so every change of status ends one.
    private func setStatus(
        _ status: VersionStatus, of record: VersionRecord, at now: Moment
    ) throws {
        try update(
            record.version, of: record.type, at: now,
            ["status": status, "ab_traffic": DatabaseValue.null])
    }
}

/// What a rollback did.
public struct RollbackResult: Equatable, Sendable {
    /// The version that served and is deprecated now.
    public let from: String
    /// The version that serves again.
    public let to: String
}

extension ModelRegistry {
    /// Lets the version that served before the active one serve again.
    ///
    /// History is walked back: a second rollback goes further back and not forward again. Archived versions are
    /// passed over. The active version becomes deprecated, and its rollout watch is closed. The action, `rollback`
    /// or `automaticRollback`, stands in the history with its reason and detail. Throws
    /// `RegistryError.nothingToRollBackTo`; `RegistryError.model` when the file of the version to go back to is
    /// gone or another one. If it cannot be put back, archiving that version lets a rollback go further.
    @discardableResult
    public func rollBack(
        _ type: ModelType, action: DeploymentAction = .rollback, reason: String? = nil,
        detail: [JSONMember] = []
    ) throws -> RollbackResult {
        try database.transaction {
            let active = try activeVersion(of: type)
            guard let active, let target = try rollbackTarget(of: active) else {
                throw RegistryError.nothingToRollBackTo(type: type.name, active: active?.version)
            }
            try requireModel(of: target)
            let now = database.clock.now()
            try replaceActive(active, by: target, at: now)
            try record(
                action, type, from: active.version, to: target.version,
                detail: [JSONMember("reason", JSONValue(reason))] + detail, at: now)
            try closeWatch(type)
            return RollbackResult(from: active.version, to: target.version)
        }
    }

    /// The version that a rollback would go to; nil if there is none.
    private func rollbackTarget(of active: VersionRecord) throws -> VersionRecord? {
        var stack = ServiceStack()
        for line in try history(of: active.type) { stack.apply(line) }
        for version in stack.versions.reversed() where version != active.version {
            let record = try self.version(version, of: active.type)
            if record.status != .archived { return record }
        }
        return nil
    }
}

/// The versions that have served, each on top of the one that it replaced; a rollback takes versions off again.
private struct ServiceStack {
    private(set) var versions: [String] = []

    mutating func apply(_ line: Deployment) {
        guard let version = line.toVersion else { return }
        switch line.action {
        case .switch: versions.append(version)
        case .rollback, .automaticRollback:
            while let last = versions.last, last != version {
                versions.removeLast()
            }
            if versions.isEmpty { versions.append(version) }
        default: break
        }
    }
}

/// What decides whether users have become less satisfied since a switch.
public struct RolloutWatchSettings: Equatable, Sendable {
    /// How many of the latest scores before the switch make the baseline.
    public var baselineScores = 20
    /// Fewer scores than this before the switch tell nothing.
    public var minimumBaselineScores = 8
    /// Fewer scores than this after the switch tell nothing.
    public var minimumLaterScores = 12
    /// The fall of the mean score that leads to a rollback.
    public var rollbackDelta = 0.12

    /// The usual settings.
    public init() {}
}
