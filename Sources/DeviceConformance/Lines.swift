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
