import Testing

@testable import Datasets

@Suite struct PhiloxTests {
    /// The known answers of the Random123 distribution for philox4x32-10.
    @Test(arguments: [
        (
            SIMD4<UInt32>.zero, SIMD2<UInt32>.zero,
            SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
        ),
        (
            SIMD4(repeating: UInt32.max), SIMD2(repeating: UInt32.max),
            SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
        ),
        (
            SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
            SIMD2(0xa409_3822, 0x299f_31d0),
            SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
        ),
    ])
    func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
        #expect(Philox.block(counter: counter, key: key) == expected)
    }

    @Test func aStreamIsItsBlocksInOrder() {
        let seed: UInt64 = 0x299f_31d0_a409_3822
        var random = Philox(seed: seed, stream: 0x0370_7344_1319_8a2e)
        let words = (0..<12).map { _ in random.nextWord() }
        for block in 0..<3 {
            let expected = Philox.block(
                counter: SIMD4(UInt32(block), 0, 0x1319_8a2e, 0x0370_7344),
                key: SIMD2(0xa409_3822, 0x299f_31d0))
            #expect(words[4 * block..<4 * block + 4].elementsEqual((0..<4).map { expected[$0] }))
        }
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5, 11]) func aStreamCanStartAnywhere(position: Int) {
        var whole = Philox(seed: 7, stream: 9)
        for _ in 0..<position { _ = whole.nextWord() }
        var part = Philox(seed: 7, stream: 9, position: UInt64(position))
        #expect((0..<9).map { _ in whole.nextWord() } == (0..<9).map { _ in part.nextWord() })
    }

    @Test func uniformNumbersLieInTheUnitInterval() {
        var random = Philox(seed: 3)
        var words = Philox(seed: 3)
        var sum: Double = 0
        for _ in 0..<10_000 {
            let number = random.nextUniform()
            #expect(number == Float(words.nextWord() >> 8) / 16_777_216)
            #expect(number >= 0 && number < 1)
            sum += Double(number)
        }
        // The mean of 10,000 uniform numbers has standard deviation 0.0029.
        #expect(abs(sum / 10_000 - 0.5) < 0.015)
    }

    @Test func boundedIntegersAreUnbiased() {
        var random = Philox(seed: 5)
        var counts = [Int](repeating: 0, count: 6)
        for _ in 0..<60_000 { counts[Int(random.nextInteger(below: 6))] += 1 }
        // Five standard deviations of a count are 456.
        for count in counts { #expect(abs(count - 10_000) < 456) }
        #expect(random.nextInteger(below: 1) == 0)
        #expect(random.nextInteger(below: 0) == 0)
    }

    /// With a bound of 3 * 2^30, plain multiplication would give a third of the numbers twice the
    /// chance of the others; numbers divisible by 3 show it.
    @Test func rejectionRemovesTheBiasOfLargeBounds() {
        var random = Philox(seed: 6)
        let bound: UInt32 = 3 << 30
        var counts = [0, 0, 0]
        for _ in 0..<30_000 { counts[Int(random.nextInteger(below: bound) % 3)] += 1 }
        // Five standard deviations of a count are 408.
        for count in counts { #expect(abs(count - 10_000) < 408) }
    }

    @Test func aShuffleIsAPermutationAndUniform() {
        var places = [Int](repeating: 0, count: 5)
        for seed in 0..<5_000 {
            var random = Philox(seed: UInt64(seed))
            var elements = [0, 1, 2, 3, 4]
            random.shuffle(&elements)
            #expect(elements.sorted() == [0, 1, 2, 3, 4])
            places[elements.firstIndex(of: 0) ?? 0] += 1
        }
        // Five standard deviations of a count are 141.
        for count in places { #expect(abs(count - 1_000) < 141) }
    }
}
