import Glibc
import Synchronization
import Testing

@testable import TandemDatasets

/// Batches of plain example indices; fails at a given example, and can be slow.
private struct IndexBuilder: BatchBuilder {
    final class Batch: @unchecked Sendable {
        var examples: [Int32] = []
    }

    struct Failure: Error, Equatable { let example: Int32 }

    var failingExample: Int32?
    var delay: UInt32 = 0
    let made = Counter()

    func makeBatch(capacity: Int) -> Batch {
        made.increment()
        let batch = Batch()
        batch.examples.reserveCapacity(capacity)
        return batch
    }

    func fill(_ batch: Batch, with examples: ArraySlice<Int32>) throws {
        if let failingExample, examples.contains(failingExample) {
            throw Failure(example: failingExample)
        }
        if delay > 0 { usleep(delay) }
        batch.examples.removeAll(keepingCapacity: true)
        batch.examples.append(contentsOf: examples)
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)
    func increment() { value.withLock { $0 += 1 } }
    var count: Int { value.withLock { $0 } }
}

@Suite struct BatchPrefetcherTests {
    @Test(arguments: [1, 2, 5], [1, 2, 3])
    func givesEveryBatchInOrder(capacity: Int, heldBatches: Int) throws {
        let sampler = try BatchSampler(exampleCount: 103, batchSize: 10, seed: 9)
        let builder = IndexBuilder()
        let prefetcher = try BatchPrefetcher(
            builder: builder, sampler: sampler, endEpoch: 3, capacity: capacity,
            heldBatches: heldBatches)
        var position = BatchPosition()
        while let prepared = try prefetcher.next() {
            #expect(prepared.position == position)
            let range = sampler.range(ofBatch: position.batch)
            #expect(prepared.batch.examples == Array(sampler.order(epoch: position.epoch)[range]))
            #expect(prepared.isLastOfEpoch == (position.batch == 9))
            position = sampler.position(after: position)
            #expect(prepared.nextPosition == position)
        }
        #expect(position == BatchPosition(epoch: 3, batch: 0))
        #expect(try prefetcher.next() == nil)
        #expect(builder.made.count == capacity + heldBatches)
    }

    @Test func resumesExactly() throws {
        let sampler = try BatchSampler(exampleCount: 57, batchSize: 8, seed: 4)
        func batches(from start: BatchPosition) throws -> [[Int32]] {
            let prefetcher = try BatchPrefetcher(
                builder: IndexBuilder(), sampler: sampler, start: start, endEpoch: 3)
            var batches: [[Int32]] = []
            while let prepared = try prefetcher.next() { batches.append(prepared.batch.examples) }
            return batches
        }
        let whole = try batches(from: BatchPosition())
        #expect(whole.count == 21)
        #expect(
            try batches(from: BatchPosition(epoch: 1, batch: 5)) == Array(whole[12...]))
    }

    @Test(arguments: [1, 2, 3]) func heldBatchesStayAsTheyWere(heldBatches: Int) throws {
        let sampler = try BatchSampler(exampleCount: 400, batchSize: 4, seed: 4)
        let prefetcher = try BatchPrefetcher(
            builder: IndexBuilder(), sampler: sampler, endEpoch: 1, capacity: 2,
            heldBatches: heldBatches)
        var held: [(IndexBuilder.Batch, [Int32])] = []
        while let prepared = try prefetcher.next() {
            held.append((prepared.batch, prepared.batch.examples))
            if held.count > heldBatches { held.removeFirst() }
            usleep(200)
            for (batch, examples) in held { #expect(batch.examples == examples) }
        }
    }

    @Test func anErrorComesAfterTheBatchesBeforeIt() throws {
        let sampler = try BatchSampler(exampleCount: 40, batchSize: 4, seed: nil)
        let prefetcher = try BatchPrefetcher(
            builder: IndexBuilder(failingExample: 22), sampler: sampler)
        for _ in 0..<5 { #expect(try prefetcher.next() != nil) }
        for _ in 0..<2 {
            #expect(throws: IndexBuilder.Failure(example: 22)) { try prefetcher.next() }
        }
    }

    @Test func cancellingEndsTheWork() throws {
        let sampler = try BatchSampler(exampleCount: 40, batchSize: 4, seed: 1)
        let prefetcher = try BatchPrefetcher(builder: IndexBuilder(), sampler: sampler)
        let last = try #require(try prefetcher.next())
        let examples = last.batch.examples
        prefetcher.cancel()
        prefetcher.cancel()
        #expect(last.batch.examples == examples)
        #expect(throws: BatchingProblem.cancelled) { try prefetcher.next() }
    }

    @Test func cancellingWakesAWaitingConsumer() throws {
        let sampler = try BatchSampler(exampleCount: 40, batchSize: 4, seed: 1)
        let prefetcher = try BatchPrefetcher(
            builder: IndexBuilder(delay: 200_000), sampler: sampler)
        let canceller = try BackgroundThread {
            usleep(20_000)
            prefetcher.cancel()
        }
        defer { canceller.join() }
        #expect(throws: BatchingProblem.cancelled) {
            while try prefetcher.next() != nil {}
        }
    }

    @Test func droppingThePrefetcherEndsTheThread() throws {
        let sampler = try BatchSampler(exampleCount: 40, batchSize: 4, seed: 1)
        let builder = IndexBuilder()
        for _ in 0..<20 {
            let prefetcher = try BatchPrefetcher(builder: builder, sampler: sampler)
            _ = try prefetcher.next()
        }
        #expect(builder.made.count == 20 * 4)
    }

    @Test func impossiblePrefetchers() throws {
        let sampler = try BatchSampler(exampleCount: 40, batchSize: 4, seed: 1)
        #expect(throws: BatchingProblem.badSize(name: "prefetch capacity", value: 0)) {
            try BatchPrefetcher(builder: IndexBuilder(), sampler: sampler, capacity: 0)
        }
        #expect(throws: BatchingProblem.badSize(name: "number of held batches", value: -1)) {
            try BatchPrefetcher(builder: IndexBuilder(), sampler: sampler, heldBatches: -1)
        }
        for position in [
            BatchPosition(epoch: 0, batch: 10), BatchPosition(epoch: 0, batch: -1),
            BatchPosition(epoch: -1, batch: 0),
        ] {
            #expect(throws: BatchingProblem.badPosition(position, batchesPerEpoch: 10)) {
                try BatchPrefetcher(builder: IndexBuilder(), sampler: sampler, start: position)
            }
        }
    }
}

@Suite struct WindowBatchTests {
    @Test func gathersTimeMajor() throws {
        let chains = try randomChains([9, 8], dimension: 3, parts: [.training, .training])
        let windows = try chains.windows(in: .training, contextLength: 4)
        #expect(windows.count == 9)
        let builder = try WindowBatchBuilder(vectors: chains.vectors, windows: windows)
        let batch = try builder.makeBatch(capacity: 6)
        for examples: [Int32] in [[8, 0, 5], [1, 2, 3, 4, 5, 6], [7]] {
            try builder.fill(batch, with: examples[...])
            let count = examples.count
            #expect(batch.count == count)
            #expect(batch.context.count == 4 * count * 3)
            #expect(batch.targets.count == count * 3)
            for (place, example) in examples.enumerated() {
                let first = Int(windows.firstRows[Int(example)])
                for time in 0..<4 {
                    #expect(batch.contextRows[place * 4 + time] == Int32(first + time))
                    for column in 0..<3 {
                        #expect(
                            batch.context[(time * count + place) * 3 + column]
                                == chains.vectors.values[(first + time) * 3 + column])
                    }
                }
                #expect(batch.targetRows[place] == Int32(first + 4))
                for column in 0..<3 {
                    #expect(
                        batch.targets[place * 3 + column]
                            == chains.vectors.values[(first + 4) * 3 + column])
                }
            }
        }
    }

    @Test func wholeEpochsThroughThePrefetcher() throws {
        let chains = try randomChains([30, 25], dimension: 8, parts: [.training, .training])
        let windows = try chains.windows(in: .training, contextLength: 5)
        let sampler = try BatchSampler(
            exampleCount: windows.count, batchSize: 16, seed: 3, remainder: .keep)
        let prefetcher = try BatchPrefetcher(
            builder: WindowBatchBuilder(vectors: chains.vectors, windows: windows),
            sampler: sampler, endEpoch: 1)
        var targets: [Int32] = []
        var sum: Float = 0
        while let prepared = try prefetcher.next() {
            targets += prepared.batch.targetRows
            sum += prepared.batch.context.reduce(0) { $0 + $1 * $1 }
        }
        #expect(targets.sorted() == windows.targetRows)
        // Every context row has unit length.
        #expect(abs(sum - Float(windows.count * 5)) < 0.01)
    }

    @Test func impossibleBatches() throws {
        let chains = try randomChains([9], dimension: 3)
        let windows = try chains.windows(in: .training, contextLength: 4)
        let builder = try WindowBatchBuilder(vectors: chains.vectors, windows: windows)
        let batch = try builder.makeBatch(capacity: 2)
        #expect(throws: BatchingProblem.batchTooLarge(count: 3, capacity: 2)) {
            try builder.fill(batch, with: [0, 1, 2])
        }
        #expect(throws: BatchingProblem.noSuchExample(index: 5, count: 5)) {
            try builder.fill(batch, with: [0, 5])
        }
        for capacity in [0, -1, Int.max] {
            #expect(throws: BatchingProblem.badSize(name: "batch capacity", value: capacity)) {
                try builder.makeBatch(capacity: capacity)
            }
        }
        let far = try ChainWindows.stream(rowCount: 100, contextLength: 4)
        #expect(throws: ChainsProblem.windowOutside(lastRow: 96, rows: 9)) {
            try WindowBatchBuilder(vectors: chains.vectors, windows: far)
        }
    }
}
