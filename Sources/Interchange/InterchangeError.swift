/// Why a model could not be written in, or read from, another program's format.
public enum InterchangeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file could not be understood.
    case malformed(path: String, problem: String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .malformed(let path, let problem): "\(path): \(problem)"
        }
    }
}
