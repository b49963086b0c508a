public import TandemTraining

/// How near every prediction came to its answer, and at which place that answer was found.
public struct DialogueScores: Sendable, Equatable {
    /// The cosine of every prediction with its answer.
    public let cosines: [Float]
    /// The place of every answer among all candidates, 1 being the best.
    public let ranks: [Int]

    /// Number of pairs n.
    public var count: Int { cosines.count }

    /// Reads off the cosines `[n, n]` of predictions (rows) with answers (columns), the true ones on the diagonal.
    ///
    /// `rank_i = #{ j : S_ij >= S_ii }`, which includes the answer itself and counts ties against the prediction: scores that
    /// are equal throughout give the worst rank n. So does a row that holds a NaN.
    ///
    /// - Throws: `DialogueEvaluationError` when there are no pairs, or the size is not `count * count`.
    public init(similarities: [Float], count: Int) throws {
        try self.init(similarities: similarities, count: count, rows: Array(0..<count))
    }

    /// The same for some of the pairs, with their answers as the only candidates; `rows` are below `count`.
    init(similarities: [Float], count: Int, rows: [Int]) throws {
        guard !rows.isEmpty else { throw DialogueEvaluationError.empty("pairs to measure on") }
        guard similarities.count == count * count else {
            throw DialogueEvaluationError.wrongSize(
                what: "similarities", found: similarities.count, expected: count * count)
        }
        var cosines: [Float] = []
        var ranks: [Int] = []
        cosines.reserveCapacity(rows.count)
        ranks.reserveCapacity(rows.count)
        similarities.withUnsafeBufferPointer { similarities in
            for row in rows {
                let own = similarities[row * count + row]
                var rank = 0
                for column in rows {
                    let other = similarities[row * count + column]
                    if other.isNaN {
                        rank = rows.count
                        break
                    }
                    // With a NaN of its own the loop ends above, at the latest at the answer itself.
                    if other >= own { rank += 1 }
                }
                cosines.append(own)
                ranks.append(rank)
            }
        }
        self.cosines = cosines
        self.ranks = ranks
    }

    /// Scores `predictions [n, D]` against `answers [n, D]`; throws like the other initialisers.
    public init(predictions: [Float], answers: [Float], dimension: Int) throws {
        guard predictions.count == answers.count else {
            throw DialogueEvaluationError.wrongSize(
                what: "predictions", found: predictions.count, expected: answers.count)
        }
        let similarities = try DialogueSimilarities(predictions, answers, dimension: dimension)
        try self.init(similarities: similarities.values, count: similarities.rows)
    }

    /// One over the rank of every answer.
    public var reciprocalRanks: [Double] { ranks.map { 1 / Double($0) } }
}

/// The figures of some predictions.
public struct DialogueMetrics: Codable, Sendable, Equatable {
    /// Number of pairs, which is the number of candidates too.
    public var count: Int
    /// Mean cosine of prediction and answer; NaN when one prediction is.
    public var meanCosine: Double
    /// Standard deviation of the cosines, with n - 1; 0 for a single pair.
    public var cosineDeviation: Double
    /// The smallest cosine.
    public var minimumCosine: Double
    /// The largest cosine.
    public var maximumCosine: Double
    /// Share of the answers that are found at the first place.
    public var hitAt1: Double
    /// Share of the answers that are found within the first five places.
    public var hitAt5: Double
    /// Mean of one over the rank.
    public var meanReciprocalRank: Double
    /// The median of the ranks; between two middle ones their mean.
    public var medianRank: Double

    enum CodingKeys: String, CodingKey {
        case count, meanCosine, cosineDeviation, minimumCosine, maximumCosine
        case hitAt1 = "hit@1"
        case hitAt5 = "hit@5"
        case meanReciprocalRank, medianRank
    }

    /// The figures of the scores.
    public init(_ scores: DialogueScores) {
        count = scores.count
        let cosines = scores.cosines.map(Double.init)
        let mean = cosines.reduce(0, +) / Double(count)
        meanCosine = mean
        let squares = cosines.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        cosineDeviation = (squares / Double(max(1, count - 1))).squareRoot()
        minimumCosine = mean.isNaN ? .nan : cosines.min() ?? .nan
        maximumCosine = mean.isNaN ? .nan : cosines.max() ?? .nan
        hitAt1 = Double(scores.ranks.count { $0 <= 1 }) / Double(count)
        hitAt5 = Double(scores.ranks.count { $0 <= 5 }) / Double(count)
        meanReciprocalRank = scores.reciprocalRanks.reduce(0, +) / Double(count)
        let sorted = scores.ranks.sorted()
        medianRank = Double(sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }

    /// The figures under the names that a history and the selection of an epoch use.
    public var metrics: [Metric] {
        [
            Metric("cosine", meanCosine), Metric("hit@1", hitAt1), Metric("hit@5", hitAt5),
            Metric("mrr", meanReciprocalRank),
            Metric("medianRank", medianRank, higherIsBetter: false),
        ]
    }
}

/// How far a mean cosine is on its way to the historic goal.
public struct DialogueProgress: Codable, Sendable, Equatable {
    /// The mean cosine that was once aimed at: a number to report, not a mark to pass.
    public static let goal = 0.80

    /// The mean cosine as a share of the goal.
    public var ofGoal: Double
    /// `(cosine - copy) / (goal - copy)`: the part of the way that is left when the question is copied; `nil` when copying
    /// reaches the goal already.
    public var overCopy: Double?

    /// The progress of a mean cosine where copying the question gives `copy`.
    public init(meanCosine: Double, copy: Double) {
        ofGoal = meanCosine / Self.goal
        overCopy = copy < Self.goal ? (meanCosine - copy) / (Self.goal - copy) : nil
    }
}
