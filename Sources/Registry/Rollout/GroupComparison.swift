public import TandemBasics

import Glibc

/// What a test says so far.
public enum Verdict: String, CaseIterable, Sendable {
    /// The tested group does better, by enough and surely enough.
    case improved
    /// The tested group does worse, surely enough.
    case worse
    /// Neither.
    case noDifference = "no difference"
    /// A group has too few outcomes to tell.
    case notEnoughData = "not enough data"
}

/// From where on a difference counts.
public struct VerdictSettings: Equatable, Sendable {
    /// Fewer outcomes than this in either group tell nothing.
    public var minimumOutcomes = 100
    /// The positive rate must have risen by more than this.
    public var minimumRise = 0.05
    /// The p value must lie below this.
    public var significance = 0.05

    /// The usual settings.
    public init() {}
}

/// A tested group compared with the group that it is measured by.
public struct GroupComparison: Equatable, Sendable {
    /// Tested less baseline: mean calling score.
    public let callingScoreDifference: Double
    /// Tested less baseline: positive rate.
    public let positiveRateDifference: Double
    /// Tested less baseline: mean outcome score.
    public let outcomeScoreDifference: Double
    /// The positive rates compared; nil if one of the groups has no outcome.
    public let proportions: ProportionComparison?
    /// What follows.
    public let verdict: Verdict

    /// Compares two groups.
    ///
    /// `improved` asks for a positive rate that rose by more than `minimumRise`, a mean calling score that rose, and a
    /// p value below `significance`; `worse` for a positive rate that fell and a p value below `significance`, however
    /// small the fall.
    public init(
        _ tested: GroupMetrics, against baseline: GroupMetrics,
        settings: VerdictSettings = VerdictSettings()
    ) {
        callingScoreDifference = tested.meanCallingScore - baseline.meanCallingScore
        positiveRateDifference = tested.positiveRate - baseline.positiveRate
        outcomeScoreDifference = tested.meanOutcomeScore - baseline.meanOutcomeScore
        proportions = ProportionComparison(
            successes: tested.positives, of: tested.outcomes, against: baseline.positives,
            of: baseline.outcomes)
        let isEnough = min(tested.outcomes, baseline.outcomes) >= settings.minimumOutcomes
        guard let proportions, isEnough else {
            verdict = .notEnoughData
            return
        }
        let isSure = proportions.pValue < settings.significance
        verdict =
            if isSure && proportions.difference > settings.minimumRise
                && callingScoreDifference > 0
            {
                .improved
            } else if isSure && proportions.difference < 0 {
                .worse
            } else {
                .noDifference
            }
    }

    /// The comparison as a JSON object; what cannot be computed is null.
    public var json: JSONValue {
        [
            "mean_calling_score_difference": .number(callingScoreDifference),
            "positive_rate_difference": .number(positiveRateDifference),
            "mean_outcome_score_difference": .number(outcomeScoreDifference),
            "z": JSONValue(proportions?.z), "p_value": JSONValue(proportions?.pValue),
            "positive_rate_interval": proportions.map {
                .array([.number($0.lower), .number($0.upper)])
            } ?? .null,
            "verdict": .string(verdict.rawValue),
        ]
    }
}

/// Two shares of successes compared: how far they lie apart, and how surely.
public struct ProportionComparison: Equatable, Sendable {
    /// The first share less the second.
    public let difference: Double
    /// The statistic of the two-proportion z test with pooled variance; 0 when all trials ended alike.
    public let z: Double
    /// The probability of a difference at least this far from 0, either way, if there were none: `erfc(|z| / √2)`.
    public let pValue: Double
    /// The ends of the 95 % interval of the difference.
    ///
    /// Newcombe's hybrid of two Wilson intervals (Statistics in Medicine 17, 1998, method 10), which stays inside
    /// -1...1 and keeps its width for shares of 0 and 1.
    public let lower: Double, upper: Double

    /// The comparison of two groups; nil unless both have at least one trial and no more successes than trials.
    public init?(
        successes: Int, of trials: Int, against otherSuccesses: Int, of otherTrials: Int
    ) {
        guard trials > 0, otherTrials > 0, (0...trials).contains(successes),
            (0...otherTrials).contains(otherSuccesses)
        else { return nil }
        let (count, otherCount) = (Double(trials), Double(otherTrials))
        let (share, otherShare) = (
            Double(successes) / count, Double(otherSuccesses) / otherCount
        )
        difference = share - otherShare
        let pooled = (Double(successes) + Double(otherSuccesses)) / (count + otherCount)
        let variance = pooled * (1 - pooled) * (1 / count + 1 / otherCount)
        z = variance > 0 ? difference / variance.squareRoot() : 0
        pValue = erfc(abs(z) / 2.0.squareRoot())
        let own = Self.wilson(share, count)
        let other = Self.wilson(otherShare, otherCount)
        lower = difference - hypot(share - own.lower, other.upper - otherShare)
        upper = difference + hypot(own.upper - share, otherShare - other.lower)
    }

    /// The two-sided 97.5 % point of the normal distribution.
    private static let quantile = 1.959963984540054

    /// The 95 % interval of one share (Wilson 1927, without correction for continuity).
    private static func wilson(
        _ share: Double, _ count: Double
    ) -> (lower: Double, upper: Double) {
        let square = quantile * quantile
        let centre = share + square / (2 * count)
        let reach =
            quantile * (share * (1 - share) / count + square / (4 * count * count)).squareRoot()
        let scale = 1 + square / count
        return (max(0, (centre - reach) / scale), min(1, (centre + reach) / scale))
    }
}
