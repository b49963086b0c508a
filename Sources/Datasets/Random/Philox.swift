/// The counter-based random generator Philox 4x32-10: a pure function from a counter and a key to
/// four random words, so that any part of a stream can be computed anywhere, in any order.
///
/// A stream is named by a seed and a stream number: key = (seed low, seed high), counter =
/// (block low, block high, stream low, stream high). Word `i` of a stream is word `i % 4` of block
/// `i / 4`.
///
/// Source: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
public struct Philox: Sendable {
    private let key: SIMD2<UInt32>
    private let stream: SIMD2<UInt32>
    private var block: SIMD4<UInt32> = .zero
    /// The number of words drawn so far.
    public private(set) var position: UInt64

    /// Starts the stream `stream` of `seed` at its word `position`.
    public init(seed: UInt64, stream: UInt64 = 0, position: UInt64 = 0) {
        key = Self.halves(seed)
        self.stream = Self.halves(stream)
        self.position = position
        if position % 4 != 0 { block = makeBlock(position / 4) }
    }

    /// The four random words of one counter under one key: ten rounds.
    public static func block(
        counter: SIMD4<UInt32>, key: SIMD2<UInt32>
    ) -> SIMD4<UInt32> {
        var (counter, key) = (counter, key)
        for round in 0..<10 {
            if round > 0 { key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let first = (0xD251_1F53 as UInt32).multipliedFullWidth(by: counter.x)
            let second = (0xCD9E_8D57 as UInt32).multipliedFullWidth(by: counter.z)
            counter = SIMD4(
                second.high ^ counter.y ^ key.x, second.low,
                first.high ^ counter.w ^ key.y, first.low)
        }
        return counter
    }

    /// The next random word.
    public mutating func nextWord() -> UInt32 {
        let lane = Int(position % 4)
        if lane == 0 { block = makeBlock(position / 4) }
        position &+= 1
        return block[lane]
    }

    /// The next number, uniform on [0, 1) in steps of 2^-24: `(word >> 8) * 2^-24`.
    public mutating func nextUniform() -> Float {
        Float(nextWord() >> 8) * 0x1p-24
    }

    /// The next integer, uniform on `0..<bound` without bias; 0 when `bound` is 0.
    ///
    /// One word per draw, more on rejection. Source: Lemire, "Fast Random Integer Generation in an
    /// Interval", 2019.
    public mutating func nextInteger(below bound: UInt32) -> UInt32 {
        if bound == 0 { return 0 }
        var product = nextWord().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold {
                product = nextWord().multipliedFullWidth(by: bound)
            }
        }
        return product.high
    }

    /// Shuffles `elements` in place (Fisher and Yates, from the last element down); at most 2^32
    /// elements take part.
    public mutating func shuffle<Element>(_ elements: inout [Element]) {
        var last = min(elements.count, Int(UInt32.max)) - 1
        while last > 0 {
            elements.swapAt(last, Int(nextInteger(below: UInt32(last) + 1)))
            last -= 1
        }
    }

    private func makeBlock(_ index: UInt64) -> SIMD4<UInt32> {
        Self.block(counter: SIMD4(lowHalf: Self.halves(index), highHalf: stream), key: key)
    }

    private static func halves(_ value: UInt64) -> SIMD2<UInt32> {
        SIMD2(UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32))
    }
}

/// The stream numbers that the data sets use; their high halves keep the purposes apart.
enum RandomStream {
    /// Splitting documents into parts.
    static let documentSplit: UInt64 = 0x5350_4C54 << 32
    /// Splitting windows into parts.
    static let windowSplit: UInt64 = 0x5749_4E44 << 32
    /// Directions of the search for duplicate rows.
    static let duplicateSearch: UInt64 = 0x4455_5045 << 32

    /// The order of the examples in one epoch.
    static func sampling(epoch: Int) -> UInt64 {
        0x4F52_4452 << 32 | UInt64(UInt32(truncatingIfNeeded: epoch))
    }
}
