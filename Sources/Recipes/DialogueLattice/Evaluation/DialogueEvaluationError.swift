/// Why answers to questions cannot be measured, or a baseline cannot be fitted.
public enum DialogueEvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is nothing to measure on or to learn from.
    case empty(String)
    /// An array has another number of elements than the pairs and the dimension ask for.
    case wrongSize(what: String, found: Int, expected: Int)
    /// A vector has another dimension than those it belongs with.
    case wrongDimension(what: String, found: Int, expected: Int)
    /// A number is NaN or infinite.
    case notFinite(what: String, row: Int, value: String)
    /// The strength of a regression is not above 0, or not finite.
    case badRegularization(Double)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .empty(let what):
            return "there are no \(what); give at least one"
        case .wrongSize(let what, let found, let expected):
            return "there are \(found) numbers or labels as \(what) where \(expected) are needed; "
                + "give one row, or one label, per pair"
        case .wrongDimension(let what, let found, let expected):
            return "the \(what) have the dimension \(found), the others \(expected); "
                + "take all vectors from the same teacher"
        case .notFinite(let what, let row, let value):
            return
                "row \(row) (from 0) of the \(what) holds \(value); a prediction like this comes "
                + "from a model that has diverged, lower its learning rate"
        case .badRegularization(let value):
            return "a ridge regression cannot have the strength \(value); give a number above 0"
        }
    }
}
