/// Why predictions about gifts cannot be measured, or a baseline cannot be fitted.
public enum GiftEvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is nothing to measure on or to learn from.
    case empty(String)
    /// A part of the predictions has another size than the scenarios, the vocabulary or the catalogue ask for.
    case wrongSize(part: String, row: Int?, found: Int, expected: Int)
    /// A prediction is NaN or infinite.
    case notFinite(part: String, row: Int, column: Int, value: String)
    /// A scenario expects no category or no tool, so that nothing can be found of what it expects.
    case nothingExpected(scenario: String, kind: String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .empty(let what):
            return "there are no \(what); give at least one"
        case .wrongSize(let part, let row, let found, let expected):
            let place = row.map { " of scenario number \($0) (from 0)" } ?? ""
            return "the predictions have \(found) \(part)\(place) where \(expected) are needed; "
                + "predict with the scenarios and the catalogue that are measured with"
        case .notFinite(let part, let row, let column, let value):
            return "the prediction number \(column) of the \(part) of scenario number \(row) "
                + "(both from 0) is \(value); the model has diverged, lower its learning rates"
        case .nothingExpected(let scenario, let kind):
            return "the scenario '\(scenario)' expects no \(kind); "
                + "name at least one, or leave the scenario out"
        }
    }
}
