import TandemBasics
import TandemDevices
import Foundation
import Testing

@testable import TandemRecipes

@Suite struct TabularMetricsTests {
    private func isClose(_ found: Double?, _ expected: Double, _ relative: Double = 1e-12) -> Bool {
        guard let found else { return false }
        return (found - expected).magnitude <= relative * max(1, expected.magnitude)
    }

    private func random(_ count: Int, _ identifier: UInt64) -> [Float] {
        var generator = Philox(RandomStream(seed: 3, identifier: identifier))
        return (0..<count).map { _ in generator.nextUniform() }
    }

    // MARK: - Regression

    @Test func regressionByHand() {
        let metrics = TabularMetrics(outputs: [1, 2, 4], targets: [1, 4, 1], scale: 1)
        #expect(metrics.examples == 3)
        #expect(isClose(metrics.loss, 13.0 / 3))
        #expect(metrics.meanSquaredError == metrics.loss)
        #expect(isClose(metrics.meanAbsoluteError, 5.0 / 3))
        // The labels 1, 4, 1 have the variance 2.
        #expect(isClose(metrics.explainedVariance, 1 - 13.0 / 6))
        #expect(metrics.accuracy == nil)
        #expect(metrics.areaUnderCurve == nil)
    }

    @Test func standardisedLabelsAreReportedInTheirOwnUnit() {
        let metrics = TabularMetrics(outputs: [0.5, -1], targets: [1, -1], scale: 2000)
        #expect(isClose(metrics.loss, 0.125))
        #expect(isClose(metrics.meanSquaredError, 0.125 * 4e6))
        #expect(isClose(metrics.meanAbsoluteError, 500))
        #expect(isClose(metrics.explainedVariance, 0.875))
    }

    /// Sums of such numbers and of their squares are rounded.
    @Test(arguments: [Float(0.3), 0.7, 0.1, 0.9999, 1, 0], [15, 1001, 1500])
    func constantLabelsHaveNoVarianceToExplain(_ label: Float, _ count: Int) {
        let targets = [Float](repeating: label, count: count)
        let metrics = TabularMetrics(
            outputs: targets.map { $0 + 0.25 }, targets: targets, scale: 1)
        #expect(metrics.explainedVariance == nil)
        #expect(isClose(metrics.loss, 0.0625, 1e-6))
    }

    // MARK: - Classification

    /// Scores below, at and above the border, three of five right.
    @Test func classificationByHand() {
        let metrics = TabularMetrics(
            logits: [2, 0.5, -1, 0, -3], labels: [1, 0, 1, 0, 0], positiveWeight: 1)
        #expect(isClose(metrics.accuracy, 3.0 / 5))
        #expect(isClose(metrics.precision, 1.0 / 2))
        #expect(isClose(metrics.recall, 1.0 / 2))
        // Of the pairs 2 > 0.5, 0, -3 and -1 > -3, not -1 > 0.5, 0.
        #expect(isClose(metrics.areaUnderCurve, 4.0 / 6))
        #expect(metrics.meanSquaredError == nil)
    }

    /// The textbook formula in double precision, logs cut at -100.
    private func crossEntropy(_ logits: [Float], _ labels: [Float], _ weight: Double) -> Double {
        zip(logits, labels).reduce(0) { sum, pair in
            let probability = 1 / (1 + exp(-Double(pair.0)))
            let part = pair.1 == 1 ? probability : 1 - probability
            return sum - (pair.1 == 1 ? weight : 1) * max(log(part), -100)
        } / Double(logits.count)
    }

    @Test(arguments: [1, 6.95, 0.25])
    func weightedLoss(_ weight: Double) {
        let logits = random(500, 1).map { 12 * $0 - 6 }
        let labels = random(500, 2).map { $0 < 0.2 ? Float(1) : 0 }
        let metrics = TabularMetrics(logits: logits, labels: labels, positiveWeight: weight)
        #expect(isClose(metrics.loss, crossEntropy(logits, labels, weight), 1e-10))
    }

    /// Where e^x overflows or vanishes, the loss is |x|, at most 100, or nothing.
    @Test func lossOfExtremePreActivations() {
        func loss(_ logit: Float, _ label: Float) -> Double {
            TabularMetrics(logits: [logit], labels: [label], positiveWeight: 3).loss
        }
        #expect(isClose(loss(-50, 1), 150))
        #expect(isClose(loss(50, 0), 50))
        for huge: Float in [200, 1e4, .greatestFiniteMagnitude] {
            #expect(loss(huge, 1) < 1e-86)
            #expect(loss(-huge, 0) < 1e-86)
            #expect(loss(-huge, 1) == 300)
            #expect(loss(huge, 0) == 100)
        }
        #expect(isClose(loss(40, 1) / (3 * exp(-40.0)), 1))
    }

    @Test func withoutPositivesThereAreNoDivisionsByZero() {
        let none = TabularMetrics(logits: [-1, -2], labels: [0, 0], positiveWeight: 5)
        #expect(none.accuracy == 1)
        #expect(none.precision == 0)
        #expect(none.recall == 0)
        #expect(none.areaUnderCurve == nil)
        #expect(!none.metrics.contains { $0.name == "auc" })
        let all = TabularMetrics(logits: [-1, 2], labels: [1, 1], positiveWeight: 5)
        #expect(all.accuracy == 0.5)
        #expect(all.precision == 1)
        #expect(all.recall == 0.5)
        #expect(all.areaUnderCurve == nil)
        let unsure = TabularMetrics(logits: [0, 0], labels: [1, 0], positiveWeight: 1)
        #expect(unsure.precision == 0)
        #expect(unsure.areaUnderCurve == 0.5)
    }

    @Test func areaUnderCurveByHand() {
        func area(_ scores: [Float], _ labels: [Float]) -> Double? {
            TabularMetrics.areaUnderCurve(scores, labels)
        }
        #expect(area([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) == 0.75)
        #expect(area([1, 2, 3, 4], [0, 0, 1, 1]) == 1)
        #expect(area([4, 3, 2, 1], [0, 0, 1, 1]) == 0)
        #expect(area([5, 5, 5, 5], [0, 1, 0, 1]) == 0.5)
        #expect(area([1, 1, 2], [0, 1, 1]) == 0.75)
        #expect(area([], []) == nil)
    }

    /// Every pair of a positive and a negative counted, with many ties.
    @Test(arguments: [3, 10, 1000]) func areaUnderCurveByCounting(_ levels: Int) throws {
        let scores = random(400, 5).map { ($0 * Float(levels)).rounded() }
        let labels = zip(random(400, 6), scores).map {
            $0 < 0.3 + 0.2 * $1 / Float(levels) ? Float(1) : 0
        }
        var (wins, pairs) = (0.0, 0.0)
        for (a, isPositive) in zip(scores, labels) where isPositive == 1 {
            for (b, other) in zip(scores, labels) where other == 0 {
                pairs += 1
                wins += a > b ? 1 : a == b ? 0.5 : 0
            }
        }
        let found = TabularMetrics.areaUnderCurve(scores, labels)
        #expect(isClose(found, wins / pairs))
        #expect((0.5...0.8).contains(try #require(found)))
    }
}
