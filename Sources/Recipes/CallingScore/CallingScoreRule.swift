public import TandemDatasets

/// Scores by a fixed rule, for use where no model can be loaded: plain weighted means.
public enum CallingScoreRule {
    /// The score or probability of every row of a table by the rule.
    ///
    /// With the similarity s (the mean over the twelve dimensions of 1 - |user - spot|) and the
    /// means c of the ten context and t of the five timing features, a score is
    /// `0.5 s + 0.3 c + 0.2 t`, and the probability of a positive outcome
    /// `0.30 s + 0.20 c + 0.15 t + 0.25 past_positive_rate + 0.10 average_engagement`, both
    /// limited to [0, 1].
    ///
    /// - Parameters:
    ///   - table: rows with the features of ``CallingScoreFeatures/names(of:)`` in their order.
    ///   - kind: what is wanted.
    /// - Returns: one number for every row.
    /// - Throws: when the table has another number of features.
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
