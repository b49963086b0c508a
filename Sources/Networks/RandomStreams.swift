public import TandemBasics

/// The streams of random numbers of a run, kept apart by the top bits of their identifiers.
public enum RandomStreams {
    /// The stream for the initial values of parameter number `parameter`.
    public static func initialValues(seed: UInt64, parameter: Int) -> RandomStream {
        RandomStream(seed: seed, identifier: 1 << 62 | UInt64(parameter))
    }

    /// The stream of dropout call number `call` (below 2^24) in forward pass number `pass` (below 2^38) of a run.
    public static func dropout(seed: UInt64, pass: Int, call: Int) -> RandomStream {
        PassStream(seed: seed, call: call).stream(pass: pass)
    }
}
