public import TandemBasics
import TandemDatasets

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
        .object([
            JSONMember("mean_calling_score_difference", .number(callingScoreDifference)),
            JSONMember("positive_rate_difference", .number(positiveRateDifference)),
            JSONMember("mean_outcome_score_difference", .number(outcomeScoreDifference)),
            JSONMember("z", JSONValue(proportions?.z)),
            JSONMember("p_value", JSONValue(proportions?.pValue)),
            JSONMember(
                "positive_rate_interval",
                proportions.map { .array([.number($0.lower), .number($0.upper)]) } ?? .null),
            JSONMember("verdict", .string(verdict.rawValue)),
        ])
    }
}
