import Testing

@testable import TandemRecipes

@Suite struct GiftBatchesTests {
    private let scenarios = GiftFixtures.scenarios(100)

    private func batches(
        _ augmentation: GiftAugmentation = .v2, drawn: [Int32] = Array(20..<100),
        batchSize: Int = 16, seed: UInt64 = 9
    ) throws -> GiftBatches {
        try GiftBatches(
            of: scenarios, drawn: drawn, batchSize: batchSize, batchesPerEpoch: 50,
            augmentation: augmentation, seed: seed)
    }

    private func texts(_ batches: GiftBatches, _ epoch: Int, _ batch: Int) -> [String] {
        batches.profiles(epoch: epoch, batch: batch).map { "\($0)" }
    }

    @Test func aBatchDependsOnItsPlaceAlone() throws {
        let batches = try batches()
        let first = (0..<3).flatMap { epoch in (0..<50).map { texts(batches, epoch, $0) } }
        // From the middle on, as after a resumption, in another order.
        let again = try self.batches()
        for epoch in (0..<3).reversed() {
            for batch in (0..<50).reversed() {
                #expect(texts(again, epoch, batch) == first[epoch * 50 + batch])
            }
        }
        #expect(Set(first).count == 150)
        #expect(texts(try self.batches(seed: 10), 0, 0) != first[0])
    }

    @Test func theDrawsAreUniformWithReplacement() throws {
        let batches = try batches(.none)
        var counts: [Int32: Int] = [:]
        var repeats = 0
        for epoch in 0..<10 {
            for batch in 0..<50 {
                let samples = batches.profiles(epoch: epoch, batch: batch)
                #expect(samples.count == 16)
                for (number, profile) in samples {
                    counts[number, default: 0] += 1
                    #expect(profile == scenarios[Int(number)].profile)
                }
                repeats += 16 - Set(samples.map(\.scenario)).count
            }
        }
        #expect(counts.keys.sorted() == Array(20..<100))
        #expect(counts.values.allSatisfy { 60...140 ~= $0 })
        // Of 16 draws from 80, 16 - 80 (1 - (79/80)^16) = 1.41 repeat another on average.
        #expect(abs(Double(repeats) / 500 - 1.41) < 0.2)
    }

    @Test func theAugmentationDoesNotChangeTheDraws() throws {
        let kinds = try GiftAugmentation.allCases.map {
            try batches($0).profiles(epoch: 4, batch: 7)
        }
        for kind in kinds { #expect(kind.map(\.scenario) == kinds[0].map(\.scenario)) }
        // One scenario that is drawn again is varied anew.
        let one = try batches(.v1, drawn: [80]).profiles(epoch: 0, batch: 0)
        #expect(Set(one.map(\.profile.budget)).count == 16)
    }

    @Test func outsideTheEpochIsNothing() throws {
        let batches = try batches()
        #expect(batches.profiles(epoch: 0, batch: 50).isEmpty)
        #expect(batches.profiles(epoch: 0, batch: -1).isEmpty)
        #expect(batches.profiles(epoch: -1, batch: 0).isEmpty)
    }

    @Test func refusesImpossibleSettings() {
        for (drawn, size) in [([], 16), ([100], 16), ([-1], 16), ([1], 0), ([1], 1 << 28)] {
            #expect(throws: GiftError.self) {
                try batches(drawn: drawn.map { Int32($0) }, batchSize: size)
            }
        }
    }
}
