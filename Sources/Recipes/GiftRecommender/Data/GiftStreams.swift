import TandemBasics

/// The streams of random numbers of the gift recommender's data; the first byte of their identifiers, and the four bits
/// behind it, keep the purposes apart.
enum GiftStreams {
    /// The number of bits that number the samples of an epoch.
    static let sampleBits: UInt64 = 28

    /// One sample of an epoch: which scenario it is, and how that is varied.
    static func sample(seed: UInt64, epoch: Int, sample: Int) -> RandomStream {
        stream(seed, 0, UInt64(truncatingIfNeeded: epoch) << sampleBits | UInt64(sample))
    }

    /// The profiles that the generator draws in an attempt to make plausible ones of them.
    static func profiles(seed: UInt64, attempt: Int) -> RandomStream {
        stream(seed, 1, UInt64(truncatingIfNeeded: attempt))
    }

    /// The recombined profiles of a batch.
    static func recombination(seed: UInt64, epoch: Int, batch: Int) -> RandomStream {
        stream(seed, 2, UInt64(truncatingIfNeeded: epoch) << sampleBits | UInt64(batch))
    }

    private static func stream(_ seed: UInt64, _ purpose: UInt64, _ part: UInt64) -> RandomStream {
        RandomStream(seed: seed, identifier: 0x47 << 56 | purpose << 52 | part & (1 << 52 - 1))
    }
}
