public import TandemBasics

/// Why a file in another program's format could not be read or written.
public enum InterchangeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file could not be opened, read or written.
    case file(FileError)
    /// An ONNX file could not be understood.
    case onnx(file: String, ONNXProblem)
    /// A run has no model in the format asked for.
    case noModel(path: String, format: String, advice: String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .onnx(let file, let problem): "\(file): \(problem)"
        case .noModel(let path, let format, let advice):
            "\(path): this run has no model in the format \(format); \(advice)"
        }
    }
}
