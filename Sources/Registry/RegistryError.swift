public import TandemBasics

/// Why the registry refused a command.
public enum RegistryError: Error, Sendable, Equatable {
    /// The file of the registry could not be read or written.
    case database(path: String, DatabaseProblem)
    /// A name cannot be used.
    case invalidName(kind: String, name: String, rule: String)
    /// There is no such version.
    case unknownVersion(type: String, version: String, known: [String])
    /// The version is registered already.
    case versionExists(type: String, version: String, status: VersionStatus)
    /// A registered version cannot be replaced.
    case notReplaceable(type: String, version: String, reason: String)
    /// A version under test cannot be replaced.
    case underTest(type: String, version: String)
    /// What was asked for is not allowed in the version's status; the text says what to do instead.
    case refused(action: String, type: String, version: String, status: VersionStatus, String)
    /// No version that served before can be gone back to.
    case nothingToRollBackTo(type: String, active: String?)
    /// A weight is not a number from 0 to 1.
    case invalidWeight(Double)
    /// The data source is neither given nor told by the version's name.
    case unknownDataSource(version: String)
    /// A model's file cannot be registered or served.
    case model(path: String, ModelProblem)
    /// The version has no model.
    case noModel(type: String, version: String)
    /// A file with the results of a sweep, or with figures, cannot be used.
    case results(path: String, String)
    /// The results of a sweep do not lead to a variant's model; `lookedAt` are the places that they name.
    case noModelFile(path: String, variant: String, lookedAt: [String])
    /// A file to import is not an export, or does not fit together.
    case importFile(path: String, String)
    /// A file to import is not an export of a registry.
    case notAnExport(path: String)
    /// An export would overwrite the registry.
    case exportOverRegistry(path: String)
    /// An import would overwrite what is there.
    case notEmpty(path: String, table: String, rows: Int)
}

extension RegistryError: CustomStringConvertible {
    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .database(let path, let problem): "\(path): \(problem)"
        case .invalidName(let kind, let name, let rule):
            "'\(name)' cannot be the name of a \(kind): \(rule)"
        case .unknownVersion(let type, let version, let known):
            "there is no version '\(version)' of \(type); registered: "
                + (known.isEmpty ? "none" : known.joined(separator: ", "))
        case .versionExists(let type, let version, let status):
            "version '\(version)' of \(type) is registered already (\(status.rawValue)); "
                + (status == .staging
                    ? "choose another name, or allow it to be replaced"
                    : "choose another name; only a version in staging can be replaced")
        case .notReplaceable(let type, let version, let reason):
            "version '\(version)' of \(type) cannot be replaced: \(reason)"
        case .underTest(let type, let version):
            "version '\(version)' of \(type) cannot be replaced: a test of it is running; end that "
                + "first"
        case .refused(let action, let type, let version, let status, let advice):
            "cannot \(action) version '\(version)' of \(type), which is \(status.rawValue): "
                + advice
        case .nothingToRollBackTo(let type, let active):
            "nothing to roll back to: "
                + (active.map {
                    "no version of \(type) that served before '\($0)' is left; switch to one "
                        + "by its name"
                } ?? "no version of \(type) is active")
        case .invalidWeight(let weight):
            "the weight \(weight) is not a number from 0 to 1"
        case .unknownDataSource(let version):
            "the name '\(version)' does not tell where the data comes from; give one of "
                + DataSource.allCases.map(\.rawValue).joined(separator: ", ")
        case .model(let path, let problem): "\(path): \(problem)"
        case .noModel(let type, let version):
            "version '\(version)' of \(type) has no model, only figures; register it again with its "
                + "file"
        case .results(let path, let problem), .importFile(let path, let problem):
            "\(path): \(problem)"
        case .noModelFile(let path, let variant, let lookedAt):
            lookedAt.isEmpty
                ? "\(path): no model_path for '\(variant)'; give the place of its model"
                : "\(path): the model of '\(variant)' is not at "
                    + lookedAt.joined(separator: " or ") + "; give its place"
        case .notAnExport(let path): "\(path): not an export of a registry"
        case .exportOverRegistry(let path):
            "\(path): this is the registry itself; export to another file"
        case .notEmpty(let path, let table, let rows):
            "\(path): the registry is not empty (\(rows) rows in \(table)); import into a new "
                + "one, or allow what is there to be lost"
        }
    }
}

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
            "no such registry; set one up there, or check the path"
        case .empty:
            "the file is empty; set a registry up in it"
        case .notADatabase:
            "not an SQLite database, or its first page is damaged; check the path, or "
                + "restore the file from a backup"
        case .foreign:
            "an SQLite database that is no registry; check the path"
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
            "the column \(column) holds \(found), which cannot stand there; check the whole "
                + "database"
        case .system(let operation, let code, let message):
            "\(operation) failed: \(message) (SQLite result \(code)); check the path and the "
                + "permissions of the file and of its folder"
        }
    }
}

/// Why a model's file cannot be registered or served.
public enum ModelProblem: Error, Sendable, Equatable {
    /// The file cannot be read.
    case unreadable(FileError)
    /// The file is not an ONNX model that can be computed.
    case notAModel(String)
    /// The model takes another number of features than its type.
    case wrongWidth(type: String, expected: Int, found: Int)
    /// The file does not say how many features the model takes.
    case unknownWidth
    /// The model answers a probe with values that cannot be right.
    case wrongOutput(input: String, output: Float, expected: String)
    /// The file is another one than was registered.
    case changed(registered: String, found: String)
}

extension ModelProblem: CustomStringConvertible {
    /// What happened, with the values, and what to do.
    public var description: String {
        switch self {
        case .unreadable(let error):
            "the model cannot be read: \(error); put the file back or register it anew"
        case .notAModel(let problem): "not a model that can be served: \(problem)"
        case .wrongWidth(let type, let expected, let found):
            "the model takes \(found) features, a model of type \(type) takes \(expected); "
                + "check the file and the type"
        case .unknownWidth:
            "the model does not say how many numbers it takes: its input needs a shape such as "
                + "[batch, features] with fixed sizes but for the batch; export it again"
        case .wrongOutput(let input, let output, let expected):
            "given \(input) the model answers \(output), expected \(expected); train it again "
                + "or check its output unit"
        case .changed(let registered, let found):
            "the file has changed since it was registered (SHA-256 \(registered.prefix(12))... "
                + "then, \(found.prefix(12))... now); put the registered file back or register "
                + "this one as a new version"
        }
    }
}
