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
