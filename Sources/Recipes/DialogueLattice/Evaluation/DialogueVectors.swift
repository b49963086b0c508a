/// The vectors of some questions and of their answers, row by row.
public struct DialogueVectors: Sendable, Equatable {
    /// The questions, `[n, D]` row-major.
    public let questions: [Float]
    /// The answers, `[n, D]` row-major.
    public let answers: [Float]
    /// D.
    public let dimension: Int

    /// Number of pairs n.
    public var count: Int { questions.count / dimension }

    /// The given vectors; throws `DialogueEvaluationError` when there are none, when the two do not fit together, or when
    /// a number is not finite.
    public init(questions: [Float], answers: [Float], dimension: Int) throws {
        guard dimension > 0, !questions.isEmpty else {
            throw DialogueEvaluationError.empty("pairs")
        }
        let count = questions.count / dimension
        try Self.check(questions, "questions", count: count, dimension: dimension)
        try Self.check(answers, "answers", count: count, dimension: dimension)
        self.questions = questions
        self.answers = answers
        self.dimension = dimension
    }

    /// Requires `count` rows of finite numbers.
    static func check(_ values: [Float], _ what: String, count: Int, dimension: Int) throws {
        guard values.count == count * dimension else {
            throw DialogueEvaluationError.wrongSize(
                what: what, found: values.count, expected: count * dimension)
        }
        if let place = values.firstIndex(where: { !$0.isFinite }) {
            throw DialogueEvaluationError.notFinite(
                what: what, row: place / dimension, value: "\(values[place])")
        }
    }
}

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
        var left = HostMatrix(vectors, columns: dimension)
        var right = HostMatrix(candidates, columns: dimension)
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
