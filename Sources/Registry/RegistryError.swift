/// Why the registry refused a command.
public enum RegistryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no such version.
    case unknownVersion(type: String, version: String, known: [String])

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .unknownVersion(let type, let version, let known):
            "there is no version '\(version)' of \(type); registered: "
                + (known.isEmpty ? "none" : known.joined(separator: ", "))
        }
    }
}
