import TandemDatasets
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// Which training pairs form which batch.
@Suite struct DialogueBatchesTests {
    private func batches(
        _ data: DialogueData, _ batchSize: Int = 8, seed: UInt64 = 42,
        _ change: (inout DialogueDataConfiguration) -> Void = { _ in }
    ) throws -> DialogueBatches {
        var settings = DialogueDataConfiguration()
        change(&settings)
        return try DialogueBatches(data, settings, batchSize: batchSize, seed: seed)
    }

    /// The rows of all batches of an epoch.
    private func rows(_ batches: DialogueBatches, epoch: Int) -> [[Int32]] {
        let order = batches.order(epoch: epoch)
        return (0..<batches.batchesPerEpoch).map {
            Array(batches.batch($0, of: order, epoch: epoch).rows)
        }
    }

    /// 26 training pairs: three batches of 8 and one of 2; every pair once in every epoch, held-out pairs never.
    @Test func everyPairOnce() throws {
        let batches = try batches(DialogueCase.data(36, heldOut: 10))
        #expect(batches.batchesPerEpoch == 4)
        let epochs = (0..<3).map { rows(batches, epoch: $0) }
        for epoch in epochs {
            #expect(epoch.map(\.count) == [8, 8, 8, 2])
            #expect(epoch.flatMap { $0 }.sorted() == Array(0..<26))
        }
        #expect(epochs[0] != epochs[1] && epochs[1] != epochs[2])
    }

    /// A single pair has nobody to be compared with.
    @Test func aLastBatchOfOneIsLeftOut() throws {
        let batches = try batches(DialogueCase.data(25))
        let epochs = (0..<40).map { rows(batches, epoch: $0) }
        for epoch in epochs {
            #expect(epoch.map(\.count) == [8, 8, 8])
            #expect(Set(epoch.flatMap { $0 }).count == 24)
        }
        // Another one is left out by turns.
        #expect(Set(epochs.flatMap { $0.flatMap { $0 } }).count == 25)
        #expect(try self.batches(DialogueCase.data(1)).batchesPerEpoch == 1)
    }

    @Test func seedsAreReproducible() throws {
        let data = try DialogueCase.data(30)
        func drawn(_ seed: UInt64) throws -> [[Int32]] {
            let batches = try batches(data, seed: seed) { $0.mixing = 0.2 }
            let order = batches.order(epoch: 3)
            let batch = batches.batch(1, of: order, epoch: 3)
            return [order, try #require(batch.partners)]
                + [try #require(batch.shares).map { Int32($0 * 1e6) }]
        }
        #expect(try drawn(1) == drawn(1))
        for (one, other) in zip(try drawn(1), try drawn(2)) { #expect(one != other) }
    }

    /// 24 pairs of one source, 6 of another, 3 of a third: 11 of each in every epoch, and the small ones again and again.
    @Test func balancedSources() throws {
        let data = try DialogueCase.data(
            33, source: { $0 < 24 ? "large" : $0 < 30 ? "small" : "tiny" })
        let balanced = try batches(data) { $0.balancedSources = true }
        #expect(balanced.batchesPerEpoch == 4)
        for epoch in 0..<5 {
            let order = balanced.order(epoch: epoch)
            #expect(order.count == 33)
            var counts: [Int32: Int] = [:]
            for row in order { counts[row, default: 0] += 1 }
            #expect(order.count { $0 < 24 } == 11 && order.count { $0 >= 30 } == 11)
            #expect(counts.filter { $0.key < 24 }.values.allSatisfy { $0 == 1 })
            // 11 of 6 and 11 of 3: nobody twice as often as anybody else.
            #expect(counts.filter { 24..<30 ~= $0.key }.values.allSatisfy { 1...2 ~= $0 })
            #expect(counts.filter { $0.key >= 30 }.values.allSatisfy { 3...4 ~= $0 })
            #expect(counts.keys.count { $0 >= 24 } == 9)
            // Not one source after the other.
            #expect(order.prefix(11).contains { $0 < 24 } && order.prefix(11).contains { $0 >= 24 })
        }
        let plain = try batches(data)
        #expect(plain.order(epoch: 0).sorted() == Array(0..<33))
    }

    /// The first epoch has the easiest 40 %, then a line to all of them.
    @Test func curriculum() throws {
        let data = try DialogueCase.data(
            60, heldOut: 10,
            answer: { row, question in
                // Pair 0 is the hardest.
                let shift = Float(50 - row) / 20
                return zip(question, question.reversed()).map { $0 + shift * $1 }
            })
        let byEase = data.split.training.sorted {
            data.similarities[Int($0)] > data.similarities[Int($1)]
        }
        let batches = try batches(data) { $0.curriculumEpochs = 5 }
        let shares = [0.4, 0.52, 0.64, 0.76, 0.88, 1, 1]
        for (epoch, share) in shares.enumerated() {
            let order = batches.order(epoch: epoch)
            // As many steps as ever.
            #expect(order.count == 50)
            #expect(Set(order) == Set(byEase.prefix(Int((share * 50).rounded()))), "epoch \(epoch)")
        }
        #expect(batches.order(epoch: 6).sorted() == Array(0..<50))
        #expect(batches.order(epoch: 5) != batches.order(epoch: 6))
    }

    /// Shares of the distribution Beta(a, a): between 0 and 1, half on average, with variance 1 / (8a + 4).
    @Test(arguments: [0.2, 1.0, 4.0])
    func mixing(_ parameter: Double) throws {
        let batches = try batches(DialogueCase.data(64), 64) { $0.mixing = parameter }
        var shares: [Double] = []
        for epoch in 0..<40 {
            let batch = batches.batch(0, of: batches.order(epoch: epoch), epoch: epoch)
            let partners = try #require(batch.partners)
            #expect(partners.sorted() == Array(0..<64) && partners != Array(batch.rows))
            shares += try #require(batch.shares).map(Double.init)
        }
        #expect(shares.allSatisfy { 0...1 ~= $0 })
        let mean = shares.reduce(0, +) / Double(shares.count)
        let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(shares.count)
        let expected = 1 / (8 * parameter + 4)
        // Five standard deviations of the mean of 2,560 shares; the variance's lies below 4 % of it.
        #expect(abs(mean - 0.5) < 5 * (expected / 2_560).squareRoot())
        #expect(abs(variance / expected - 1) < 0.15)
    }

    @Test func nothingToTrainOn() throws {
        let data = try DialogueCase.data(6, heldOut: 6)
        #expect(throws: BatchingProblem.self) { try batches(data) }
    }
}
