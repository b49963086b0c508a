/// The cosines of some vectors with all candidates.
public struct DialogueSimilarities: Sendable, Equatable {
    /// The cosines, `[rows, columns]` row-major.
    public let values: [Float]
    /// Number of vectors.
    public let rows: Int
    /// Number of candidates.
    public let columns: Int

    /// The cosines of `vectors [m, D]` with `candidates [n, D]`, summed in double precision.
    ///
    /// Lengths are divided out, so neither needs unit rows; a row of zeros has the cosine 0 with everything, and a row with a
    /// NaN has NaN. Throws `DialogueEvaluationError` when the arrays do not consist of whole rows.
    public init(_ vectors: [Float], _ candidates: [Float], dimension: Int) throws {
        guard dimension > 0 else { throw DialogueEvaluationError.empty("dimensions") }
        for (values, what) in [(vectors, "vectors"), (candidates, "candidates")] {
            guard values.count % dimension == 0 else {
                throw DialogueEvaluationError.wrongSize(
                    what: what, found: values.count,
                    expected: values.count / dimension * dimension)
            }
        }
        var left = DialogueMatrix(vectors, columns: dimension)
        var right = DialogueMatrix(candidates, columns: dimension)
        left.normalizeRows()
        right.normalizeRows()
        (rows, columns) = (left.rows, right.rows)
        let products = left.transposed.transposedProduct(right.transposed)
        values = products.values.map { Float($0) }
    }

    /// The `count` candidates nearest to a row, best first, with their cosines; the earlier candidate first on ties, and no
    /// candidate whose cosine is NaN.
    public func best(_ count: Int, of row: Int) -> [(candidate: Int, cosine: Float)] {
        let own = values[row * columns..<(row + 1) * columns].enumerated()
            .filter { !$0.element.isNaN }
        return own.sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }.prefix(count)
            .map { ($0.offset, $0.element) }
    }
}
