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
