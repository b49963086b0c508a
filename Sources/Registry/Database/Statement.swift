import TandemCSQLite

/// A compiled SQL statement of one database.
final class Statement {
    private let handle: OpaquePointer
    private let columns: [String]

    /// Compiles `sql`; the result is SQLite's code if that fails.
    init(_ sql: String, connection: OpaquePointer) throws(SQLiteFailure) {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(
            connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else {
            throw SQLiteFailure(code, connection: connection, operation: "compiling a statement")
        }
        self.handle = handle
        columns = (0..<sqlite3_column_count(handle)).map { index in
            sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
        }
    }

    deinit { sqlite3_finalize(handle) }

    /// Whether rows of an earlier call are still being read.
    var isBusy: Bool { sqlite3_stmt_busy(handle) != 0 }

    /// Binds the values in order, runs the statement and hands over every row.
    func run(
        _ values: [DatabaseValue], path: String, connection: OpaquePointer,
        _ body: (DatabaseRow) throws -> Void
    ) throws {
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        let expected = Int(sqlite3_bind_parameter_count(handle))
        precondition(values.count == expected, "a statement was given the wrong count of values")
        for (index, value) in values.enumerated() {
            let code = bind(value, at: Int32(index + 1))
            guard code == SQLITE_OK else {
                throw SQLiteFailure(code, connection: connection, operation: "binding a value")
            }
        }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_DONE: return
            case SQLITE_ROW:
                let values = (0..<sqlite3_column_count(handle)).map(column)
                try body(DatabaseRow(path: path, columns: columns, values: values))
            case let code:
                throw SQLiteFailure(code, connection: connection, operation: "running a statement")
            }
        }
    }

    private func bind(_ value: DatabaseValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let value): return sqlite3_bind_int64(handle, index, Int64(value))
        case .real(let value): return sqlite3_bind_double(handle, index, value)
        case .text(var text):
            // SQLITE_TRANSIENT, a cast that Swift does not import: SQLite copies the text.
            let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { bytes in
                    // An empty text may have no address, and SQLite takes that for null.
                    bytes.count == 0
                        ? sqlite3_bind_text(handle, index, "", 0, copies)
                        : sqlite3_bind_text64(
                            handle, index, bytes.baseAddress, UInt64(bytes.count), copies,
                            UInt8(SQLITE_UTF8))
                }
            }
        }
    }

    private func column(_ index: Int32) -> DatabaseValue {
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: return .integer(Int(sqlite3_column_int64(handle, index)))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, index))
        case SQLITE_NULL: return .null
        default:
            // No table holds binary values; a damaged file may, and they read as text.
            let bytes = sqlite3_column_blob(handle, index)
            let count = Int(sqlite3_column_bytes(handle, index))
            let buffer = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)
            return .text(String(decoding: buffer, as: UTF8.self))
        }
    }
}

/// A result of SQLite that is not a success.
struct SQLiteFailure: Error {
    /// The extended result code.
    let code: Int32
    let message: String
    let operation: String

    init(_ code: Int32, connection: OpaquePointer?, operation: String) {
        let extended = connection.map { sqlite3_extended_errcode($0) } ?? code
        self.code = extended & 0xFF == code & 0xFF ? extended : code
        message =
            connection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
            ?? String(cString: sqlite3_errstr(code))
        self.operation = operation
    }

    /// Whether another connection stood in the way.
    var isBusy: Bool { code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED }

    /// The failure as the user is told of it.
    func problem(busySeconds: Double) -> DatabaseProblem {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: .busy(seconds: busySeconds)
        case SQLITE_CORRUPT: .corrupt(message)
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_FULL: .fullDisk
        case SQLITE_CONSTRAINT: .constraint(message)
        default: .system(operation: operation, code: Int(code), message: message)
        }
    }
}
