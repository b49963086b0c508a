import TandemDatasets
import TandemRecipes
import Testing

@Suite struct CallingScoreRuleTests {
    private func table(_ rows: [[Float]], kind: CallingScoreKind) -> NumericTable {
        NumericTable(
            featureNames: CallingScoreFeatures.names(of: kind), targetName: "",
            features: rows.flatMap { $0 }, targets: [])
    }

    @Test func weighsSimilarityContextAndTiming() throws {
        // Similarity 1 - 3/12 = 0.75, context mean 0.4, timing mean 0.6.
        var row = [Float](repeating: 0, count: 39)
        row[0] = 1
        row[13] = 1
        row[23] = 1
        for column in 24..<28 { row[column] = 1 }
        for column in 36..<39 { row[column] = 1 }
        let scores = try CallingScoreRule.predict(
            table([row, [Float](repeating: 0.5, count: 39)], kind: .score), kind: .score)
        #expect(scores == [Float(0.5 * 0.75 + 0.3 * 0.4 + 0.2 * 0.6), 0.75])
        // 0.30 * 0.75 + 0.20 * 0.4 + 0.15 * 0.6 + 0.25 * 0.8 + 0.10 * 0.5, other history unread.
        let history: [Float] = [0.75, 9, 0.5, 9, 9, 9]
        let probabilities = try CallingScoreRule.predict(
            table([row + history], kind: .outcome), kind: .outcome)
        #expect(abs(probabilities[0] - (0.225 + 0.08 + 0.09 + 0.1875 + 0.05)) < 1e-6)
    }

    @Test func staysInTheUnitInterval() throws {
        let rows = [[Float](repeating: 5, count: 39), [Float](repeating: -5, count: 39)]
        #expect(try CallingScoreRule.predict(table(rows, kind: .score), kind: .score) == [1, 0])
    }

    @Test func theOutcomeModelCanRefuseACall() {
        #expect(CallingScoreRule.gated(score: 0.8, probability: 0.7) == 0)
        #expect(CallingScoreRule.gated(score: 0.5, probability: 0.75) == 0.375)
        #expect(CallingScoreRule.gated(score: 0.5, probability: 0.5, threshold: 0.4) == 0.25)
    }
}
