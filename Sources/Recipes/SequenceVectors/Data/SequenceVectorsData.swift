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
        try self.init(
            path: path,
            chains: try DocumentChains.load(folder: path, splitSeed: configuration.splitSeed),
            configuration)
    }

    /// Cuts the windows of `chains`, read from `path`, and verifies the split.
    init(path: String, chains: DocumentChains, _ configuration: ChainDataConfiguration) throws {
        self.path = path
        self.chains = chains
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
