import Testing

@testable import TandemDatasets

@Suite struct BatchSamplerTests {
    @Test(arguments: [
        (100, 10, 10, 100), (104, 10, 10, 100), (105, 10, 11, 105), (109, 10, 11, 109),
        (5, 10, 1, 5), (7, 3, 2, 6), (8, 3, 3, 8), (1, 1, 1, 1),
    ])
    func aLastBatchBelowHalfIsDropped(count: Int, size: Int, batches: Int, used: Int) throws {
        let sampler = try BatchSampler(exampleCount: count, batchSize: size, seed: 1)
        #expect(sampler.batchesPerEpoch == batches)
        #expect(sampler.examplesPerEpoch == used)
        #expect(sampler.range(ofBatch: batches - 1).upperBound == used)
    }

    @Test func allExamplesAreKeptWhereAsked() throws {
        let sampler = try BatchSampler(
            exampleCount: 101, batchSize: 10, seed: nil, remainder: .keep)
        #expect(sampler.batchesPerEpoch == 11)
        #expect(sampler.range(ofBatch: 10) == 100..<101)
        #expect(sampler.range(ofBatch: 11).isEmpty)
        #expect(sampler.order(epoch: 3) == Array(0..<101))
    }

    @Test func theOrderIsAFunctionOfSeedAndEpoch() throws {
        let sampler = try BatchSampler(exampleCount: 1_000, batchSize: 10, seed: 5)
        let order = sampler.order(epoch: 0)
        #expect(order.sorted() == Array(0..<1_000))
        #expect(sampler.order(epoch: 0) == order)
        #expect(sampler.order(epoch: 1) != order)
        let other = try BatchSampler(exampleCount: 1_000, batchSize: 10, seed: 6)
        #expect(other.order(epoch: 0) != order)
        let otherSize = try BatchSampler(exampleCount: 1_000, batchSize: 32, seed: 5)
        #expect(otherSize.order(epoch: 0) == order)
    }

    /// The order must not change between versions: runs are resumed from it.
    ///
    /// The expected orders
    /// come from an independent implementation of Philox and of the shuffle.
    @Test func theOrderOfASmallEpochIsFixed() throws {
        let sampler = try BatchSampler(exampleCount: 8, batchSize: 2, seed: 42)
        #expect(sampler.order(epoch: 0) == [6, 0, 5, 7, 4, 1, 2, 3])
        #expect(sampler.order(epoch: 1) == [7, 6, 5, 0, 1, 4, 3, 2])
    }

    @Test func positionsFollowEachOther() throws {
        let sampler = try BatchSampler(exampleCount: 6, batchSize: 2, seed: 1)
        var position = BatchPosition()
        var seen: [BatchPosition] = []
        for _ in 0..<4 {
            seen.append(position)
            position = sampler.position(after: position)
        }
        #expect(
            seen == [
                BatchPosition(epoch: 0, batch: 0), BatchPosition(epoch: 0, batch: 1),
                BatchPosition(epoch: 0, batch: 2), BatchPosition(epoch: 1, batch: 0),
            ])
    }

    @Test func impossibleSamplers() {
        #expect(throws: BatchingProblem.noExamples) {
            try BatchSampler(exampleCount: 0, batchSize: 4, seed: 1)
        }
        #expect(throws: BatchingProblem.badSize(name: "batch size", value: 0)) {
            try BatchSampler(exampleCount: 4, batchSize: 0, seed: 1)
        }
        #expect(throws: BatchingProblem.tooFewExamples(count: 4, batchSize: 9)) {
            try BatchSampler(exampleCount: 4, batchSize: 9, seed: 1)
        }
        #expect(throws: BatchingProblem.tooManyExamples(1 << 40)) {
            try BatchSampler(exampleCount: 1 << 40, batchSize: 9, seed: 1)
        }
    }

    @Test func aHugeBatchHoldsEverything() throws {
        let sampler = try BatchSampler(
            exampleCount: 4, batchSize: .max, seed: 1, remainder: .keep)
        #expect(sampler.batchesPerEpoch == 1)
        #expect(sampler.range(ofBatch: 0) == 0..<4)
        #expect(sampler.range(ofBatch: 1).isEmpty)
        #expect(sampler.range(ofBatch: -1).isEmpty)
    }
}
