import Synchronization

/// Fills batches of one kind of data set: windows of vectors, rows of tables.
public protocol BatchBuilder: Sendable {
    /// The memory of one batch, filled again and again: a class.
    associatedtype Batch: AnyObject, Sendable

    /// Makes the memory of one batch of at most `capacity` examples.
    func makeBatch(capacity: Int) throws -> Batch

    /// Fills `batch` with the given examples. Called on a background thread; it should allocate
    /// nothing. An error ends the preparation and reaches the consumer.
    func fill(_ batch: Batch, with examples: ArraySlice<Int32>) throws
}

/// A batch that is ready, with its place in the sequence.
public struct PreparedBatch<Batch: AnyObject & Sendable>: Sendable {
    /// The numbers; see ``BatchPrefetcher/next()`` for how long they stay.
    public let batch: Batch
    /// Where the batch stands.
    public let position: BatchPosition
    /// Where the sequence goes on after it: what a checkpoint made after this batch must keep.
    public let nextPosition: BatchPosition
    /// Whether it is the last batch of its epoch.
    public let isLastOfEpoch: Bool
}

/// Prepares batches on a background thread while the previous ones are used.
///
/// The batches come in the sampler's order whatever the timing. A ring of `capacity + heldBatches`
/// batches is allocated once; a steady run allocates nothing per batch. An error of the builder
/// reaches the consumer after the batches that were made before it. Dropping the last reference
/// cancels the work. Meant for one consumer.
public final class BatchPrefetcher<Builder: BatchBuilder>: Sendable {
    private let sampler: BatchSampler
    private let queue: BatchQueue<Builder.Batch>
    private let thread: Mutex<BackgroundThread?>

    /// Starts preparing batches.
    ///
    /// From `start` on, up to `endEpoch` or for ever, `capacity` batches may be ready in advance. Of those given
    /// the last `heldBatches` stay valid; 2 lets a device read the previous batch while the next one is being
    /// uploaded. Throws for impossible sizes or positions, and when the thread cannot start.
    public init(
        builder: Builder, sampler: BatchSampler, start: BatchPosition = BatchPosition(),
        endEpoch: Int? = nil, capacity: Int = 2, heldBatches: Int = 2
    ) throws {
        guard capacity >= 1 else {
            throw BatchingProblem.badSize(name: "prefetch capacity", value: capacity)
        }
        guard heldBatches >= 1 else {
            throw BatchingProblem.badSize(name: "number of held batches", value: heldBatches)
        }
        try sampler.check(start)
        let batchCapacity = min(sampler.batchSize, sampler.exampleCount)
        let slots = try (0..<capacity + heldBatches).map { _ in
            try builder.makeBatch(capacity: batchCapacity)
        }
        let queue = BatchQueue(slots: slots, heldCount: heldBatches)
        self.sampler = sampler
        self.queue = queue
        // The thread owns the queue, not the prefetcher, so that the prefetcher can go away.
        let thread = try BackgroundThread {
            Self.produce(
                into: queue, builder: builder, sampler: sampler, start: start,
                endEpoch: endEpoch)
        }
        self.thread = Mutex(thread)
    }

    deinit { cancel() }

    /// The next batch; waits until it is ready.
    ///
    /// - Returns: the batch, valid until `heldBatches` further calls have been made; nil after the
    ///   last batch before `endEpoch`.
    /// - Throws: the builder's error, and `cancelled` after ``cancel()``.
    public func next() throws -> PreparedBatch<Builder.Batch>? {
        switch queue.take() {
        case .batch(let batch, let position):
            let next = sampler.position(after: position)
            return PreparedBatch(
                batch: batch, position: position, nextPosition: next,
                isLastOfEpoch: next.epoch != position.epoch)
        case .end: return nil
        case .failure(let error): throw error
        case .cancelled: throw BatchingProblem.cancelled
        }
    }

    /// Stops the work and waits for the thread to end; batches already given stay valid.
    public func cancel() {
        queue.cancel()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }

    private static func produce(
        into queue: BatchQueue<Builder.Batch>, builder: Builder, sampler: BatchSampler,
        start: BatchPosition, endEpoch: Int?
    ) {
        var position = start
        var order: (epoch: Int, examples: [Int32])?
        do {
            while position.epoch < endEpoch ?? .max {
                guard let batch = queue.nextFree() else { return }
                if order?.epoch != position.epoch {
                    order = (position.epoch, sampler.order(epoch: position.epoch))
                }
                let range = sampler.range(ofBatch: position.batch)
                try builder.fill(batch, with: order?.examples[range] ?? [])
                queue.didFill(position)
                position = sampler.position(after: position)
            }
            queue.finish(nil)
        } catch {
            queue.finish(error)
        }
    }
}
