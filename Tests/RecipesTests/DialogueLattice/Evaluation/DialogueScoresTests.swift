import TandemTraining
import Testing

@testable import TandemRecipes

/// Cosines, ranks and the figures made of them.
@Suite struct DialogueScoresTests {
    /// The rows of an identity matrix.
    static func unitRows(_ count: Int) -> [Float] {
        (0..<count * count).map { $0 / count == $0 % count ? 1 : 0 }
    }

    @Test func identityFindsEverything() throws {
        let scores = try DialogueScores(similarities: Self.unitRows(7), count: 7)
        let metrics = DialogueMetrics(scores)
        #expect(scores.ranks == [Int](repeating: 1, count: 7))
        #expect(metrics.count == 7)
        #expect(metrics.hitAt1 == 1)
        #expect(metrics.hitAt5 == 1)
        #expect(metrics.meanReciprocalRank == 1)
        #expect(metrics.medianRank == 1)
        #expect(metrics.meanCosine == 1)
        #expect(metrics.cosineDeviation == 0)
    }

    @Test("Scores that are equal throughout give the worst rank")
    func constantFindsNothing() throws {
        let count = 8
        let metrics = DialogueMetrics(
            try DialogueScores(
                predictions: [Float](repeating: 1, count: count * count),
                answers: Self.unitRows(count), dimension: count))
        #expect(metrics.hitAt1 == 0)
        #expect(metrics.hitAt5 == 0)
        #expect(metrics.meanReciprocalRank == 1 / Double(count))
        #expect(metrics.medianRank == Double(count))
        #expect(abs(metrics.meanCosine - 1 / Double(count).squareRoot()) < 1e-6)
    }

    @Test("A prediction of zeros has the cosine 0 with everything, and the worst rank")
    func zeros() throws {
        let scores = try DialogueScores(
            predictions: [0, 0, 0, 1], answers: Self.unitRows(2), dimension: 2)
        #expect(scores.cosines == [0, 1])
        #expect(scores.ranks == [2, 1])
    }

    @Test(
        "A NaN anywhere in a row gives it the worst rank and leaves other rows alone",
        arguments: 0..<4)
    func notANumber(column: Int) throws {
        var similarities = Self.unitRows(4)
        similarities[4 + column] = .nan
        let scores = try DialogueScores(similarities: similarities, count: 4)
        #expect(scores.ranks == [1, 4, 1, 1])
        let metrics = DialogueMetrics(scores)
        #expect(metrics.meanReciprocalRank == 3.25 / 4)
        #expect(metrics.meanCosine.isNaN == (column == 1))
        #expect(metrics.minimumCosine.isNaN == (column == 1))
        #expect(metrics.maximumCosine.isNaN == (column == 1))
    }

    @Test func figuresByHand() throws {
        // Ranks 1, 2 (one better), 3 (one better, one tie), 4 (ties).
        let similarities: [Float] = [
            0.9, 0.1, 0.2, 0.3,
            0.7, 0.6, 0.5, 0.4,
            0.8, 0.2, 0.3, 0.3,
            0.1, 0.1, 0.1, 0.1,
        ]
        let scores = try DialogueScores(similarities: similarities, count: 4)
        #expect(scores.ranks == [1, 2, 3, 4])
        #expect(scores.cosines == [0.9, 0.6, 0.3, 0.1])
        let metrics = DialogueMetrics(scores)
        #expect(abs(metrics.meanCosine - 0.475) < 1e-7)
        // Squared deviations 0.180625, 0.015625, 0.030625, 0.140625 over 3.
        #expect(abs(metrics.cosineDeviation - (0.3675 / 3).squareRoot()) < 1e-7)
        #expect(metrics.minimumCosine == Double(Float(0.1)))
        #expect(metrics.maximumCosine == Double(Float(0.9)))
        #expect(metrics.hitAt1 == 0.25)
        #expect(metrics.hitAt5 == 1)
        #expect(abs(metrics.meanReciprocalRank - (1 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4) / 4) < 1e-15)
        #expect(metrics.medianRank == 2.5)
        #expect(metrics.metrics.map(\.name) == ["cosine", "hit@1", "hit@5", "mrr", "medianRank"])
        #expect(metrics.metrics.map(\.higherIsBetter) == [true, true, true, true, false])
        #expect(metrics.metrics[4].value == 2.5)
    }

    @Test func someRowsHaveTheirOwnCandidates() throws {
        let similarities: [Float] = [
            0.5, 0.9, 0.1,
            0.0, 0.5, 0.9,
            0.9, 0.0, 0.5,
        ]
        let scores = try DialogueScores(similarities: similarities, count: 3, rows: [0, 2])
        #expect(scores.ranks == [1, 2])
        #expect(try DialogueScores(similarities: similarities, count: 3).ranks == [2, 2, 2])
    }

    @Test func wrongSizesAreErrors() {
        #expect(throws: DialogueEvaluationError.empty("pairs to measure on")) {
            try DialogueScores(similarities: [], count: 0)
        }
        #expect(
            throws: DialogueEvaluationError.wrongSize(what: "similarities", found: 3, expected: 4)
        ) {
            try DialogueScores(similarities: [1, 2, 3], count: 2)
        }
        #expect(
            throws: DialogueEvaluationError.wrongSize(what: "predictions", found: 2, expected: 4)
        ) {
            try DialogueScores(predictions: [1, 2], answers: [1, 2, 3, 4], dimension: 2)
        }
        #expect(throws: DialogueEvaluationError.wrongSize(what: "vectors", found: 5, expected: 4)) {
            try DialogueSimilarities([1, 2, 3, 4, 5], [1, 2], dimension: 2)
        }
        #expect(throws: DialogueEvaluationError.notFinite(what: "answers", row: 1, value: "nan")) {
            try DialogueVectors(questions: [1, 2, 3, 4], answers: [1, 2, .nan, 4], dimension: 2)
        }
        #expect(throws: DialogueEvaluationError.wrongSize(what: "answers", found: 2, expected: 4)) {
            try DialogueVectors(questions: [1, 2, 3, 4], answers: [1, 2], dimension: 2)
        }
    }

    @Test func cosinesOfAnyLengths() throws {
        let similarities = try DialogueSimilarities(
            [3, 0, 1, 1, -2, 0], [5, 0, 0, 0.1], dimension: 2)
        #expect((similarities.rows, similarities.columns) == (3, 2))
        let half = Float(0.5.squareRoot())
        #expect(similarities.values == [1, 0, half, half, -1, 0])
    }

    @Test("Blocks and their ends add up to the inner products", arguments: [1, 2, 3, 5, 67])
    func productsOfOddSizes(dimension: Int) throws {
        func value(_ row: Int, _ column: Int) -> Float { Float((row * 7 + column * 3) % 11) - 4.5 }
        let (rows, columns) = (66, 515)
        let left = (0..<rows).flatMap { row in (0..<dimension).map { value(row, $0) } }
        let right = (0..<columns).flatMap { row in (0..<dimension).map { value(row + 2, $0) } }
        let similarities = try DialogueSimilarities(left, right, dimension: dimension)
        func length(_ row: Int) -> Float {
            (0..<dimension).reduce(0) { $0 + value(row, $1) * value(row, $1) }.squareRoot()
        }
        var largest: Float = 0
        for row in 0..<rows {
            for column in 0..<columns {
                let product = (0..<dimension).reduce(Float(0)) {
                    $0 + value(row, $1) * value(column + 2, $1)
                }
                let expected = product / (length(row) * length(column + 2))
                largest = max(
                    largest, abs(similarities.values[row * columns + column] - expected))
            }
        }
        #expect(largest < 1e-6)
    }

    @Test func bestCandidates() throws {
        let similarities = try DialogueSimilarities(
            [1, 0], [0, 1, 1, 0, .nan, 0, 2, 0, 1, 1], dimension: 2)
        #expect(similarities.best(3, of: 0).map(\.candidate) == [1, 3, 4])
        #expect(similarities.best(9, of: 0).map(\.candidate) == [1, 3, 4, 0])
        #expect(similarities.best(1, of: 0).map(\.cosine) == [1])
    }

    @Test func progress() {
        let progress = DialogueProgress(meanCosine: 0.7247, copy: 0.6407)
        #expect(abs(progress.ofGoal - 0.905875) < 1e-9)
        #expect(abs((progress.overCopy ?? 0) - 0.0840 / 0.1593) < 1e-9)
        #expect(DialogueProgress(meanCosine: 0.4, copy: 0.4).overCopy == 0)
        #expect(DialogueProgress(meanCosine: 0.9, copy: 0.8).overCopy == nil)
    }
}
