/// A linear map from questions to answers with a penalty on its size: `y = M x + b`.
public struct DialogueRidge: Sendable, Equatable {
    /// M, `[D, D]` row-major, one row per output, as the weight of a linear layer.
    public let weights: [Float]
    /// b, `[D]`.
    public let bias: [Float]
    /// D.
    public let dimension: Int
    /// The strength of the penalty, lambda.
    public let regularization: Double
    /// Whether the map was fitted to the difference of answer and question, so that a strong penalty leads to copying.
    public let isResidual: Bool

    /// Fits the map in closed form.
    ///
    /// Centred with the means of the training rows, it minimises `Σ |(a - ā) - W (x - x̄)|² + lambda |W|²`, with `a - x` in
    /// place of `a` for the residual: lambda is added to the diagonal of the **sum** `Σ (x - x̄)(x - x̄)ᵀ` over all training
    /// rows, not to their mean, and the intercept is free.
    ///
    /// Throws `DialogueEvaluationError` when lambda is not above 0.
    public init(_ training: DialogueVectors, regularization: Double, isResidual: Bool) throws {
        self = try DialogueRidgeProblem(training).solve(regularization)
            .ridge(isResidual: isResidual)
    }

    init(
        weights: [Float], bias: [Float], regularization: Double, isResidual: Bool
    ) {
        self.weights = weights
        self.bias = bias
        dimension = bias.count
        self.regularization = regularization
        self.isResidual = isResidual
    }

    /// The answers `[n, D]` to `questions [n, D]`, not brought to unit length; throws when those are not whole rows.
    public func predict(_ questions: [Float]) throws -> [Float] {
        guard questions.count % dimension == 0 else {
            throw DialogueEvaluationError.wrongSize(
                what: "questions", found: questions.count,
                expected: questions.count / dimension * dimension)
        }
        let products = HostMatrix(questions, columns: dimension).transposed
            .transposedProduct(HostMatrix(weights, columns: dimension).transposed)
        var answers = [Float](repeating: 0, count: questions.count)
        for place in answers.indices {
            answers[place] = Float(products.values[place] + Double(bias[place % dimension]))
        }
        return answers
    }
}

/// What ridge regressions of the same training rows share: the sums over them.
struct DialogueRidgeProblem: Sendable {
    /// D.
    let dimension: Int
    private let questionMeans: [Double]
    private let answerMeans: [Double]
    /// `Σ (x - x̄)(x - x̄)ᵀ`, `[D, D]`, with zeros above the diagonal.
    private let gram: HostMatrix
    /// `Σ (x - x̄)(a - ā)ᵀ`, `[D, D]`.
    private let cross: HostMatrix

    /// Sums over the training rows.
    init(_ training: DialogueVectors) {
        dimension = training.dimension
        var questions = HostMatrix(training.questions, columns: dimension)
        var answers = HostMatrix(training.answers, columns: dimension)
        questionMeans = questions.columnMeans
        answerMeans = answers.columnMeans
        questions.subtract(questionMeans)
        answers.subtract(answerMeans)
        gram = questions.transposedProduct(questions, isLowerHalf: true)
        cross = questions.transposedProduct(answers)
    }

    /// The systems for one strength, factored once for both regressions.
    func solve(_ regularization: Double) throws -> Solution {
        guard regularization > 0, regularization.isFinite else {
            throw DialogueEvaluationError.badRegularization(regularization)
        }
        var matrix = gram.values
        for place in 0..<dimension { matrix[place * dimension + place] += regularization }
        return Solution(
            problem: self, regularization: regularization,
            factor: try CholeskyFactor(
                HostMatrix(matrix, rows: dimension, columns: dimension)))
    }

    /// The factored system of one strength.
    struct Solution {
        fileprivate let problem: DialogueRidgeProblem
        fileprivate let regularization: Double
        fileprivate let factor: CholeskyFactor

        /// The regression of the answer, or of its difference from the question.
        func ridge(isResidual: Bool) -> DialogueRidge {
            let size = problem.dimension
            var target = problem.cross.values
            if isResidual {
                // Σ (x - x̄)((a - ā) - (x - x̄))ᵀ, of whose second part only the lower half is there.
                for row in 0..<size {
                    for column in 0..<size {
                        target[row * size + column] -=
                            problem.gram.values[max(row, column) * size + min(row, column)]
                    }
                }
            }
            var map = factor.solve(HostMatrix(target, rows: size, columns: size)).values
            // y = x + W (x - x̄) + ā - x̄ is of the same form, with the identity added to W.
            if isResidual { for place in 0..<size { map[place * size + place] += 1 } }
            var weights = [Float](repeating: 0, count: size * size)
            var bias = problem.answerMeans
            for input in 0..<size {
                for output in 0..<size {
                    let value = map[input * size + output]
                    weights[output * size + input] = Float(value)
                    bias[output] -= problem.questionMeans[input] * value
                }
            }
            return DialogueRidge(
                weights: weights, bias: bias.map { Float($0) }, regularization: regularization,
                isResidual: isResidual)
        }
    }
}
