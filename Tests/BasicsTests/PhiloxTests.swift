import TandemBasics
import Testing

/// The generator against the known answers published with its reference implementation (Random123).
@Suite struct PhiloxTests {
    struct KnownAnswer: Sendable {
        let counter: SIMD4<UInt32>
        let key: SIMD2<UInt32>
        let block: SIMD4<UInt32>
    }

    static let knownAnswers = [
        KnownAnswer(
            counter: .zero, key: .zero,
            block: SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
        KnownAnswer(
            counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max),
            block: SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
        KnownAnswer(
            counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
            key: SIMD2(0xa409_3822, 0x299f_31d0),
            block: SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)),
    ]

    @Test(arguments: knownAnswers)
    func publishedAnswers(_ known: KnownAnswer) {
        #expect(Philox.round10(counter: known.counter, key: known.key) == known.block)
    }

    @Test func streamIsLaidOutAsDocumented() {
        // The third known answer, reached through seed, stream and block index.
        let stream = RandomStream(
            seed: 0x299f_31d0_a409_3822, identifier: 0x0370_7344_1319_8a2e)
        #expect(
            Philox.block(stream, index: 0x85a3_08d3_243f_6a88)
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test(arguments: [0, 1, 3, 4, 6])
    func generatorContinuesAtAnyWord(_ position: Int) {
        let stream = RandomStream(seed: 5, identifier: 9)
        var all = Philox(stream)
        let words = (0..<12).map { _ in all.nextWord() }
        var later = Philox(stream, position: UInt64(position))
        #expect((position..<12).map { _ in later.nextWord() } == Array(words[position...]))
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
        for _ in 0..<14_000 { counts[Int(generator.nextInteger(below: 7))] += 1 }
        let statistic = counts.reduce(0.0) { $0 + Double(($1 - 2000) * ($1 - 2000)) / 2000 }
        // The 0.999 quantile of chi squared with 6 degrees of freedom.
        #expect(statistic < 22.5)
        #expect(generator.nextInteger(below: 1) == 0)
        #expect(generator.nextInteger(below: 0) == 0)
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

    /// With a bound of 3 * 2^30, plain multiplication would give a third of the numbers twice the
    /// chance of the others; numbers divisible by 3 show it.
    @Test func rejectionRemovesTheBiasOfLargeBounds() {
        var random = Philox(RandomStream(seed: 6, identifier: 0))
        let bound: UInt32 = 3 << 30
        var counts = [0, 0, 0]
        for _ in 0..<30_000 { counts[Int(random.nextInteger(below: bound) % 3)] += 1 }
        // Five standard deviations of a count are 408.
        for count in counts { #expect(abs(count - 10_000) < 408) }
    }

    @Test func aShuffleIsAPermutationAndUniform() {
        var places = [Int](repeating: 0, count: 5)
        for seed in 0..<5_000 {
            var random = Philox(RandomStream(seed: UInt64(seed), identifier: 0))
            var elements = [0, 1, 2, 3, 4]
            random.shuffle(&elements)
            #expect(elements.sorted() == [0, 1, 2, 3, 4])
            places[elements.firstIndex(of: 0) ?? 0] += 1
        }
        // Five standard deviations of a count are 141.
        for count in places { #expect(abs(count - 1_000) < 141) }
    }
}
