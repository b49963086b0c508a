/// The numbers of one batch of windows, in memory that is filled again for later batches.
///
/// With B examples (``count``), C context rows and d columns. The arrays are contiguous for the
/// batch at hand, also when it is shorter than the capacity.
///
/// A batch is filled by one thread and handed to another by ``BatchPrefetcher``; nobody else writes.
public final class WindowBatch: @unchecked Sendable {
    /// C, the number of context rows per example.
    public let contextLength: Int
    /// d, the number of columns.
    public let dimension: Int
    /// The most examples that fit.
    public let capacity: Int
    /// B, the number of examples in the batch.
    public fileprivate(set) var count = 0

    private let contextMemory: UnsafeMutablePointer<Float>
    private let targetMemory: UnsafeMutablePointer<Float>
    private let contextRowMemory: UnsafeMutablePointer<Int32>
    private let targetRowMemory: UnsafeMutablePointer<Int32>

    /// The cache line: aligned copies and vector loads are fastest from there.
    private static let alignment = 64

    fileprivate init(contextLength: Int, dimension: Int, capacity: Int) {
        self.contextLength = contextLength
        self.dimension = dimension
        self.capacity = capacity
        contextMemory = Self.allocate(contextLength * capacity * dimension)
        targetMemory = Self.allocate(capacity * dimension)
        contextRowMemory = Self.allocate(capacity * contextLength)
        targetRowMemory = Self.allocate(capacity)
    }

    deinit {
        contextMemory.deallocate()
        targetMemory.deallocate()
        contextRowMemory.deallocate()
        targetRowMemory.deallocate()
    }

    private static func allocate<Element: BitwiseCopyable & ExpressibleByIntegerLiteral>(
        _ count: Int
    ) -> UnsafeMutablePointer<Element> {
        let memory =
            UnsafeMutableRawPointer
            .allocate(byteCount: count * MemoryLayout<Element>.stride, alignment: alignment)
            .bindMemory(to: Element.self, capacity: count)
        memory.initialize(repeating: 0, count: count)
        return memory
    }

    /// The context vectors, time-major, `[C, B, d]`; valid as long as the batch is.
    public var context: UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(start: contextMemory, count: contextLength * count * dimension)
    }

    /// The target vectors, `[B, d]`; valid as long as the batch is.
    public var targets: UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(start: targetMemory, count: count * dimension)
    }

    /// The row numbers of every example's context, `[B, C]`; valid as long as the batch is.
    public var contextRows: UnsafeBufferPointer<Int32> {
        UnsafeBufferPointer(start: contextRowMemory, count: count * contextLength)
    }

    /// The row number of every example's target, `[B]`; valid as long as the batch is.
    public var targetRows: UnsafeBufferPointer<Int32> {
        UnsafeBufferPointer(start: targetRowMemory, count: count)
    }

    /// Gathers the windows `examples`, which have been checked to exist.
    fileprivate func gather(
        _ examples: ArraySlice<Int32>, of windows: ChainWindows,
        from vectors: UnsafeBufferPointer<Float>
    ) {
        guard let source = vectors.baseAddress else { return }
        count = examples.count
        for (place, example) in examples.enumerated() {
            let first = Int(windows.firstRows[Int(example)])
            for time in 0..<contextLength {
                (contextMemory + (time * count + place) * dimension)
                    .update(from: source + (first + time) * dimension, count: dimension)
                contextRowMemory[place * contextLength + time] = Int32(first + time)
            }
            (targetMemory + place * dimension)
                .update(from: source + (first + contextLength) * dimension, count: dimension)
            targetRowMemory[place] = Int32(first + contextLength)
        }
    }
}

/// Gathers windows of vectors into batches.
public struct WindowBatchBuilder: BatchBuilder {
    private let vectors: VectorTable
    private let windows: ChainWindows

    /// Makes a builder; throws when a window uses rows that `vectors` does not have.
    public init(vectors: VectorTable, windows: ChainWindows) throws(ChainsProblem) {
        try windows.check(rowCount: vectors.count)
        self.vectors = vectors
        self.windows = windows
    }

    /// Makes the memory of one batch; throws when `capacity` is below 1 or beyond all memory.
    public func makeBatch(capacity: Int) throws(BatchingProblem) -> WindowBatch {
        guard capacity >= 1 else { throw .badSize(name: "batch capacity", value: capacity) }
        let shape = [windows.contextLength, capacity, vectors.dimension]
        guard (try? HostArray.byteCount(shape: shape, elementType: .float32)) != nil else {
            throw .badSize(name: "batch capacity", value: capacity)
        }
        return WindowBatch(
            contextLength: windows.contextLength, dimension: vectors.dimension,
            capacity: capacity)
    }

    /// Fills `batch` with the windows of the given indices; allocates nothing.
    public func fill(
        _ batch: WindowBatch, with examples: ArraySlice<Int32>
    ) throws(BatchingProblem) {
        guard examples.count <= batch.capacity else {
            throw .batchTooLarge(count: examples.count, capacity: batch.capacity)
        }
        for example in examples where example < 0 || Int(example) >= windows.count {
            throw .noSuchExample(index: Int(example), count: windows.count)
        }
        vectors.values.withUnsafeBufferPointer {
            batch.gather(examples, of: windows, from: $0)
        }
    }
}
