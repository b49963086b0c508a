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
