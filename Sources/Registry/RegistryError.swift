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
    /// A file to import is not an export, or does not fit together.
    case importFile(path: String, String)
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
                    ? "choose another name, or replace it with --replace"
                    : "choose another name; only a version in staging can be replaced")
        case .notReplaceable(let type, let version, let reason):
            "version '\(version)' of \(type) cannot be replaced: \(reason)"
        case .refused(let action, let type, let version, let status, let advice):
            "cannot \(action) version '\(version)' of \(type), which is \(status.rawValue): "
                + advice
        case .nothingToRollBackTo(let type, let active):
            "nothing to roll back to: "
                + (active.map {
                    "no version of \(type) that served before '\($0)' is left; switch to one "
                        + "of those that 'tandem registry list' shows"
                } ?? "no version of \(type) is active")
        case .invalidWeight(let weight):
            "the weight \(weight) is not a number from 0 to 1"
        case .unknownDataSource(let version):
            "the name '\(version)' does not tell where the data comes from; give --data-source "
                + DataSource.allCases.map(\.rawValue).joined(separator: ", ")
        case .model(let path, let problem): "\(path): \(problem)"
        case .noModel(let type, let version):
            "version '\(version)' of \(type) has no model, only figures; register its file "
                + "with 'tandem registry register \(version) --model-path FILE --replace'"
        case .results(let path, let problem), .importFile(let path, let problem):
            "\(path): \(problem)"
        case .exportOverRegistry(let path):
            "\(path): this is the registry itself; export to another file"
        case .notEmpty(let path, let table, let rows):
            "\(path): the registry is not empty (\(rows) rows in \(table)); import into a new "
                + "one, or give --replace to lose what is there"
        }
    }
}
