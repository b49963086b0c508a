import TandemBasics

/// A value as SQLite stores it.
package enum DatabaseValue: Equatable, Sendable {
    case null
    case integer(Int)
    /// A finite number.
    case real(Double)
    case text(String)

    /// The text, nil for any other kind of value.
    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}

/// A type whose values stand in the columns of a table.
package protocol DatabaseConvertible {
    /// The stored form; throws a ``DatabaseProblem`` for a value that cannot be stored.
    var databaseValue: DatabaseValue { get throws(DatabaseProblem) }

    /// The value of a stored form, or nil if the form is not one of this type.
    init?(databaseValue: DatabaseValue)
}

extension DatabaseValue: DatabaseConvertible {
    package var databaseValue: DatabaseValue { get throws(DatabaseProblem) { self } }

    package init?(databaseValue: DatabaseValue) { self = databaseValue }
}

/// What has a text of its own is stored as that.
extension DatabaseConvertible where Self: LosslessStringConvertible {
    package var databaseValue: DatabaseValue { get throws(DatabaseProblem) { .text(description) } }

    package init?(databaseValue: DatabaseValue) {
        guard let text = databaseValue.text else { return nil }
        self.init(text)
    }
}

extension String: DatabaseConvertible {}

extension Moment: DatabaseConvertible {}

/// An enumeration of texts is stored as its text.
extension DatabaseConvertible where Self: RawRepresentable, RawValue == String {
    package var databaseValue: DatabaseValue { get throws(DatabaseProblem) { .text(rawValue) } }

    package init?(databaseValue: DatabaseValue) {
        guard let text = databaseValue.text else { return nil }
        self.init(rawValue: text)
    }
}

extension Int: DatabaseConvertible {
    package var databaseValue: DatabaseValue { get throws(DatabaseProblem) { .integer(self) } }

    package init?(databaseValue: DatabaseValue) {
        guard case .integer(let value) = databaseValue else { return nil }
        self = value
    }
}

/// Stored as 0 or 1.
extension Bool: DatabaseConvertible {
    package var databaseValue: DatabaseValue {
        get throws(DatabaseProblem) { .integer(self ? 1 : 0) }
    }

    package init?(databaseValue: DatabaseValue) {
        switch databaseValue {
        case .integer(0): self = false
        case .integer(1): self = true
        default: return nil
        }
    }
}

/// SQLite would store NaN as nothing, silently; here it is refused.
extension Double: DatabaseConvertible {
    package var databaseValue: DatabaseValue {
        get throws(DatabaseProblem) {
            guard isFinite else { throw .nonFiniteNumber("\(self)") }
            return .real(self)
        }
    }

    package init?(databaseValue: DatabaseValue) {
        switch databaseValue {
        case .real(let value): self = value
        case .integer(let value): self = Double(value)
        default: return nil
        }
    }
}

/// Stored as JSON text on one line.
extension JSONValue: DatabaseConvertible {
    package var databaseValue: DatabaseValue {
        get throws(DatabaseProblem) {
            do throws(JSONProblem) {
                return .text(try text())
            } catch {
                throw .nonFiniteNumber(error.description)
            }
        }
    }

    package init?(databaseValue: DatabaseValue) {
        guard let text = databaseValue.text, let value = try? JSONValue.parse(Array(text.utf8))
        else { return nil }
        self = value
    }
}

/// Stored as null or as the value itself.
extension Optional: DatabaseConvertible where Wrapped: DatabaseConvertible {
    package var databaseValue: DatabaseValue {
        get throws(DatabaseProblem) { try self?.databaseValue ?? .null }
    }

    package init?(databaseValue: DatabaseValue) {
        if databaseValue == .null {
            self = .none
        } else if let value = Wrapped(databaseValue: databaseValue) {
            self = value
        } else {
            return nil
        }
    }
}

/// One row of a result, its columns known by name.
package struct DatabaseRow: Sendable {
    let path: String
    /// The names of the columns, in the order of the query.
    package let columns: [String]
    /// The values, in the same order.
    package let values: [DatabaseValue]

    /// The value of a column as the type that is asked for.
    ///
    /// - Throws: `DatabaseProblem.unexpectedValue` if the column is not there or holds something else.
    package func value<Value: DatabaseConvertible>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(RegistryError) -> Value {
        guard let index = columns.firstIndex(of: column) else {
            throw .database(
                path: path, .unexpectedValue(column: column, found: "nothing: it is missing"))
        }
        guard let value = Value(databaseValue: values[index]) else {
            throw .database(
                path: path, .unexpectedValue(column: column, found: "\(values[index])"))
        }
        return value
    }

    /// The row as members of a JSON object, the columns of JSON as JSON.
    func members() throws(RegistryError) -> [JSONMember] {
        var members: [JSONMember] = []
        for (column, stored) in zip(columns, values) {
            let value: JSONValue =
                switch stored {
                case .text where Schema.jsonColumns.contains(column): try value(column)
                case .null: .null
                case .integer(let value): .integer(value)
                case .real(let value): .number(value)
                case .text(let value): .string(value)
                }
            members.append(JSONMember(column, value))
        }
        return members
    }
}

extension Database {
    /// All rows of one statement.
    package func rows(
        _ sql: String, _ values: [any DatabaseConvertible] = []
    ) throws -> [DatabaseRow] {
        var rows: [DatabaseRow] = []
        try forEachRow(sql, values) { rows.append($0) }
        return rows
    }

    /// The first row of one statement; nil if it gives none.
    package func firstRow(
        _ sql: String, _ values: [any DatabaseConvertible] = []
    ) throws -> DatabaseRow? {
        try rows(sql, values).first
    }

    /// The only column of the first row of one statement; nil if it gives no row.
    package func value<Value: DatabaseConvertible>(
        _ sql: String, _ values: [any DatabaseConvertible] = [], as type: Value.Type = Value.self
    ) throws -> Value? {
        guard let row = try firstRow(sql, values), let column = row.columns.first else {
            return nil
        }
        return try row.value(column)
    }

    /// Adds a row of the given columns to a table; `addition` stands at the end of the statement.
    func insert(
        into table: String, _ row: KeyValuePairs<String, any DatabaseConvertible>,
        _ addition: String = ""
    ) throws {
        let columns = row.map(\.key).joined(separator: ", ")
        let places = row.map { _ in "?" }.joined(separator: ", ")
        try execute(
            "INSERT INTO \(table)(\(columns)) VALUES (\(places)) \(addition)", row.map(\.value))
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
