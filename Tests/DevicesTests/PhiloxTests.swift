import Devices
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
}
