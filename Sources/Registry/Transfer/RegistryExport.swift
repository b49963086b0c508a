import TandemBasics

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
    /// Returns the number of rows; what is there is replaced only when everything has been written. Throws
    /// `RegistryError.exportOverRegistry` when `path` is the registry itself; `RegistryError.database`; `FileError`
    /// when the file cannot be written.
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
            texts.append(try JSONValue.object(try row.members()).text())
        }
        return texts
    }
}

extension ModelRegistry {
    /// Fills the tables from an export; everything is taken over, or nothing.
    ///
    /// The contents of a registry that is not empty are given up for it only if it `replaces` them. Returns the
    /// number of rows. Throws `RegistryError.notEmpty`; `RegistryError.importFile` with the table and the row that
    /// do not fit.
    @discardableResult
    public func importTables(_ export: RegistryExport, replaces: Bool = false) throws -> Int {
        try database.transaction {
            if replaces {
                try removeEverything()
            } else {
                try requireEmpty()
            }
            for (table, rows) in export.tables {
                try fill(table, with: rows, from: export.path)
            }
            try requireReadable(export)
            return export.tables.reduce(0) { $0 + $1.rows.count }
        }
    }

    private func requireEmpty() throws {
        for table in Schema.exportedTables {
            let rows: Int = try database.value("SELECT count(*) FROM \(table)") ?? 0
            if rows > 0 {
                throw RegistryError.notEmpty(path: database.path, table: table, rows: rows)
            }
        }
    }

    private func removeEverything() throws {
        try Schema.dropHistoryGuards(in: database)
        for table in Schema.exportedTables.reversed() {
            try database.execute("DELETE FROM \(table)")
        }
        try Schema.createHistoryGuards(in: database)
    }

    private func fill(_ table: String, with rows: [JSONValue], from path: String) throws {
        let columns = try database.rows("PRAGMA table_info(\(table))").map { row in
            try row.value("name", as: String.self)
        }
        for (index, row) in rows.enumerated() {
            let place = "row \(index + 1) of \(table)"
            do {
                try insert(row, into: table, columns: columns)
            } catch let problem as ImportProblem {
                throw RegistryError.importFile(path: path, "\(place): \(problem.text)")
            } catch RegistryError.database(_, .constraint(let problem)) {
                throw RegistryError.importFile(path: path, "\(place): \(problem)")
            }
        }
    }

    private func insert(_ row: JSONValue, into table: String, columns: [String]) throws {
        guard case .object(let members) = row else { throw ImportProblem(text: "no object") }
        if let unknown = members.first(where: { !columns.contains($0.name) }) {
            throw ImportProblem(text: "there is no column '\(unknown.name)'")
        }
        let values = try columns.map { column in
            guard let value = row[column] else {
                throw ImportProblem(text: "the column '\(column)' is missing")
            }
            return try databaseValue(of: value, column: column)
        }
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        try database.execute(
            "INSERT INTO \(table)(\(columns.joined(separator: ", "))) VALUES (\(places))", values)
    }

    private func databaseValue(of value: JSONValue, column: String) throws -> DatabaseValue {
        if value == .null { return .null }
        if Schema.jsonColumns.contains(column) { return try value.databaseValue }
        switch value {
        case .integer(let value): return .integer(value)
        case .number(let value): return .real(value)
        case .string(let text):
            if Schema.momentColumns.contains(column), Moment(text)?.description != text {
                throw ImportProblem(
                    text: "'\(text)' in the column '\(column)' is no time such as "
                        + "2026-01-31T23:59:59.000Z")
            }
            return .text(text)
        default:
            throw ImportProblem(text: "the column '\(column)' holds no number and no text")
        }
    }

    /// The tables check numbers and references; names are checked by reading them.
    private func requireReadable(_ export: RegistryExport) throws {
        do {
            _ = try versions()
            _ = try history()
        } catch RegistryError.database(_, .unexpectedValue(let column, let found)) {
            throw RegistryError.importFile(
                path: export.path, "the column '\(column)' cannot hold \(found)")
        }
    }
}

/// What is wrong with one row.
private struct ImportProblem: Error {
    let text: String
}
