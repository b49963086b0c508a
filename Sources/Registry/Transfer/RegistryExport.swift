import TandemBasics
import TandemDatasets

/// The contents of all tables of a registry as JSON.
///
/// `{"format": "tandem-registry", "schema_version": 1, "tables": {NAME: [{COLUMN: VALUE, ...}, ...], ...}}`, one row
/// a line, rows in the order of their registration. JSON columns stand as JSON, not as text. Exporting what was
/// imported gives the same bytes. Who holds the lock of retraining is left out.
public struct RegistryExport: Sendable {
    static let format = "tandem-registry"

    let path: String
    /// The rows of each table, in the order of ``Schema/exportedTables``.
    let tables: [(name: String, rows: [JSONValue])]

    /// Reads an export and checks that it is one, with all tables and no others.
    ///
    /// - Throws: `RegistryError.notAnExport` when it is something else; `RegistryError.importFile`.
    public init(_ path: String) throws(RegistryError) {
        self.path = path
        let content: JSONValue
        do {
            content = try JSONValue.parse(try WholeFile.read(path))
        } catch {
            throw .importFile(path: path, "\(error)")
        }
        guard content["format"] == .string(Self.format),
            case .integer(let version) = content["schema_version"],
            case .object(let members) = content["tables"]
        else {
            throw .notAnExport(path: path)
        }
        guard version == Schema.version else {
            throw .importFile(
                path: path,
                "written for schema \(version), this program knows schema \(Schema.version); "
                    + "use the version of the program that wrote it")
        }
        if let unknown = members.first(where: { !Schema.exportedTables.contains($0.name) }) {
            throw .importFile(path: path, "there is no table '\(unknown.name)'")
        }
        var tables: [(name: String, rows: [JSONValue])] = []
        for name in Schema.exportedTables {
            guard case .array(let rows) = content["tables"]?[name] else {
                throw .importFile(path: path, "no list of rows for the table '\(name)'")
            }
            tables.append((name, rows))
        }
        self.tables = tables
    }
}

extension ModelRegistry {
    /// Writes all tables to a file, as they stand at one moment; see ``RegistryExport``.
    ///
    /// - Parameter path: the file; what is there is replaced only when everything has been written.
    /// - Returns: the number of rows.
    /// - Throws: `RegistryError.exportOverRegistry` when `path` is the registry itself; `RegistryError.database`;
    ///   `FileError` when the file cannot be written.
    @discardableResult
    public func export(to path: String) throws -> Int {
        for suffix in ["", "-wal", "-shm"]
        where DatabaseFile.isSame(path, database.path + suffix) {
            throw RegistryError.exportOverRegistry(path: path)
        }
        let (text, count) = try database.snapshot {
            var count = 0
            let tables = try Schema.exportedTables.map { table in
                let rows = try rowTexts(of: table)
                count += rows.count
                let list = rows.isEmpty ? "[]" : "[\n" + rows.joined(separator: ",\n") + "\n]"
                return "\"\(table)\": \(list)"
            }
            let head =
                "{\"format\": \"\(RegistryExport.format)\", "
                + "\"schema_version\": \(Schema.version), \"tables\": {\n"
            return (head + tables.joined(separator: ",\n") + "\n}}\n", count)
        }
        try AtomicFile.write(text, to: path)
        return count
    }

    private func rowTexts(of table: String) throws -> [String] {
        var texts: [String] = []
        try database.forEachRow("SELECT * FROM \(table) ORDER BY rowid") { row in
            let members = try row.columns.map { column in
                JSONMember(column, try jsonValue(of: column, in: row))
            }
            texts.append(try JSONValue.object(members).text())
        }
        return texts
    }

    private func jsonValue(of column: String, in row: DatabaseRow) throws -> JSONValue {
        if Schema.jsonColumns.contains(column) {
            return try row.value(column, as: JSONValue?.self) ?? .null
        }
        return switch try row.value(column, as: DatabaseValue.self) {
        case .null: .null
        case .integer(let value): .integer(value)
        case .real(let value): .number(value)
        case .text(let value): .string(value)
        }
    }
}
