extension Database {
    /// All rows of one statement.
    public func rows(
        _ sql: String, _ values: [any DatabaseConvertible] = []
    ) throws -> [DatabaseRow] {
        var rows: [DatabaseRow] = []
        try forEachRow(sql, values) { rows.append($0) }
        return rows
    }

    /// The first row of one statement; nil if it gives none.
    public func firstRow(
        _ sql: String, _ values: [any DatabaseConvertible] = []
    ) throws -> DatabaseRow? {
        try rows(sql, values).first
    }

    /// The only column of the first row of one statement; nil if it gives no row.
    public func value<Value: DatabaseConvertible>(
        _ sql: String, _ values: [any DatabaseConvertible] = [], as type: Value.Type = Value.self
    ) throws -> Value? {
        guard let row = try firstRow(sql, values), let column = row.columns.first else {
            return nil
        }
        return try row.value(column)
    }

    /// Looks for damage in the whole file: its pages, indexes, checks and references.
    ///
    /// - Throws: `DatabaseProblem.corrupt` with the first things found.
    public func checkIntegrity() throws {
        let findings = try rows("PRAGMA integrity_check(5)").map { row in
            try row.value("integrity_check", as: String.self)
        }
        if findings != ["ok"] {
            throw RegistryError.database(
                path: path, .corrupt(findings.joined(separator: "; ")))
        }
        if let row = try firstRow("PRAGMA foreign_key_check") {
            let table: String = try row.value("table")
            let parent: String = try row.value("parent")
            throw RegistryError.database(
                path: path, .corrupt("a row of \(table) refers to a row of \(parent) that is gone"))
        }
    }
}
