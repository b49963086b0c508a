public import TandemDatasets

/// The features of calling-score records: names, order, defaults, and what follows from what.
public enum CallingScoreFeatures {
    /// The twelve dimensions in which users and spots are described.
    public static let dimensions = [
        "exploration_eagerness", "community_orientation", "location_adventurousness",
        "authenticity_preference", "trust_network_reliance", "temporal_flexibility",
        "energy_preference", "novelty_seeking", "value_orientation", "crowd_tolerance",
        "social_preference", "overall_energy",
    ]

    /// The ten names of `context_features`; the last four follow from the dimensions.
    public static let context = [
        "location_proximity", "journey_alignment", "user_receptivity", "opportunity_availability",
        "network_effects", "community_patterns", "vibe_compatibility", "energy_match",
        "community_match", "novelty_match",
    ]

    /// The five names of `timing_features`; the last one follows from the others.
    public static let timing = [
        "optimal_time_of_day", "optimal_day_of_week", "user_patterns", "opportunity_timing",
        "timing_alignment",
    ]

    /// The six names of `history_features`, which only the outcome model reads.
    public static let history = [
        "past_positive_rate", "past_negative_rate", "average_engagement", "interaction_count",
        "time_since_last_positive", "activity_level",
    ]

    /// The names of a model's features in the order of its input: 39, or 45 for the outcome model.
    ///
    /// Dimensions bear the prefix `user_` or `spot_`; all other names are those of the records.
    public static func names(of kind: CallingScoreKind) -> [String] {
        dimensions.map { "user_" + $0 } + dimensions.map { "spot_" + $0 } + context + timing
            + (kind == .outcome ? history : [])
    }

    /// The name of the value that a model predicts.
    public static func targetName(of kind: CallingScoreKind) -> String {
        switch kind {
        case .score: "outcome_score"
        case .outcome: "positive_outcome"
        }
    }

    /// The columns of the objects of a record in a row.
    enum Columns {
        static let user = 0..<12
        static let spot = 12..<24
        static let context = 24..<34
        static let timing = 34..<39
        static let history = 39..<45
        /// The four timing values from which `timing_alignment` follows.
        static let givenTiming = 34..<38
        static let vibeCompatibility = 30
        static let energyMatch = 31
        static let communityMatch = 32
        static let noveltyMatch = 33
        static let timingAlignment = 38
        static let interactionCount = 42
    }

    /// What a missing feature counts as: 0.5, but no interactions.
    static func defaultValue(ofColumn column: Int) -> Double {
        column == Columns.interactionCount ? 0 : 0.5
    }

    /// The mean over the dimensions of 1 - |user - spot|; `value` gives the number in a column.
    static func similarity(_ value: (Int) -> Double) -> Double {
        let sum = Columns.user.reduce(0) { sum, column in
            sum + 1 - abs(value(column) - value(column + Columns.spot.lowerBound))
        }
        return sum / Double(Columns.user.count)
    }

    /// Completes a row in which missing features are NaN.
    ///
    /// Those that follow from others are computed if it `derives` them; else they are defaults too.
    static func complete(_ row: inout [Double], derives: Bool) {
        let given = Columns.givenTiming.map { row[$0] }.filter { !$0.isNaN }
        func fill(_ column: Int, _ value: Double) {
            if row[column].isNaN { row[column] = value }
        }
        for column in row.indices where !isDerived(column) {
            fill(column, defaultValue(ofColumn: column))
        }
        if derives {
            let values = row
            func match(_ dimension: Int) -> Double {
                let distance = abs(values[dimension] - values[dimension + Columns.spot.lowerBound])
                return min(max(1 - distance, 0), 1)
            }
            fill(Columns.vibeCompatibility, similarity { values[$0] })
            fill(Columns.energyMatch, match(11))
            fill(Columns.communityMatch, match(1))
            fill(Columns.noveltyMatch, match(7))
            if !given.isEmpty {
                fill(Columns.timingAlignment, given.reduce(0, +) / Double(given.count))
            }
        }
        for column in row.indices where isDerived(column) { fill(column, 0.5) }
    }

    private static func isDerived(_ column: Int) -> Bool {
        30...33 ~= column || column == Columns.timingAlignment
    }
}

/// Scores by a fixed rule, for use where no model can be loaded: plain weighted means.
public enum CallingScoreRule {
    /// The score or probability of every row of a table by the rule.
    ///
    /// With the similarity s (the mean over the twelve dimensions of 1 - |user - spot|) and the means c of the ten
    /// context and t of the five timing features, a score is `0.5 s + 0.3 c + 0.2 t`, and the probability of a
    /// positive outcome `0.30 s + 0.20 c + 0.15 t + 0.25 past_positive_rate + 0.10 average_engagement`, both
    /// limited to [0, 1]. The table has the features of ``CallingScoreFeatures/names(of:)`` in their order; throws
    /// when it has another number of them.
    public static func predict(
        _ table: NumericTable, kind: CallingScoreKind
    ) throws(TableProblem) -> [Float] {
        let width = CallingScoreFeatures.names(of: kind).count
        if table.width != width { throw .wrongFeatureCount(expected: width, found: table.width) }
        return (0..<table.count).map { row in
            let start = row * width
            return Float(value(kind) { Double(table.features[start + $0]) })
        }
    }

    /// The score after the outcome model has had its say: 0 unless the probability of a positive
    /// outcome is above `threshold`, else the product of both.
    public static func gated(
        score: Float, probability: Float, threshold: Float = 0.7
    ) -> Float {
        probability > threshold ? score * probability : 0
    }

    private static func value(_ kind: CallingScoreKind, _ feature: (Int) -> Double) -> Double {
        func mean(_ columns: Range<Int>) -> Double {
            columns.reduce(0) { $0 + feature($1) } / Double(columns.count)
        }
        let similarity = CallingScoreFeatures.similarity(feature)
        let context = mean(CallingScoreFeatures.Columns.context)
        let timing = mean(CallingScoreFeatures.Columns.timing)
        let sum: Double
        switch kind {
        case .score: sum = 0.5 * similarity + 0.3 * context + 0.2 * timing
        case .outcome:
            let history = CallingScoreFeatures.Columns.history.lowerBound
            sum =
                0.30 * similarity + 0.20 * context + 0.15 * timing + 0.25 * feature(history)
                + 0.10 * feature(history + 2)
        }
        return min(max(sum, 0), 1)
    }
}
