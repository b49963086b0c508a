public import TandemBasics
import TandemDatasets

/// How well the formula alone foretells outcomes, from the training records whose outcome is known.
///
/// The formula is right about a record when it calls and the outcome is positive, or does neither. Without records to
/// divide by, a figure is 0.
public struct FormulaQuality: Equatable, Sendable {
    /// All records, with and without outcome.
    public var records = 0
    /// Called, outcome positive.
    public var truePositives = 0
    /// Called, outcome not positive.
    public var falsePositives = 0
    /// Not called, outcome positive.
    public var falseNegatives = 0
    /// Not called, outcome not positive.
    public var trueNegatives = 0
    /// Records with an outcome score.
    public var scored = 0
    /// Sum of |formula score - outcome score| over those.
    public var errorSum = 0.0

    /// The quality shown by no records.
    public init() {}

    /// What a model should reach beyond the formula: on accuracy, precision, recall and F1.
    public static let targetRise = 0.15
    /// What a model should reach beyond the formula on outcome accuracy.
    public static let targetOutcomeRise = 0.20
    /// A comparison asks for this many records.
    public static let targetRecords = 10_000
    /// A comparison asks for an outcome of at least this share of them.
    public static let targetOutcomeShare = 0.5

    /// Records with an outcome.
    public var outcomes: Int { truePositives + falsePositives + falseNegatives + trueNegatives }
    /// Share of the records about which the formula is right.
    public var accuracy: Double { Self.ratio(truePositives + trueNegatives, outcomes) }
    /// Share of positive outcomes among the called.
    public var precision: Double { Self.ratio(truePositives, truePositives + falsePositives) }
    /// Share of called among those with a positive outcome.
    public var recall: Double { Self.ratio(truePositives, truePositives + falseNegatives) }
    /// Harmonic mean of precision and recall.
    public var f1: Double {
        Self.ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives)
    }
    /// Mean |formula score - outcome score|.
    public var meanError: Double { scored > 0 ? errorSum / Double(scored) : 0 }
    /// One less the mean error.
    public var outcomeAccuracy: Double { scored > 0 ? 1 - meanError : 0 }
    /// Whether there are enough records, and outcomes among them, for a comparison.
    public var isEnough: Bool {
        records >= Self.targetRecords
            && Double(outcomes) >= Self.targetOutcomeShare * Double(records)
    }

    private static func ratio(_ part: Int, _ whole: Int) -> Double {
        whole > 0 ? Double(part) / Double(whole) : 0
    }

    /// The figures with their names, each with what a model should reach, at most 1; nil where there is no target.
    public var figures: [(name: String, value: Double, target: Double?)] {
        [
            ("accuracy", accuracy, accuracy + Self.targetRise),
            ("precision", precision, precision + Self.targetRise),
            ("recall", recall, recall + Self.targetRise),
            ("f1", f1, f1 + Self.targetRise),
            ("mean_error", meanError, nil),
            ("outcome_accuracy", outcomeAccuracy, outcomeAccuracy + Self.targetOutcomeRise),
        ].map { ($0, $1, $2.map { min($0, 1) }) }
    }

    /// The quality as a JSON object.
    public var json: JSONValue {
        .object([
            JSONMember("records", .integer(records)),
            JSONMember("outcomes", .integer(outcomes)),
            JSONMember("is_enough", .bool(isEnough)),
            JSONMember("true_positives", .integer(truePositives)),
            JSONMember("false_positives", .integer(falsePositives)),
            JSONMember("false_negatives", .integer(falseNegatives)),
            JSONMember("true_negatives", .integer(trueNegatives)),
            JSONMember(
                "formula",
                .object(figures.map { JSONMember($0.name, .number($0.value)) })),
            JSONMember(
                "targets",
                .object(
                    figures.compactMap { figure in
                        figure.target.map { JSONMember(figure.name, .number($0)) }
                    })),
        ])
    }
}
