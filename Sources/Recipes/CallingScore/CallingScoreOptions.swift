/// What a model on calling-score records predicts.
public enum CallingScoreKind: String, Sendable, Codable, CaseIterable {
    /// The outcome score in [0, 1], from 39 features.
    case score
    /// Whether the outcome is positive, 1 or 0, from the same features and six of the user's history.
    case outcome
}

/// How calling-score records become a table.
public struct CallingScoreOptions: Sendable, Equatable {
    /// What is predicted.
    public var kind: CallingScoreKind
    /// Whether the five features that follow from others are computed where a record lacks them.
    public var derivesFeatures: Bool
    /// Whether labels are read, of at least 100 records; without them the table has no targets.
    public var requiresLabels: Bool

    /// Makes options; the defaults are those of training a score model.
    public init(
        kind: CallingScoreKind = .score, derivesFeatures: Bool = false, requiresLabels: Bool = true
    ) {
        self.kind = kind
        self.derivesFeatures = derivesFeatures
        self.requiresLabels = requiresLabels
    }
}
