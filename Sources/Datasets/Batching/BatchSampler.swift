import TandemBasics

/// A place in the sequence of batches: all that must be kept to go on exactly where a run stopped.
public struct BatchPosition: Sendable, Hashable, Codable {
    /// The epoch, from 0.
    public var epoch: Int
    /// The batch within the epoch, from 0.
    public var batch: Int

    /// Makes a position; the default is the very beginning.
    public init(epoch: Int = 0, batch: Int = 0) {
        self.epoch = epoch
        self.batch = batch
    }
}

/// Decides which examples form which batch.
///
/// The order of an epoch is a pure function of (seed, epoch), the same on every machine, so that a
/// ``BatchPosition`` is all the state there is.
public struct BatchSampler: Sendable, Equatable {
    /// What happens to the examples that do not fill a last batch.
    public enum Remainder: String, Sendable, Codable {
        /// They form a shorter batch; for evaluation, where every example counts once.
        case keep
        /// They form a shorter batch if they are at least half of one; else they are left out for
        /// this epoch. A very short batch has a noisy gradient, and contrastive losses need company.
        case dropBelowHalf
    }

    /// The number of examples.
    public let exampleCount: Int
    /// The number of examples in a full batch.
    public let batchSize: Int
    /// The seed of the order; nil for the order of the data.
    public let seed: UInt64?
    /// What happens to a short last batch.
    public let remainder: Remainder
    /// The number of batches of every epoch.
    public let batchesPerEpoch: Int

    /// Makes a sampler.
    ///
    /// Without a seed the order is that of the data. Throws when no batch at all would come out.
    public init(
        exampleCount: Int, batchSize: Int, seed: UInt64?, remainder: Remainder = .dropBelowHalf
    ) throws(BatchingProblem) {
        guard batchSize >= 1 else { throw .badSize(name: "batch size", value: batchSize) }
        guard exampleCount >= 1 else { throw .noExamples }
        guard exampleCount <= Int(Int32.max) else { throw .tooManyExamples(exampleCount) }
        let rest = exampleCount % batchSize
        let isKept = rest > 0 && (remainder == .keep || rest >= batchSize - rest)
        batchesPerEpoch = exampleCount / batchSize + (isKept ? 1 : 0)
        guard batchesPerEpoch > 0 else {
            throw .tooFewExamples(count: exampleCount, batchSize: batchSize)
        }
        self.exampleCount = exampleCount
        self.batchSize = batchSize
        self.seed = seed
        self.remainder = remainder
    }

    /// The number of examples used in an epoch.
    public var examplesPerEpoch: Int { range(ofBatch: batchesPerEpoch - 1).upperBound }

    /// The example indices of an epoch in order; batch b is the slice ``range(ofBatch:)``.
    public func order(epoch: Int) -> [Int32] {
        var order = [Int32](0..<Int32(exampleCount))
        if let seed {
            var random = Philox(DataStreams.sampling(seed: seed, epoch: epoch))
            random.shuffle(&order)
        }
        return order
    }

    /// The part of an epoch's order that forms batch `batch`; empty outside the epoch.
    public func range(ofBatch batch: Int) -> Range<Int> {
        guard (0..<batchesPerEpoch).contains(batch) else { return 0..<0 }
        let start = batch * batchSize
        return start..<start + min(batchSize, exampleCount - start)
    }

    /// The position after `position`; the first batch of the next epoch after the last of one.
    public func position(after position: BatchPosition) -> BatchPosition {
        position.batch + 1 < batchesPerEpoch
            ? BatchPosition(epoch: position.epoch, batch: position.batch + 1)
            : BatchPosition(epoch: position.epoch + 1, batch: 0)
    }

    /// Throws when no batch of this sampler stands at `position`.
    func check(_ position: BatchPosition) throws(BatchingProblem) {
        guard position.epoch >= 0, position.epoch <= Int(UInt32.max),
            (0..<batchesPerEpoch).contains(position.batch)
        else { throw .badPosition(position, batchesPerEpoch: batchesPerEpoch) }
    }
}

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
