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
