import TandemBasics
import TandemCSQLite

import Glibc

/// One connection to the SQLite file of a registry.
///
/// The file keeps a write-ahead log (WAL), so that readers and one writer work at the same time, and every commit
/// reaches the disk before it returns (`synchronous = FULL`): what has been acknowledged survives a crash of the
/// machine, at the price of one synchronisation a transaction. Foreign keys are enforced. A connection belongs to one
/// thread; others open their own.
public final class Database {
    /// The path of the file, as it was given.
    public let path: String
    /// Where the times in the tables come from.
    public let clock: RegistryClock

    let busyTimeout: Duration
    private let handle: OpaquePointer
    private var statements: [String: Statement] = [:]
    private var depth = 0

    /// Opens an existing registry.
    ///
    /// Throws `RegistryError.database` when there is no registry at `path`, when it is damaged, belongs to another
    /// program or a newer version, or other processes keep it locked for longer than `busyTimeout`; `FileError`
    /// when the file cannot be looked up.
    public convenience init(
        opening path: String, clock: RegistryClock = .system, busyTimeout: Duration = .seconds(10)
    ) throws {
        switch try DatabaseFile.size(path) {
        case nil: throw RegistryError.database(path: path, .missing)
        case 0: throw RegistryError.database(path: path, .empty)
        default: break
        }
        try self.init(
            path: path, flags: SQLITE_OPEN_READWRITE, clock: clock, busyTimeout: busyTimeout)
        try requireSchema()
        try useWriteAheadLog()
    }

    /// Opens the registry at `path`, and sets it up first if there is no file or an empty one.
    ///
    /// Folders above are created. Several processes may do this at once; one of them sets up the tables.
    ///
    /// - Throws: as ``init(opening:clock:busyTimeout:)``.
    public convenience init(
        creating path: String, clock: RegistryClock = .system,
        busyTimeout: Duration = .seconds(10)
    ) throws {
        if try DatabaseFile.size(path) == nil, let folder = DatabaseFile.folder(of: path) {
            try Folder.create(folder)
        }
        try self.init(
            path: path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, clock: clock,
            busyTimeout: busyTimeout)
        if try isBlank() {
            try useWriteAheadLog()
            try transaction {
                if try isBlank() { try Schema.create(in: self) }
            }
        }
        try requireSchema()
        try useWriteAheadLog()
    }

    private init(
        path: String, flags: Int32, clock: RegistryClock, busyTimeout: Duration
    ) throws(RegistryError) {
        self.path = path
        self.clock = clock
        self.busyTimeout = busyTimeout
        var handle: OpaquePointer?
        // A relative path begins with a dot, so that SQLite sees neither a URI nor ":memory:".
        let name = path.hasPrefix("/") ? path : "./" + path
        let code = sqlite3_open_v2(name, &handle, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            let failure = SQLiteFailure(code, connection: handle, operation: "opening")
            sqlite3_close_v2(handle)
            throw .database(path: path, failure.problem(busySeconds: busyTimeout.inSeconds))
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, Int32(clamping: Int(busyTimeout.inSeconds * 1000)))
        try executeScript(
            """
            PRAGMA synchronous = FULL;
            PRAGMA foreign_keys = ON;
            PRAGMA cell_size_check = ON;
            """)
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    // MARK: Transactions

    /// Runs `body` in a transaction that may write: everything it does is kept, or nothing if it throws.
    ///
    /// The write lock is taken at the beginning (`BEGIN IMMEDIATE`), so that what `body` reads stays true until it
    /// writes. Inside another transaction `body` becomes a part of that one that can fail on its own.
    ///
    /// - Throws: what `body` throws; `RegistryError.database` when the lock is not to be had or the commit fails.
    @discardableResult
    package func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        depth > 0
            ? try enclosed("SAVEPOINT part", "RELEASE part", "ROLLBACK TO part; RELEASE part", body)
            : try enclosed("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", body)
    }

    /// Runs `body`, which only reads, on one unchanging state of the database.
    package func snapshot<Result>(_ body: () throws -> Result) throws -> Result {
        depth > 0 ? try body() : try enclosed("BEGIN", "COMMIT", "ROLLBACK", body)
    }

    private func enclosed<Result>(
        _ begin: String, _ end: String, _ undo: String, _ body: () throws -> Result
    ) throws -> Result {
        try retryingWhileBusy { try run(script: begin) }
        depth += 1
        defer { depth -= 1 }
        do {
            let result = try body()
            try reportingPath { () throws(SQLiteFailure) in try run(script: end) }
            return result
        } catch {
            // A full disk, for one, makes SQLite undo the transaction by itself.
            if sqlite3_get_autocommit(handle) == 0 { try? run(script: undo) }
            throw error
        }
    }

    // MARK: Statements

    /// Runs one statement, which is compiled once and kept, with the values of its `?`, and hands over its rows one by one.
    ///
    /// - Throws: `RegistryError.database`, or what `body` throws.
    package func forEachRow(
        _ sql: String, _ values: [any DatabaseConvertible] = [],
        _ body: (DatabaseRow) throws -> Void
    ) throws {
        let stored = try self.stored(values)
        do {
            try statement(sql).run(stored, path: path, connection: handle, body)
        } catch let failure as SQLiteFailure {
            throw error(failure)
        }
    }

    /// Runs one statement and returns the number of rows that it changed, added or removed.
    @discardableResult
    package func execute(_ sql: String, _ values: [any DatabaseConvertible] = []) throws -> Int {
        try forEachRow(sql, values) { _ in }
        return Int(sqlite3_changes64(handle))
    }

    /// The identifier of the last row that this connection has added.
    package var lastIdentifier: Int { Int(sqlite3_last_insert_rowid(handle)) }

    /// Runs several statements without values and results.
    func executeScript(_ script: String) throws(RegistryError) {
        try reportingPath { () throws(SQLiteFailure) in try run(script: script) }
    }

    private func stored(
        _ values: [any DatabaseConvertible]
    ) throws(RegistryError) -> [DatabaseValue] {
        var stored: [DatabaseValue] = []
        for value in values {
            do throws(DatabaseProblem) {
                stored.append(try value.databaseValue)
            } catch {
                throw .database(path: path, error)
            }
        }
        return stored
    }

    private func statement(_ sql: String) throws(SQLiteFailure) -> Statement {
        if let known = statements[sql], !known.isBusy { return known }
        let statement = try Statement(sql, connection: handle)
        statements[sql] = statement
        return statement
    }

    private func run(script: String) throws(SQLiteFailure) {
        let code = sqlite3_exec(handle, script, nil, nil, nil)
        if code != SQLITE_OK {
            throw SQLiteFailure(code, connection: handle, operation: "running a statement")
        }
    }

    // MARK: Setting up

    /// Whether there is nothing in the file yet.
    private func isBlank() throws -> Bool {
        try retryingWhileBusy {
            try numberOfPragma("user_version") == 0 && numberOfPragma("application_id") == 0
                && firstRow("SELECT 1 FROM sqlite_schema LIMIT 1") == nil
        }
    }

    private func requireSchema() throws {
        if try isBlank() { throw RegistryError.database(path: path, .empty) }
        let version = try numberOfPragma("user_version")
        guard try numberOfPragma("application_id") == Schema.applicationIdentifier, version > 0
        else { throw RegistryError.database(path: path, .foreign) }
        if version > Schema.version {
            throw RegistryError.database(
                path: path, .newerSchema(found: version, known: Schema.version))
        }
    }

    private func numberOfPragma(_ name: String) throws -> Int {
        try firstRow("PRAGMA \(name)")?.value(name) ?? 0
    }

    private func useWriteAheadLog() throws {
        let mode: String? = try retryingWhileBusy {
            try firstRow("PRAGMA journal_mode = WAL")?.value("journal_mode")
        }
        guard mode == "wal" else {
            throw RegistryError.database(path: path, .noWriteAheadLog(mode: mode ?? "none"))
        }
    }

    // MARK: Failures

    private func error(_ failure: SQLiteFailure) -> RegistryError {
        .database(path: path, failure.problem(busySeconds: busyTimeout.inSeconds))
    }

    private func reportingPath<Result>(
        _ body: () throws(SQLiteFailure) -> Result
    ) throws(RegistryError) -> Result {
        do throws(SQLiteFailure) { return try body() } catch { throw self.error(error) }
    }

    /// Repeats `body` until no other connection stands in its way or the time is up.
    ///
    /// SQLite itself waits for most locks, but gives up at once where waiting could be a deadlock for it: while another
    /// process sets up, recovers or removes the log.
    private func retryingWhileBusy<Result>(_ body: () throws -> Result) throws -> Result {
        let deadline = ContinuousClock.now + busyTimeout
        while true {
            do {
                return try body()
            } catch let failure as SQLiteFailure {
                guard failure.isBusy, ContinuousClock.now < deadline else { throw error(failure) }
            } catch RegistryError.database(let path, .busy(let seconds)) {
                guard ContinuousClock.now < deadline else {
                    throw RegistryError.database(path: path, .busy(seconds: seconds))
                }
            }
            usleep(5000)
        }
    }
}

/// What is to be known about the file of a registry before SQLite opens it.
enum DatabaseFile {
    /// The size of the file in bytes; nil if there is none.
    static func size(_ path: String) throws -> Int? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw FileError.system(operation: "looking up", path: path, code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError.notARegularFile(path: path)
        }
        // SQLite would take a file shorter than its smallest page for an empty one and write over it.
        if (1..<512).contains(status.st_size) {
            throw RegistryError.database(path: path, .notADatabase)
        }
        return Int(status.st_size)
    }

    /// Whether two paths lead to one file that is there.
    static func isSame(_ first: String, _ second: String) -> Bool {
        var (left, right) = (stat(), stat())
        return stat(first, &left) == 0 && stat(second, &right) == 0
            && left.st_dev == right.st_dev && left.st_ino == right.st_ino
    }

    /// The folder part of a path; nil for a bare name and for the root.
    static func folder(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return nil }
        return String(path[..<slash])
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
