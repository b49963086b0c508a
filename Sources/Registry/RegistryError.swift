/// Why the registry refused a command.
public enum RegistryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file of the registry could not be read or written.
    case database(path: String, DatabaseProblem)
    /// There is no such version.
    case unknownVersion(type: String, version: String, known: [String])

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .database(let path, let problem): "\(path): \(problem)"
        case .unknownVersion(let type, let version, let known):
            "there is no version '\(version)' of \(type); registered: "
                + (known.isEmpty ? "none" : known.joined(separator: ", "))
        }
    }
}
