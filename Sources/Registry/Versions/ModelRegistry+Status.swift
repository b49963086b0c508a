import TandemBasics
import TandemDatasets

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
    /// Switching to the active version changes nothing.
    ///
    /// - Parameters:
    ///   - version: a version in staging or a deprecated one.
    ///   - type: its type.
    ///   - settings: what the watch will go by.
    /// - Returns: what was done.
    /// - Throws: `RegistryError` when the version is unknown or archived, or its file is gone or another one.
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
            var detail: [JSONMember] = []
            if let fraction = new.testFraction {
                detail.append(JSONMember("ab_traffic", .number(fraction)))
            }
            try record(.switch, type, from: old?.version, to: version, detail: detail, at: now)
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
            try database.execute(
                "UPDATE model_versions SET current_weight = ?, updated_at = ? "
                    + "WHERE model_type = ? AND version = ?",
                [limited, now, type, version])
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
            var detail = [JSONMember("old_status", .string(present.status.rawValue))]
            if let fraction = present.testFraction {
                detail.append(JSONMember("ab_traffic", .number(fraction)))
            }
            try record(action, type, to: version, detail: detail, at: now)
        }
    }

    /// Tests belong to staging, so every change of status ends one.
    private func setStatus(
        _ status: VersionStatus, of record: VersionRecord, at now: Moment
    ) throws {
        try database.execute(
            "UPDATE model_versions SET status = ?, ab_traffic = NULL, updated_at = ? "
                + "WHERE model_type = ? AND version = ?",
            [status, now, record.type, record.version])
    }
}
