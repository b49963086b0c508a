public import TandemBasics
import TandemDatasets

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
    /// History is walked back: a second rollback goes further back and not forward again. Archived versions are passed
    /// over. The active version becomes deprecated, and its rollout watch is closed.
    ///
    /// - Parameters:
    ///   - type: the type of the versions.
    ///   - action: `rollback`, or `automaticRollback`.
    ///   - reason: kept in the history.
    ///   - detail: further figures for the history.
    /// - Returns: the two versions.
    /// - Throws: `RegistryError.nothingToRollBackTo`; `RegistryError.model` when the file of the version to go back to
    ///   is gone or another one. If it cannot be put back, archiving that version lets a rollback go further.
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
