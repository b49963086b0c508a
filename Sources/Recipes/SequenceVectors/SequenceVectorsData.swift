public import TandemDatasets

/// The windows of one experiment over a folder of document chains.
public struct SequenceVectorsData: Sendable {
    /// The folder.
    public let path: String
    /// The documents.
    public let chains: DocumentChains
    /// Windows of training documents.
    public let training: ChainWindows
    /// All windows of validation documents, stride 1.
    public let validation: ChainWindows
    /// All windows of test documents, stride 1.
    public let test: ChainWindows
    /// Windows of test documents at stride C / 2, most of whose distractors come from other documents.
    public let sparseTest: ChainWindows
    /// What training shares with the held-out windows.
    public let splitReport: SplitReport

    /// Reads the folder at `path`, cuts the windows and verifies the split.
    ///
    /// Throws when a file is damaged, when a part has no window, and when documents or rows are shared between parts.
    public init(path: String, _ configuration: ChainDataConfiguration) throws {
        self.path = path
        chains = try DocumentChains.load(folder: path, splitSeed: configuration.splitSeed)
        let length = configuration.contextLength
        training = try chains.windows(
            in: .training, contextLength: length, stride: configuration.stride)
        validation = try chains.windows(in: .validation, contextLength: length)
        test = try chains.windows(in: .test, contextLength: length)
        sparseTest = try chains.windows(
            in: .test, contextLength: length, stride: max(1, length / 2))
        for (part, windows) in [("training", training), ("validation", validation), ("test", test)]
        where windows.count == 0 {
            throw SequenceVectorsError.noWindows(part: part, contextLength: length, path: path)
        }
        splitReport = try chains.verifySplit(
            training: training, heldOut: [(.validation, validation), (.test, test)])
        for comparison in splitReport.comparisons
        where comparison.sharedDocuments > 0 || comparison.sharedRows > 0 {
            throw SequenceVectorsError.leak(
                part: "\(comparison.part)", documents: comparison.sharedDocuments,
                rows: comparison.sharedRows)
        }
    }

    /// A hash of all that training depends on: the vectors, and the windows to train on and to choose by.
    var identity: String {
        var hash = StableHash()
        chains.vectors.values.withUnsafeBufferPointer { values in
            for value in values { hash.combine(value.bitPattern) }
        }
        for windows in [training, validation] {
            for count in [windows.count, windows.contextLength] {
                hash.combine(UInt32(truncatingIfNeeded: count))
            }
            for row in windows.firstRows { hash.combine(UInt32(bitPattern: row)) }
        }
        return String(hash.value, radix: 16)
    }
}

/// Why the data of an experiment cannot be used.
public enum SequenceVectorsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No document of a part is longer than the context.
    case noWindows(part: String, contextLength: Int, path: String)
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

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .noWindows(let part, let length, let path):
            return "'\(path)': no \(part) document has more than \(length) vectors; "
                + "use a smaller data.contextLength or more documents"
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
        }
    }
}
