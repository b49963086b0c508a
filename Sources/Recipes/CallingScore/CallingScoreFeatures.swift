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
    /// - Parameters:
    ///   - row: the features of one record.
    ///   - derives: whether to compute the five that follow from others; else they are defaults too.
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
