import TandemBasics

/// Why batches could not be made.
public enum BatchingProblem: Error, Equatable, Sendable {
    /// There are no examples.
    case noExamples
    /// There are more examples than 32-bit indices can name.
    case tooManyExamples(Int)
    /// There are fewer examples than half a batch, and short batches are dropped.
    case tooFewExamples(count: Int, batchSize: Int)
    /// A size that must be at least 1 is not.
    case badSize(name: String, value: Int)
    /// A position to resume from lies outside the epoch.
    case badPosition(BatchPosition, batchesPerEpoch: Int)
    /// A builder was asked for more examples than its batch has room for.
    case batchTooLarge(count: Int, capacity: Int)
    /// A builder was asked for an example that does not exist.
    case noSuchExample(index: Int, count: Int)
    /// The background thread could not start; `code` is an `errno` value.
    case threadFailed(code: Int32)
    /// A batch was asked for after ``BatchPrefetcher/cancel()``.
    case cancelled
}

extension BatchingProblem: CustomStringConvertible {
    /// What happened, with the values, and what to do.
    public var description: String {
        switch self {
        case .noExamples:
            "there are no examples to make batches of; are all documents shorter than a window?"
        case .tooManyExamples(let count):
            "\(count) examples, at most \(Int32.max) are supported"
        case .tooFewExamples(let count, let batchSize):
            "\(count) examples are fewer than half a batch of \(batchSize), which would be dropped; "
                + "use a smaller batch"
        case .badSize(let name, let value): "\(name) is \(value), must be at least 1"
        case .badPosition(let position, let batchesPerEpoch):
            "cannot go on at epoch \(position.epoch), batch \(position.batch): an epoch has "
                + "\(batchesPerEpoch) batches; resume with the data and batch size of the first run"
        case .batchTooLarge(let count, let capacity):
            "\(count) examples do not fit a batch of \(capacity)"
        case .noSuchExample(let index, let count):
            "example \(index) does not exist; there are \(count)"
        case .threadFailed(let code):
            "the thread that prepares batches could not start (\(FileError.name(ofCode: code)))"
        case .cancelled: "batch preparation has been cancelled"
        }
    }
}
