import TandemBasics
import TandemDatasets

extension ModelRegistry {
    /// Fills the tables from an export; everything is taken over, or nothing.
    ///
    /// - Parameters:
    ///   - export: what to take over.
    ///   - replaces: whether the contents of a registry that is not empty are given up for it.
    /// - Returns: the number of rows.
    /// - Throws: `RegistryError.notEmpty`; `RegistryError.importFile` with the table and the row that do not fit.
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
