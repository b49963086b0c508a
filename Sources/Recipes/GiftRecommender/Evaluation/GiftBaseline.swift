/// Predictors that know nothing of networks: what a model must be compared with, since match rates alone prove nothing.
///
/// Tables and rules are here as baselines only; no model reads them.
public enum GiftBaseline: String, Codable, Sendable, CaseIterable {
    /// Everything drawn uniformly at random.
    case random
    /// For everybody the categories and tools that training expects most often, and the three gifts with the highest mean
    /// reward in training.
    case constant
    /// Hobbies that are names of categories, then the most frequent categories; tools by the budget.
    case hobbyName
    /// Categories that a table lists for the hobbies, then the most frequent ones; tools by the budget.
    case hobbyLookup
    /// One logistic regression per category and tool.
    case logisticRegression
    /// What was expected, and the gifts with the highest reward: what nothing can exceed.
    case bestPossible

    /// The baseline in a few words.
    public var title: String {
        switch self {
        case .random: "uniform random (expected)"
        case .constant: "most frequent of training"
        case .hobbyName: "hobby that is a category"
        case .hobbyLookup: "hobby lookup table"
        case .logisticRegression: "logistic regression"
        case .bestPossible: "best possible"
        }
    }
}
