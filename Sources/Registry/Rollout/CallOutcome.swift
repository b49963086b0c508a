/// How a call, or the missing of one, turned out.
public enum OutcomeType: String, CaseIterable, Sendable, DatabaseConvertible {
    /// Well.
    case positive
    /// Badly.
    case negative
    /// Neither.
    case neutral
}

/// How a call turned out, and how well from 0 to 1.
public struct CallOutcome: Equatable, Sendable, CustomStringConvertible {
    /// The kind.
    public let type: OutcomeType
    /// How well.
    public let score: Double

    /// An outcome; throws `RolloutError.invalidScore` unless the score lies in 0...1.
    public init(_ type: OutcomeType, score: Double) throws(RolloutError) {
        guard (0...1).contains(score) else {
            throw .invalidScore(name: "the outcome score", score)
        }
        self.type = type
        self.score = score
    }

    /// An outcome whose parts may be missing, but only both.
    public init?(_ type: OutcomeType?, score: Double?) throws(RolloutError) {
        switch (type, score) {
        case (nil, nil): return nil
        case (let type?, let score?): try self.init(type, score: score)
        case (let type?, nil):
            throw .halfAnOutcome(given: "the type '\(type.rawValue)'", missing: "the score")
        case (nil, let score?):
            throw .halfAnOutcome(given: "the score \(score)", missing: "the type")
        }
    }

    /// The outcome as `positive (0.8)`.
    public var description: String { "\(type.rawValue) (\(score))" }
}

/// The score that decides about a call: the formula's mixed with the model's.
public enum HybridScore {
    /// A user is called at this score and above.
    public static let callThreshold = 0.70

    /// `formula * (1 - weight) + neural * weight`, limited to 0...1.
    ///
    /// - Parameters:
    ///   - formula: the formula's score.
    ///   - neural: the model's score.
    ///   - weight: the effective weight of the version that serves.
    /// - Returns: the score that decides.
    public static func value(formula: Double, neural: Double, weight: Double) -> Double {
        min(max(formula * (1 - weight) + neural * weight, 0), 1)
    }

    /// Whether a user with this score is called.
    public static func isCalled(_ score: Double) -> Bool {
        score >= callThreshold
    }
}
