import TandemBasics
import Testing

@testable import TandemRecipes

/// Linear systems, ridge regressions and the other baselines.
@Suite struct DialogueBaselineTests {
    private static func random(_ count: Int, seed: UInt64) -> [Float] {
        var generator = Philox(RandomStream(seed: seed, identifier: 8))
        return (0..<count).map { _ in Float(generator.nextNormalPair().0) }
    }

    @Test func choleskyByHand() throws {
        // L = [[2, 0, 0], [1, 3, 0], [-2, 1, 1]]; what stands above the diagonal is not read.
        let matrix = HostMatrix([4, 99, 99, 2, 10, 99, -4, 1, 6], rows: 3, columns: 3)
        let factor = try CholeskyFactor(matrix)
        // A (1, 2, 3) and A (0, -1, 0.5).
        let right = HostMatrix([-4, -4, 25, -9.5, 16, 2], rows: 3, columns: 2)
        let solution = factor.solve(right)
        for (value, expected) in zip(solution.values, [1, 0, 2, -1, 3, 0.5]) {
            #expect(abs(value - expected) < 1e-13)
        }
        #expect(throws: NotPositiveDefinite(row: 1)) {
            try CholeskyFactor(HostMatrix([1, 0, 2, 1], rows: 2, columns: 2))
        }
        #expect(throws: NotPositiveDefinite(row: 0)) {
            try CholeskyFactor(HostMatrix([.nan], rows: 1, columns: 1))
        }
    }

    @Test("A system of an odd size is solved", arguments: [1, 2, 5, 38])
    func choleskyOfLargerSystems(size: Int) throws {
        let rows = HostMatrix(Self.random(2 * size * size, seed: 1), columns: size)
        let matrix = rows.transposedProduct(rows)
        let truth = HostMatrix(Self.random(3 * size, seed: 2), columns: 3)
        let solution = try CholeskyFactor(matrix).solve(matrix.transposedProduct(truth))
        for (value, expected) in zip(solution.values, truth.values) {
            #expect(abs(value - expected) < 1e-9)
        }
    }

    @Test("One dimension: the slope is the shared sum over the sum of squares with lambda")
    func ridgeByHand() throws {
        // Means 2 and 5; sums of squares 2, of products 6.
        let pairs = try DialogueVectors(
            questions: [1, 2, 3], answers: [2, 5, 8], dimension: 1)
        let plain = try DialogueRidge(pairs, regularization: 1, isResidual: false)
        #expect(abs(plain.weights[0] - 2) < 1e-6)
        #expect(abs(plain.bias[0] - 1) < 1e-6)
        // Of the difference: 6 - 2 = 4, and the question comes on top.
        let residual = try DialogueRidge(pairs, regularization: 1, isResidual: true)
        #expect(abs(residual.weights[0] - (1 + 4.0 / 3)) < 1e-6)
        #expect(abs(residual.bias[0] - (5 - 2 * (1 + 4.0 / 3))) < 1e-6)
        #expect(try plain.predict([10]) == [plain.weights[0] * 10 + plain.bias[0]])
        #expect(throws: DialogueEvaluationError.badRegularization(0)) {
            try DialogueRidge(pairs, regularization: 0, isResidual: false)
        }
    }

    @Test("A linear truth is found, with one row of weights per output")
    func ridgeFindsTheMap() throws {
        let questions = Self.random(400 * 3, seed: 3)
        let map: [Float] = [1, 2, 0, -1, 0.5, 0, 0, 0, 3]
        let offset: [Float] = [0.5, -1, 2]
        let answers = (0..<400 * 3).map { place -> Float in
            let (row, output) = (place / 3, place % 3)
            return (0..<3).reduce(offset[output]) {
                $0 + map[output * 3 + $1] * questions[row * 3 + $1]
            }
        }
        let pairs = try DialogueVectors(questions: questions, answers: answers, dimension: 3)
        for isResidual in [false, true] {
            let ridge = try DialogueRidge(pairs, regularization: 1e-6, isResidual: isResidual)
            for (value, expected) in zip(ridge.weights, map) {
                #expect(abs(value - expected) < 1e-5)
            }
            for (value, expected) in zip(ridge.bias, offset) {
                #expect(abs(value - expected) < 1e-5)
            }
            let predictions = try ridge.predict(questions)
            #expect(zip(predictions, answers).allSatisfy { abs($0 - $1) < 1e-4 })
        }
    }

    @Test("The strongest penalty leaves the mean answer, or the question with the mean difference")
    func strongPenalty() throws {
        let questions = Self.random(50 * 4, seed: 5)
        let answers = Self.random(50 * 4, seed: 6)
        let pairs = try DialogueVectors(questions: questions, answers: answers, dimension: 4)
        let baselines = try DialogueBaselines(training: pairs)
        let plain = try DialogueRidge(pairs, regularization: 1e12, isResidual: false)
        let residual = try DialogueRidge(pairs, regularization: 1e12, isResidual: true)
        #expect(plain.weights.allSatisfy { abs($0) < 1e-6 })
        #expect(zip(plain.bias, baselines.constant).allSatisfy { abs($0 - $1) < 1e-6 })
        for (place, weight) in residual.weights.enumerated() {
            #expect(abs(weight - (place / 4 == place % 4 ? 1 : 0)) < 1e-6)
        }
    }

    @Test func copyAndConstant() throws {
        let pairs = try DialogueVectors(
            questions: [1, 2, 3, 4], answers: [1, 0, 3, 4], dimension: 2)
        let baselines = try DialogueBaselines(training: pairs)
        #expect(baselines.constant == [2, 2])
        #expect(!baselines.isChosenByValidation)
        #expect(baselines.ridge.regularization == 0.3)
        #expect(baselines.ridgeResidual.regularization == 1)
        #expect(try baselines.predict(.copy, [7, 8]) == [7, 8])
        #expect(try baselines.predict(.constant, [7, 8, 9, 10]) == [2, 2, 2, 2])
        #expect(throws: DialogueEvaluationError.wrongSize(what: "questions", found: 3, expected: 2))
        {
            try baselines.predict(.constant, [1, 2, 3])
        }
        let other = try DialogueVectors(questions: [1], answers: [1], dimension: 1)
        #expect(
            throws: DialogueEvaluationError.wrongDimension(
                what: "validation pairs", found: 1, expected: 2)
        ) {
            try DialogueBaselines(training: pairs, validation: other)
        }
    }

    @Test("Validation pairs choose the strength that finds their answers best")
    func chosenStrength() throws {
        let dimension = 6
        func pairs(_ count: Int, seed: UInt64) throws -> DialogueVectors {
            let questions = Self.random(count * dimension, seed: seed)
            let noise = Self.random(count * dimension, seed: seed + 1)
            return try DialogueVectors(
                questions: questions, answers: zip(questions, noise).map { $0 + 0.5 * $1 },
                dimension: dimension)
        }
        let (training, validation) = (try pairs(12, seed: 20), try pairs(40, seed: 30))
        let chosen = try DialogueBaselines(training: training, validation: validation)
        #expect(chosen.isChosenByValidation)
        for ridge in [chosen.ridge, chosen.ridgeResidual] {
            func figure(_ ridge: DialogueRidge) throws -> Double {
                DialogueMetrics(
                    try DialogueScores(
                        predictions: try ridge.predict(validation.questions),
                        answers: validation.answers, dimension: dimension)
                ).meanReciprocalRank
            }
            let best = try DialogueBaselines.candidates.map {
                try figure(
                    try DialogueRidge(training, regularization: $0, isResidual: ridge.isResidual))
            }.max()
            #expect(try figure(ridge) == best)
        }
        #expect(!chosen.ridge.isResidual)
        #expect(chosen.ridgeResidual.isResidual)
    }
}
