/// Pseudo-random inputs of the cases (SplitMix64), the same on every machine.
struct ValueSource: Sendable {
    private var state: UInt64

    /// A source that depends only on `name` (by its FNV-1a hash).
    init(name: String) {
        state = name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// `count` values in `range`.
    mutating func uniform(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        let width = range.upperBound - range.lowerBound
        return (0..<count).map { _ in
            range.lowerBound + width * Float(next() >> 40) / Float(1 << 24)
        }
    }

    /// `count` values whose magnitude is in `range`, with random signs.
    mutating func signed(_ count: Int, magnitude range: ClosedRange<Float>) -> [Float] {
        uniform(count, in: range).map { next() & 1 == 0 ? $0 : -$0 }
    }

    /// `count` indices below `bound`.
    mutating func indices(_ count: Int, below bound: Int) -> [Int32] {
        (0..<count).map { _ in Int32(next() % UInt64(bound)) }
    }
}

/// An array `[outer, count, inner]` as lines along its middle axis.
struct Lines: Sendable {
    let outer: Int
    let count: Int
    let inner: Int

    init(_ outer: Int, _ count: Int, _ inner: Int) {
        (self.outer, self.count, self.inner) = (outer, count, inner)
    }

    var name: String { "[\(outer), \(count), \(inner)]" }

    /// Number of lines.
    var lines: Int { outer * inner }

    /// The lines of an array, in row-major order of the two other axes.
    func lines<Element>(_ values: [Element]) -> [[Element]] {
        (0..<lines).map { line(values, $0) }
    }

    /// The elements of line number `index`.
    func line<Element>(_ values: [Element], _ index: Int) -> [Element] {
        let start = index / inner * count * inner + index % inner
        return (0..<count).map { values[start + $0 * inner] }
    }

    /// The array with the given lines.
    func array<Element>(_ lines: [[Element]]) -> [Element] {
        (0..<outer * count * inner).map { index in
            lines[index / (count * inner) * inner + index % inner][index / inner % count]
        }
    }
}
