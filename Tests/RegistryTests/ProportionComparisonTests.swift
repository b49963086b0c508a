import Foundation
import TandemRegistry
import Testing

/// Two shares compared; expected figures from scipy 1.17.1: z is the square root of the statistic of `chi2_contingency`
/// without correction, p its p value, and the interval is Newcombe's from `proportion_ci(method="wilson")`.
@Suite("Comparison of proportions")
struct ProportionComparisonTests {
    struct Case: Sendable {
        let counts: [Int]
        let z: Double, pValue: Double, lower: Double, upper: Double
    }

    static let cases = [
        Case(
            counts: [60, 100, 45, 100], z: 2.123976976214366, pValue: 0.033672068856345896,
            lower: 0.011723935319973455, upper: 0.2804485210107637),
        Case(
            counts: [130, 1000, 90, 1000], z: 2.858601699646464, pValue: 0.004255126876797353,
            lower: 0.012579719193969996, upper: 0.06753960399321708),
        Case(
            counts: [45, 100, 60, 100], z: -2.123976976214366, pValue: 0.033672068856345896,
            lower: -0.2804485210107637, upper: -0.011723935319973455),
        Case(
            counts: [50, 100, 50, 100], z: 0, pValue: 1, lower: -0.13600275402907416,
            upper: 0.13600275402907416),
        Case(
            counts: [3, 100, 0, 120], z: 1.9104370142073401, pValue: 0.05607696889023827,
            lower: -0.006770538571368216, upper: 0.08451936429052762),
        Case(
            counts: [300, 500, 260, 520], z: 3.2085870809283996, pValue: 0.001333889087535903,
            lower: 0.03892991578153683, upper: 0.15999230760242242),
    ]

    @Test("z, p and the interval agree with scipy", arguments: cases)
    func agrees(expected: Case) throws {
        let counts = expected.counts
        let found = try #require(
            ProportionComparison(
                successes: counts[0], of: counts[1], against: counts[2], of: counts[3]))
        #expect(abs(found.z - expected.z) < 1e-12)
        #expect(abs(found.pValue - expected.pValue) < 1e-13)
        #expect(abs(found.lower - expected.lower) < 1e-14)
        #expect(abs(found.upper - expected.upper) < 1e-14)
    }

    @Test("By hand: 60 of 100 against 45 of 100")
    func byHand() throws {
        let found = try #require(
            ProportionComparison(successes: 60, of: 100, against: 45, of: 100))
        // The pooled share is 105/200; z = 0.15 / sqrt(0.525 * 0.475 * 2/100).
        #expect(abs(found.difference - 0.15) < 1e-15)
        #expect(abs(found.z - 0.15 / (0.525 * 0.475 * 0.02).squareRoot()) < 1e-14)
    }

    @Test("All alike, and the farthest apart")
    func extremes() throws {
        for successes in [0, 7] {
            let alike = try #require(
                ProportionComparison(
                    successes: successes, of: 7, against: successes == 0 ? 0 : 9, of: 9))
            #expect(alike.z == 0)
            #expect(alike.pValue == 1)
            #expect(alike.lower < 0 && alike.upper > 0)
        }
        let apart = try #require(
            ProportionComparison(successes: 1000, of: 1000, against: 0, of: 1000))
        #expect(apart.upper <= 1)
        #expect(apart.pValue < 1e-300)
    }

    @Test("No trials, and more successes than trials, cannot be compared")
    func impossible() {
        #expect(ProportionComparison(successes: 0, of: 0, against: 1, of: 2) == nil)
        #expect(ProportionComparison(successes: 1, of: 2, against: 0, of: 0) == nil)
        #expect(ProportionComparison(successes: 3, of: 2, against: 1, of: 2) == nil)
        #expect(ProportionComparison(successes: 1, of: 2, against: -1, of: 2) == nil)
    }
}

/// What a test says.
@Suite("Verdicts")
struct VerdictTests {
    /// A group whose outcomes all have a score, and with one row per outcome.
    private func group(_ positives: Int, of outcomes: Int, score: Double = 0.5) -> GroupMetrics {
        var metrics = GroupMetrics()
        metrics.count = outcomes
        metrics.outcomes = outcomes
        metrics.scoredOutcomes = outcomes
        metrics.positives = positives
        metrics.callingScoreSum = score * Double(outcomes)
        return metrics
    }

    private func verdict(
        _ tested: GroupMetrics, _ baseline: GroupMetrics
    ) -> Verdict { GroupComparison(tested, against: baseline).verdict }

    @Test("A rise that is large and sure is an improvement")
    func improved() {
        #expect(verdict(group(60, of: 100, score: 0.6), group(45, of: 100)) == .improved)
    }

    @Test("A rise without a higher mean score is none")
    func scoreDecides() {
        #expect(verdict(group(60, of: 100, score: 0.5), group(45, of: 100)) == .noDifference)
        #expect(verdict(group(60, of: 100, score: 0.4), group(45, of: 100)) == .noDifference)
    }

    @Test("A sure rise of 0.05 or less is too small")
    func tooSmall() {
        // 4 points with p = 0.004.
        #expect(verdict(group(130, of: 1000, score: 0.6), group(90, of: 1000)) == .noDifference)
        // A sixteenth exactly: the rise must exceed the setting.
        let (tested, baseline) = (group(5000, of: 8000, score: 0.6), group(4500, of: 8000))
        var settings = VerdictSettings()
        settings.minimumRise = 0.0625
        #expect(
            GroupComparison(tested, against: baseline, settings: settings).verdict
                == .noDifference)
        settings.minimumRise = 0.0625.nextDown
        #expect(
            GroupComparison(tested, against: baseline, settings: settings).verdict == .improved)
    }

    @Test("A large rise that may be chance is none")
    func notSure() {
        // 12 points, p = 0.0896.
        let found = GroupComparison(group(57, of: 100, score: 0.6), against: group(45, of: 100))
        #expect(found.verdict == .noDifference)
    }

    @Test("A sure fall is worse, however small, whatever the mean score")
    func worse() {
        #expect(verdict(group(45, of: 100, score: 0.9), group(60, of: 100)) == .worse)
        #expect(verdict(group(90, of: 1000), group(130, of: 1000)) == .worse)
    }

    @Test("Ninety-nine outcomes in either group are not enough")
    func notEnough() {
        #expect(verdict(group(90, of: 99, score: 0.9), group(100, of: 1000)) == .notEnoughData)
        #expect(verdict(group(900, of: 1000, score: 0.9), group(1, of: 99)) == .notEnoughData)
        #expect(verdict(group(90, of: 100, score: 0.9), group(1, of: 100)) == .improved)
        #expect(verdict(GroupMetrics(), GroupMetrics()) == .notEnoughData)
    }

    @Test("Rows without outcome do not count as outcomes")
    func rowsAlone() {
        var tested = group(50, of: 50, score: 0.9)
        tested.count = 500
        #expect(verdict(tested, group(10, of: 500)) == .notEnoughData)
    }
}
