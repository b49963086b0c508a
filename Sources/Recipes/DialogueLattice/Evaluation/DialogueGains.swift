import TandemBasics

/// A mean difference with its interval.
public struct DialogueGain: Codable, Sendable, Equatable {
    /// The mean difference over all pairs.
    public var mean: Double
    /// The lower end of the 95 % interval.
    public var lower: Double
    /// The upper end of the 95 % interval.
    public var upper: Double

    /// A mean below this is no gain: copying the question with a slight distortion moves a cosine by some millionths, the
    /// same for all pairs, so that an interval alone would call it clear.
    public static let smallest = 1e-4

    /// Whether the mean counts as a gain.
    public var isPositive: Bool { mean >= Self.smallest }
    /// Whether it does, and all of the interval lies above 0.
    public var isClear: Bool { isPositive && lower > 0 }

    /// The mean with its interval: `+0.0640 [+0.0580, +0.0700]`.
    var text: String {
        func signed(_ value: Double) -> String {
            let text = NumberText.fixed(value, 4)
            return text.hasPrefix("-") || !value.isFinite ? text : "+" + text
        }
        return "\(signed(mean)) [\(signed(lower)), \(signed(upper))]"
    }
}

/// How much better some predictions are than others for the same questions, by a paired bootstrap.
///
/// A resample draws n pairs with replacement and takes the mean differences of both figures over them; the interval lies
/// between the 2.5th and the 97.5th percentile of the resamples, interpolated linearly. (Efron and Tibshirani, "An
/// Introduction to the Bootstrap", 1993.)
public struct DialogueGains: Codable, Sendable, Equatable {
    /// The gain in the cosine with the answer.
    public var cosine: DialogueGain
    /// The gain in one over the rank of the answer.
    public var meanReciprocalRank: DialogueGain

    /// The stream of the resamples.
    private static let stream: UInt64 = 0x6469_616C_0001

    /// Compares scores of the same questions in the same order.
    ///
    /// A cosine that is NaN makes the gain in cosine NaN, with no clear interval.
    ///
    /// - Parameters:
    ///   - model: the scores that are asked about.
    ///   - other: those they are compared with.
    ///   - resamples: number of resamples, at least 1.
    ///   - seed: decides the draws.
    /// - Throws: `DialogueEvaluationError.wrongSize` when the numbers of pairs differ.
    public init(
        _ model: DialogueScores, over other: DialogueScores, resamples: Int = 1000, seed: UInt64
    ) throws {
        guard model.count == other.count else {
            throw DialogueEvaluationError.wrongSize(
                what: "scores to compare with", found: other.count, expected: model.count)
        }
        let count = model.count
        let cosines = zip(model.cosines, other.cosines).map { Double($0) - Double($1) }
        let ranks = zip(model.reciprocalRanks, other.reciprocalRanks).map { $0 - $1 }
        var generator = Philox(RandomStream(seed: seed, identifier: Self.stream))
        var cosineMeans: [Double] = []
        var rankMeans: [Double] = []
        for _ in 0..<max(1, resamples) {
            var (cosineSum, rankSum) = (0.0, 0.0)
            for _ in 0..<count {
                let pair = Int(generator.nextInteger(below: UInt32(count)))
                cosineSum += cosines[pair]
                rankSum += ranks[pair]
            }
            cosineMeans.append(cosineSum / Double(count))
            rankMeans.append(rankSum / Double(count))
        }
        cosine = Self.gain(cosines, cosineMeans)
        meanReciprocalRank = Self.gain(ranks, rankMeans)
    }

    private static func gain(_ differences: [Double], _ means: [Double]) -> DialogueGain {
        let mean = differences.reduce(0, +) / Double(differences.count)
        guard mean.isFinite else { return DialogueGain(mean: .nan, lower: .nan, upper: .nan) }
        let sorted = means.sorted()
        return DialogueGain(
            mean: mean, lower: percentile(0.025, of: sorted), upper: percentile(0.975, of: sorted))
    }

    private static func percentile(_ share: Double, of sorted: [Double]) -> Double {
        let place = share * Double(sorted.count - 1)
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
}
