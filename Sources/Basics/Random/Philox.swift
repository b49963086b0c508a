import Glibc

/// Philox 4x32-10 on the host: the reference for every device's random numbers.
///
/// A counter-based generator: word `i` of a stream is a pure function of the stream and `i`, so that initial weights,
/// dropout masks and shuffles are the same on every device and a resumed run needs only positions, no hidden state.
/// (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.)
public struct Philox: RandomNumberGenerator, Sendable {
    /// The stream that the words belong to.
    public let stream: RandomStream
    /// Index of the next word that `nextWord` returns.
    public private(set) var position: UInt64

    private var block: SIMD4<UInt32> = .zero

    /// A generator at word `position` of `stream`.
    public init(_ stream: RandomStream, position: UInt64 = 0) {
        self.stream = stream
        self.position = position
        if position % 4 != 0 { block = Self.block(stream, index: position / 4) }
    }

    /// The four words of block `index` of a stream.
    public static func block(_ stream: RandomStream, index: UInt64) -> SIMD4<UInt32> {
        round10(
            counter: SIMD4(
                UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
                UInt32(truncatingIfNeeded: stream.identifier),
                UInt32(truncatingIfNeeded: stream.identifier >> 32)),
            key: SIMD2(
                UInt32(truncatingIfNeeded: stream.seed),
                UInt32(truncatingIfNeeded: stream.seed >> 32)))
    }

    /// Ten rounds of the Philox bijection on a counter under a key.
    public static func round10(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (x, key) = (counter, key)
        for round in 0..<10 {
            if round > 0 { key = key &+ SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let first = UInt64(0xD251_1F53) * UInt64(x[0])
            let second = UInt64(0xCD9E_8D57) * UInt64(x[2])
            x = SIMD4(
                UInt32(truncatingIfNeeded: second >> 32) ^ x[1] ^ key[0],
                UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ x[3] ^ key[1],
                UInt32(truncatingIfNeeded: first))
        }
        return x
    }

    /// The next 32-bit word of the stream.
    public mutating func nextWord() -> UInt32 {
        let lane = Int(position % 4)
        if lane == 0 { block = Self.block(stream, index: position / 4) }
        position += 1
        return block[lane]
    }

    /// The next two words as one number, the first word low.
    public mutating func next() -> UInt64 {
        let low = UInt64(nextWord())
        return low | UInt64(nextWord()) << 32
    }

    /// A number uniform in `[0, 1)` with 24 random bits.
    public mutating func nextUniform() -> Float {
        Float(nextWord() >> 8) * 0x1p-24
    }

    /// Two independent numbers from the standard normal distribution (Box and Muller 1958).
    public mutating func nextNormalPair() -> (Double, Double) {
        let radius = (-2 * log(1 - Double(nextWord()) * 0x1p-32)).squareRoot()
        let angle = 2 * Double.pi * Double(nextWord()) * 0x1p-32
        return (radius * cos(angle), radius * sin(angle))
    }

    /// An integer uniform in `0 ..< bound` without bias; 0 when `bound` is 0.
    ///
    /// One word per draw, more on rejection. (Lemire, "Fast random integer generation in an interval", 2019.)
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

    /// Shuffles an array by Fisher and Yates, from the last place to the first; at most 2^32 elements take part.
    ///
    /// Inlinable, because a generic loop from another module takes ten times as long.
    @inlinable
    public mutating func shuffle<Element>(_ array: inout [Element]) {
        var last = min(array.count, Int(UInt32.max)) - 1
        while last > 0 {
            array.swapAt(last, Int(nextInteger(below: UInt32(last) + 1)))
            last -= 1
        }
    }
}

/// Names one stream of the counter-based generator Philox 4x32-10, identical on every device.
///
/// Word `i` of the stream is word `i % 4` of the block computed from key `(seed low, seed high)` and counter
/// `(low(i / 4), high(i / 4), identifier low, identifier high)`. (Salmon et al., "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011.)
public struct RandomStream: Sendable, Hashable {
    /// The key: the seed of the run.
    public var seed: UInt64
    /// Distinguishes the streams of one seed, for example one per dropout call.
    public var identifier: UInt64

    /// The stream `identifier` of `seed`.
    public init(seed: UInt64, identifier: UInt64) {
        self.seed = seed
        self.identifier = identifier
    }
}

/// A stream of random numbers that every pass through a model has one of: one dropout call.
///
/// Pass number p (below 2^38) of a run takes the stream with the identifier `p << 24 | call`. Kept without the pass, a recorded
/// call can be made again in another pass with that pass's own mask.
public struct PassStream: Sendable, Hashable {
    /// The seed of the run.
    public let seed: UInt64
    /// Number of the call within its pass, below 2^24.
    public let call: Int

    private static let callBits: UInt64 = 24
    private static let passBits: UInt64 = 38

    /// The stream of call number `call` under `seed`.
    public init(seed: UInt64, call: Int) {
        self.seed = seed
        self.call = call
    }

    /// What is left of `stream` without its pass; `nil` when it is no stream of pass number `pass`.
    public init?(_ stream: RandomStream, pass: Int) {
        guard stream.identifier >> Self.callBits == UInt64(pass) else { return nil }
        seed = stream.seed
        call = Int(stream.identifier & (1 << Self.callBits - 1))
    }

    /// The stream of pass number `pass`.
    public func stream(pass: Int) -> RandomStream {
        assert(call >> Self.callBits == 0 && pass >> Self.passBits == 0)
        return RandomStream(
            seed: seed, identifier: UInt64(pass) << Self.callBits | UInt64(call))
    }
}
