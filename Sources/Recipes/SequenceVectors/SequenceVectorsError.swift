public import TandemDatasets

/// Why the data of an experiment cannot be used.
public enum SequenceVectorsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No document of a part is longer than the context.
    case noWindows(part: String, contextLength: Int, path: String)
    /// There are no windows to fit a baseline to.
    case noTrainingWindows
    /// Training shares documents or rows with a held-out part.
    case leak(part: String, documents: Int, rows: Int)
    /// Contexts given for prediction do not fit the model.
    case badInput(shape: [Int], expected: String)
    /// Contexts given for prediction are not floating-point numbers.
    case badInputType(ElementType)
    /// A vector of a context is not finite or has no direction; `problem` says which of the two.
    case badInputVector(context: Int, step: Int, problem: String)
    /// A prediction needs a run and a file to write to.
    case noPredictionFile
    /// A checkpoint does not tell the size of its vectors.
    case notAModel(path: String)
    /// An ONNX file is no next-vector model.
    case notAModelFile(path: String)
    /// A checkpoint holds another kind of network than the configuration describes.
    case otherModel(path: String, found: String, expected: String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .noWindows(let part, let length, let path):
            return "'\(path)': no \(part) document has more than \(length) vectors; "
                + "use a smaller data.contextLength or more documents"
        case .noTrainingWindows:
            return
                "there are no training windows; use a smaller data.contextLength or more documents"
        case .leak(let part, let documents, let rows):
            return "training shares \(documents) documents and \(rows) rows with the \(part) part; "
                + "figures would be worthless. Repair split.npy"
        case .badInput(let shape, let expected):
            return "the input has shape \(shape), expected \(expected)"
        case .badInputType(let type):
            return "the input holds \(type.rawValue), expected floating-point numbers"
        case .badInputVector(let context, let step, let problem):
            return "the input's context \(context), vector \(step), \(problem)"
        case .noPredictionFile:
            return "predictions are arrays: name a run, and a .npy file to write them to"
        case .notAModel(let path):
            return "'\(path)' holds no 'output.bias' and so is no next-vector model; "
                + "name a run of this system"
        case .notAModelFile(let path):
            return "'\(path)' is no next-vector model that was exported here: it lacks the "
                + "configuration, or takes and gives something else; export it again"
        case .otherModel(let path, let found, let expected):
            return "'\(path)' holds a \(found), but model.kind is \(expected); use the "
                + "configuration that it was trained with"
        }
    }
}
