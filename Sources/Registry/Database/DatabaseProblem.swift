/// What is wrong with the file of a registry, or with what was to be stored in it.
public enum DatabaseProblem: Error, Sendable, Equatable {
    /// There is no file.
    case missing
    /// The file is there and holds nothing: it was never set up.
    case empty
    /// The file is something else than an SQLite database, or its first page is damaged.
    case notADatabase
    /// The file is the database of another program.
    case foreign
    /// The file was written by a newer version of this program.
    case newerSchema(found: Int, known: Int)
    /// The file is damaged; the text says what was noticed.
    case corrupt(String)
    /// Other processes kept the database locked for longer than the given seconds.
    case busy(seconds: Double)
    /// The disk or the quota is full.
    case fullDisk
    /// The value breaks a rule of the tables; the text names it.
    case constraint(String)
    /// The file system cannot hold a write-ahead log; the mode is what it offers instead.
    case noWriteAheadLog(mode: String)
    /// A number that is not finite was to be stored.
    case nonFiniteNumber(String)
    /// A column holds something that cannot stand there.
    case unexpectedValue(column: String, found: String)
    /// Any other failure, with SQLite's extended result code.
    case system(operation: String, code: Int, message: String)
}

extension DatabaseProblem: CustomStringConvertible {
    /// What happened, with the values, and what to do.
    public var description: String {
        switch self {
        case .missing:
            "no such registry; create it with 'tandem registry init', or check --db"
        case .empty:
            "the file is empty; set it up with 'tandem registry init'"
        case .notADatabase:
            "not an SQLite database, or its first page is damaged; check --db, or restore "
                + "the file from a backup"
        case .foreign:
            "an SQLite database that is no registry; check --db"
        case .newerSchema(let found, let known):
            "written by a newer version of this program (schema \(found), known up to "
                + "\(known)); update the program"
        case .corrupt(let problem):
            "the database is damaged (\(problem)); restore the file from a backup or import "
                + "an export into a new one"
        case .busy(let seconds):
            "other processes kept the database locked for more than \(seconds) seconds; "
                + "try again when they have finished"
        case .fullDisk:
            "no room left on the disk; nothing was changed: make room and try again"
        case .constraint(let problem):
            "refused by the database (\(problem)); nothing was changed"
        case .noWriteAheadLog(let mode):
            "the file system allows no write-ahead log, only the mode '\(mode)'; put the "
                + "registry on a local disk"
        case .nonFiniteNumber(let value):
            "the number \(value) cannot be stored; give a finite one"
        case .unexpectedValue(let column, let found):
            "the column \(column) holds \(found), which cannot stand there; check the file "
                + "with 'tandem registry verify'"
        case .system(let operation, let code, let message):
            "\(operation) failed: \(message) (SQLite result \(code)); check the path and the "
                + "permissions of the file and of its folder"
        }
    }
}
