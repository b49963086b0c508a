public import TandemBasics
import TandemDatasets

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
        let rows =
            if let type {
                try database.rows(
                    "SELECT * FROM model_versions WHERE model_type = ? ORDER BY rowid", [type])
            } else {
                try database.rows("SELECT * FROM model_versions ORDER BY rowid")
            }
        return try rows.map { try VersionRecord($0) }
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
        let rows =
            if let type {
                try database.rows(
                    "SELECT * FROM deployments WHERE model_type = ? ORDER BY id", [type])
            } else {
                try database.rows("SELECT * FROM deployments ORDER BY id")
            }
        return try rows.map { try Deployment($0) }
    }

    /// Adds a line to the history.
    ///
    /// - Parameters:
    ///   - action: what is done.
    ///   - type: the type of the versions.
    ///   - from: the version that stops serving, if one does.
    ///   - to: the version that it is done to.
    ///   - detail: old values, reasons and figures.
    ///   - at: when.
    /// - Throws: `RegistryError.database`, for one when a version is not registered.
    public func record(
        _ action: DeploymentAction, _ type: ModelType, from: String? = nil, to: String?,
        detail: [JSONMember] = [], at: Moment
    ) throws {
        try database.execute(
            "INSERT INTO deployments(model_type, action, from_version, to_version, detail, at) "
                + "VALUES (?, ?, ?, ?, ?, ?)",
            [type, action, from, to, JSONValue.object(detail), at])
    }
}
