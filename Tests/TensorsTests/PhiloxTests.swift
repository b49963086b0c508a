import Devices
import Testing

/// The random generator against the known answers that its authors publish with Random123.
@Suite struct PhiloxTests {
    struct Answer: Sendable {
        let counter: SIMD4<UInt32>
        let key: SIMD2<UInt32>
        let words: SIMD4<UInt32>
    }

    @Test(arguments: [
        Answer(
            counter: .zero, key: .zero,
            words: SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)),
        Answer(
            counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max),
            words: SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)),
        Answer(
            counter: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344),
            key: SIMD2(0xA409_3822, 0x299F_31D0),
            words: SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)),
    ])
    func knownAnswers(_ answer: Answer) {
        #expect(Philox.round10(counter: answer.counter, key: answer.key) == answer.words)
    }

    /// The third known answer again, through the layout of seed, identifier and block index.
    @Test func layoutOfTheCounter() {
        let stream = RandomStream(seed: 0x299F_31D0_A409_3822, identifier: 0x0370_7344_1319_8A2E)
        let words = Philox.block(stream, index: 0x85A3_08D3_243F_6A88)
        #expect(words == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    @Test func anyPositionContinuesTheStream() {
        let stream = RandomStream(seed: 7, identifier: 8)
        var whole = Philox(stream)
        let words = (0..<23).map { _ in whole.nextWord() }
        for start in 0..<9 {
            var part = Philox(stream, position: UInt64(start))
            #expect((start..<23).map { _ in part.nextWord() } == Array(words[start...]))
            #expect(part.position == 23)
        }
        var pairs = Philox(stream)
        #expect(pairs.next() == UInt64(words[0]) | UInt64(words[1]) << 32)
        #expect(Set(words).count == 23)
    }

    @Test func seedsAndIdentifiersGiveDifferentStreams() {
        let streams = [(0, 0), (1, 0), (0, 1), (1 << 32, 0), (0, 1 << 32)].map {
            Philox.block(RandomStream(seed: UInt64($0.0), identifier: UInt64($0.1)), index: 0)
        }
        #expect(Set(streams).count == 5)
    }

    @Test func uniformNumbersFillTheInterval() {
        var generator = Philox(RandomStream(seed: 1, identifier: 1))
        let values = (0..<20_000).map { _ in Double(generator.nextUniform()) }
        #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
        let mean = values.reduce(0, +) / 20_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        // Five standard errors: sqrt(1/12/n) of the mean, sqrt(1/180/n) of the variance.
        #expect(abs(mean - 0.5) < 5 * (1 / 12.0 / 20_000).squareRoot())
        #expect(abs(variance - 1 / 12.0) < 5 * (1 / 180.0 / 20_000).squareRoot())
    }

    @Test func normalNumbersHaveUnitVariance() {
        var generator = Philox(RandomStream(seed: 1, identifier: 2))
        let values = (0..<10_000).flatMap { _ in
            let pair = generator.nextNormalPair()
            return [pair.0, pair.1]
        }
        let mean = values.reduce(0, +) / 20_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        let beyondTwo = Double(values.count { abs($0) > 2 }) / 20_000
        #expect(abs(mean) < 5 * (1 / 20_000.0).squareRoot())
        #expect(abs(variance - 1) < 5 * (2 / 20_000.0).squareRoot())
        #expect(abs(beyondTwo - 0.0455) < 5 * (0.0455 * 0.9545 / 20_000).squareRoot())
    }

    @Test func boundedIntegersAreUnbiased() {
        var generator = Philox(RandomStream(seed: 1, identifier: 3))
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<14_000 { counts[generator.nextInteger(below: 7)] += 1 }
        let statistic = counts.reduce(0.0) { $0 + Double(($1 - 2000) * ($1 - 2000)) / 2000 }
        // The 0.999 quantile of chi squared with 6 degrees of freedom.
        #expect(statistic < 22.5)
        #expect(generator.nextInteger(below: 1) == 0)
        #expect((0..<Int.max).contains(generator.nextInteger(below: .max)))
    }

    @Test func shufflesArePermutations() {
        var generator = Philox(RandomStream(seed: 5, identifier: 0))
        var first = Array(0..<50)
        generator.shuffle(&first)
        var again = Philox(RandomStream(seed: 5, identifier: 0))
        var second = Array(0..<50)
        again.shuffle(&second)
        #expect(first == second && first != Array(0..<50) && first.sorted() == Array(0..<50))
        var none: [Int] = []
        generator.shuffle(&none)
        #expect(none.isEmpty)
    }
}
