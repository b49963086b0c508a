public import TandemBasics

/// The versions of models, which of them serves, and how that came about, kept in one SQLite file.
///
/// Every change is one transaction and leaves a line in the history. Several processes may use one file; a value of
/// this type belongs to one thread.
public struct ModelRegistry {
    /// The connection.
    public let database: Database

    /// The registry in an open database.
    public init(_ database: Database) {
        self.database = database
    }

    /// All versions in the order of registration; nil as type means those of all types.
    public func versions(of type: ModelType? = nil) throws -> [VersionRecord] {
        try database.rows(
            "SELECT * FROM model_versions WHERE ?1 IS NULL OR model_type = ?1 ORDER BY rowid",
            [type]
        ).map { try VersionRecord($0) }
    }

    /// The version of this name.
    ///
    /// - Throws: `RegistryError.unknownVersion`, which lists those that there are.
    public func version(_ version: String, of type: ModelType) throws -> VersionRecord {
        if let record = try versionIfPresent(version, of: type) { return record }
        throw RegistryError.unknownVersion(
            type: type.name, version: version, known: try versions(of: type).map(\.version))
    }

    func versionIfPresent(_ version: String, of type: ModelType) throws -> VersionRecord? {
        try database.firstRow(
            "SELECT * FROM model_versions WHERE model_type = ? AND version = ?", [type, version]
        ).map { try VersionRecord($0) }
    }

    /// The version that serves; nil if none does.
    public func activeVersion(of type: ModelType) throws -> VersionRecord? {
        try database.firstRow(
            "SELECT * FROM model_versions WHERE model_type = ? AND status = 'active'", [type]
        ).map { try VersionRecord($0) }
    }

    /// The history, oldest line first; nil as type means that of all types.
    public func history(of type: ModelType? = nil) throws -> [Deployment] {
        try database.rows(
            "SELECT * FROM deployments WHERE ?1 IS NULL OR model_type = ?1 ORDER BY id", [type]
        ).map { try Deployment($0) }
    }

    /// Adds a line to the history: what is done to the version `to`, which takes the place of `from` where it serves.
    ///
    /// - Throws: `RegistryError.database`, for one when a version is not registered.
    public func record(
        _ action: DeploymentAction, _ type: ModelType, from: String? = nil, to: String?,
        detail: [JSONMember] = [], at: Moment
    ) throws {
        try database.insert(
            into: "deployments",
            [
                "model_type": type, "action": action, "from_version": from, "to_version": to,
                "detail": JSONValue.object(detail), "at": at,
            ])
    }

    /// Sets columns of a version.
    func update(
        _ version: String, of type: ModelType, at now: Moment,
        _ columns: KeyValuePairs<String, any DatabaseConvertible>
    ) throws {
        let places = columns.map { "\($0.key) = ?, " }.joined()
        try database.execute(
            "UPDATE model_versions SET \(places)updated_at = ? WHERE model_type = ? AND version = ?",
            columns.map(\.value) + [now, type, version])
    }
}

/// What was done to a version, as the history names it.
public enum DeploymentAction: String, CaseIterable, Sendable, DatabaseConvertible {
    /// A version was registered.
    case register
    /// The registration of a version in staging was replaced by another.
    case replace
    /// The weight of a version was set.
    case weight
    /// A version became the active one.
    case `switch`
    /// The version that was active before became the active one again.
    case rollback
    /// The same, because users had become less satisfied.
    case automaticRollback = "auto_rollback"
    /// A version was given up.
    case deprecate
    /// A version was retired for good.
    case archive
    /// A test began.
    case testStart = "ab_start"
    /// A test was given another share of the users.
    case testStage = "ab_stage"
    /// A test was ended.
    case testStop = "ab_stop"
    /// A version was trained again from logged outcomes.
    case retrain
}

/// One line of the history, which only grows.
public struct Deployment: Equatable, Sendable {
    /// Grows with every line.
    public let identifier: Int
    /// The type of the versions.
    public let type: ModelType
    /// What was done.
    public let action: DeploymentAction
    /// The version that stopped serving, where one did.
    public let fromVersion: String?
    /// The version that it was done to.
    public let toVersion: String?
    /// Old values, reasons and figures: a JSON object.
    public let detail: JSONValue
    /// When.
    public let at: Moment
    /// The line as a JSON object with the table's columns.
    public let json: JSONValue

    /// Reads a row of the table `deployments`.
    init(_ row: DatabaseRow) throws(RegistryError) {
        identifier = try row.value("id")
        type = try row.value("model_type")
        action = try row.value("action")
        fromVersion = try row.value("from_version")
        toVersion = try row.value("to_version")
        detail = try row.value("detail")
        at = try row.value("at")
        json = .object(try row.members())
    }
}
