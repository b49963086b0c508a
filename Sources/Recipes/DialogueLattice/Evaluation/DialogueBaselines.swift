/// What every model is measured beside.
public enum DialogueBaseline: String, CaseIterable, Codable, Sendable, CodingKeyRepresentable {
    /// The mean training answer, whatever is asked.
    case constant
    /// The question itself.
    case copy
    /// A linear map from question to answer.
    case ridge
    /// A linear map from the question to what its answer adds to it.
    case ridgeResidual

    /// The name for people.
    public var title: String {
        switch self {
        case .constant: "constant"
        case .copy: "copy"
        case .ridge: "ridge"
        case .ridgeResidual: "ridge on the residual"
        }
    }
}

/// The baselines of some training pairs: none of them has seen another pair, but for the choice of the strength.
public struct DialogueBaselines: Sendable {
    /// The mean training answer, `[D]`.
    public let constant: [Float]
    /// The map from question to answer.
    public let ridge: DialogueRidge
    /// The map from the question to the difference of answer and question.
    public let ridgeResidual: DialogueRidge
    /// Whether validation pairs have chosen the strengths.
    public let isChosenByValidation: Bool

    /// The strengths that validation pairs choose from, in units of `DialogueRidge.init`.
    public static let candidates = [0.3, 1, 3, 10, 30, 100]
    /// The strength of `ridge` without validation pairs.
    public static let ridgeDefault = 0.3
    /// The strength of `ridgeResidual` without validation pairs.
    public static let residualDefault = 1.0

    /// Fits all baselines.
    ///
    /// - Parameters:
    ///   - training: the pairs they learn from.
    ///   - validation: pairs on which the strength with the highest mean reciprocal rank is chosen for either ridge, on ties
    ///     that with the higher mean cosine; without them the defaults are taken.
    /// - Throws: `DialogueEvaluationError` when the dimensions differ.
    public init(training: DialogueVectors, validation: DialogueVectors? = nil) throws {
        let dimension = training.dimension
        if let validation, validation.dimension != dimension {
            throw DialogueEvaluationError.wrongDimension(
                what: "validation pairs", found: validation.dimension, expected: dimension)
        }
        constant = HostMatrix(training.answers, columns: dimension).columnMeans.map {
            Float($0)
        }
        let problem = DialogueRidgeProblem(training)
        isChosenByValidation = validation != nil
        guard let validation else {
            ridge = try problem.solve(Self.ridgeDefault).ridge(isResidual: false)
            ridgeResidual = try problem.solve(Self.residualDefault).ridge(isResidual: true)
            return
        }
        var best: [Bool: (ridge: DialogueRidge, metrics: DialogueMetrics)] = [:]
        for strength in Self.candidates {
            let solution = try problem.solve(strength)
            for isResidual in [false, true] {
                let ridge = solution.ridge(isResidual: isResidual)
                let metrics = DialogueMetrics(
                    try DialogueScores(
                        predictions: try ridge.predict(validation.questions),
                        answers: validation.answers, dimension: dimension))
                if let known = best[isResidual]?.metrics,
                    (metrics.meanReciprocalRank, metrics.meanCosine)
                        <= (known.meanReciprocalRank, known.meanCosine)
                {
                    continue
                }
                best[isResidual] = (ridge, metrics)
            }
        }
        guard let ridge = best[false]?.ridge, let residual = best[true]?.ridge else {
            throw DialogueEvaluationError.empty("strengths to choose from")
        }
        self.ridge = ridge
        ridgeResidual = residual
    }

    /// The answers `[n, D]` that a baseline gives to `questions [n, D]`, not brought to unit length.
    ///
    /// Throws `DialogueEvaluationError` when those are not whole rows.
    public func predict(_ baseline: DialogueBaseline, _ questions: [Float]) throws -> [Float] {
        switch baseline {
        case .copy: return questions
        case .ridge: return try ridge.predict(questions)
        case .ridgeResidual: return try ridgeResidual.predict(questions)
        case .constant:
            guard questions.count % constant.count == 0 else {
                throw DialogueEvaluationError.wrongSize(
                    what: "questions", found: questions.count,
                    expected: questions.count / constant.count * constant.count)
            }
            return (0..<questions.count / constant.count).flatMap { _ in constant }
        }
    }
}
