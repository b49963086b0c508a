/// What a user was shown in an experiment.
public enum TestGroup: String, CaseIterable, Sendable, DatabaseConvertible {
    /// The active version.
    case control
    /// The version under test.
    case candidate
    /// The score of the formula alone.
    case formulaBased
    /// The formula's score mixed with the model's.
    case hybrid
}
