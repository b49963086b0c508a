/// How a context is cut into chunks of equal length.
struct ChunkCut: Equatable {
    /// Number of chunks, K.
    let chunks: Int
    /// Vectors of a chunk, s.
    let length: Int

    /// The cut of `contextLength` vectors into `chunks` chunks, with 0 into the largest number up to the root of the length;
    /// `nil` when it is impossible.
    init?(chunks: Int, contextLength: Int) {
        guard chunks >= 0, contextLength > 0,
            Self.problem(chunks: chunks, contextLength: contextLength) == nil
        else { return nil }
        let found = chunks > 0 ? chunks : Self.nearRoot(contextLength)
        self.chunks = found
        length = contextLength / found
    }

    /// What `chunks` must be for contexts of `contextLength` vectors when it cannot be what it is.
    static func problem(chunks: Int, contextLength: Int) -> String? {
        if chunks > 0 {
            guard contextLength % chunks != 0 else { return nil }
            let divisors = (1...contextLength).filter { contextLength % $0 == 0 }
            let nearest = [divisors.last { $0 < chunks }, divisors.first { $0 > chunks }]
                .compactMap { $0 }.map { "\($0)" }
            return "a divisor of data.contextLength, \(contextLength), such as "
                + nearest.joined(separator: " or ")
        }
        // A prime number of vectors would be one chunk, or chunks of one vector: no hierarchy.
        guard contextLength > 3, nearRoot(contextLength) == 1 else { return nil }
        let lengths = [
            (1..<contextLength).last { nearRoot($0) > 1 },
            (contextLength + 1...contextLength + 2).first { nearRoot($0) > 1 },
        ].compactMap { $0 }.map { "\($0)" }
        return "given, because data.contextLength, \(contextLength), is prime; a length of "
            + lengths.joined(separator: " or ") + " can be cut"
    }

    /// The largest divisor that is not above the root.
    private static func nearRoot(_ length: Int) -> Int {
        var best = 1
        var candidate = 1
        while candidate * candidate <= length {
            if length % candidate == 0 { best = candidate }
            candidate += 1
        }
        return best
    }
}
