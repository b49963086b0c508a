public import TandemBasics
import TandemDatasets

/// What the logged outcomes of one group, or of one version, amount to.
///
/// Scores of 0 count like all others. Without rows to divide by, a mean or a rate is 0.
public struct GroupMetrics: Equatable, Sendable {
    /// Number of rows.
    public var count = 0
    /// Number of different users.
    public var users = 0
    /// Number of rows with a call.
    public var calls = 0
    /// Number of rows whose outcome is known.
    public var outcomes = 0
    /// Number of rows with a positive outcome.
    public var positives = 0
    /// Number of rows with an outcome score.
    public var scoredOutcomes = 0
    /// Sum of the calling scores over all rows.
    public var callingScoreSum = 0.0
    /// Sum of the outcome scores over the rows that have one.
    public var outcomeScoreSum = 0.0

    /// The metrics of no rows.
    public init() {}

    /// Mean calling score over all rows.
    public var meanCallingScore: Double { Self.ratio(callingScoreSum, count) }
    /// Share of the rows with a call.
    public var callRate: Double { Self.ratio(Double(calls), count) }
    /// Share of positive outcomes among the known ones.
    public var positiveRate: Double { Self.ratio(Double(positives), outcomes) }
    /// Mean outcome score over the rows that have one.
    public var meanOutcomeScore: Double { Self.ratio(outcomeScoreSum, scoredOutcomes) }

    private static func ratio(_ sum: Double, _ count: Int) -> Double {
        count > 0 ? sum / Double(count) : 0
    }

    /// The metrics as members of a JSON object.
    public var members: [JSONMember] {
        [
            JSONMember("count", .integer(count)),
            JSONMember("users", .integer(users)),
            JSONMember("outcomes", .integer(outcomes)),
            JSONMember("positives", .integer(positives)),
            JSONMember("mean_calling_score", .number(meanCallingScore)),
            JSONMember("call_rate", .number(callRate)),
            JSONMember("positive_rate", .number(positiveRate)),
            JSONMember("mean_outcome_score", .number(meanOutcomeScore)),
        ]
    }
}
