/// Why examples cannot be divided into parts or folds, or not as a file asks.
public enum SplitProblem: Error, Equatable, Sendable {
    /// There are fewer rows than three parts need, or more than 32-bit numbers can name.
    case badCount(Int)
    /// There are not as many groups, or labels, as examples.
    case wrongCount(of: String, count: Int, examples: Int)
    /// The shares of the parts are negative, no numbers, or leave nothing to train on.
    case badShares(validation: Double, test: Double)
    /// There are so few examples that a part would have none.
    case noExamplesFor(part: String, count: Int)
    /// There are fewer groups than parts.
    case tooFewGroups(count: Int, parts: [String])
    /// A part of a stratified split would have no row with this label.
    case labelMissing(part: String, label: String, count: Int)
    /// Less than two folds are asked for.
    case tooFewFolds(Int)
    /// There are fewer examples than folds, or more than 32-bit numbers can name.
    case examplesForFolds(examples: Int, folds: Int)
    /// There are fewer groups than folds.
    case groupsForFolds(groups: Int, folds: Int)
    /// A fold, counted from 0, would have no example of a label; `groups` is the number of groups with that label.
    case labelMissingInFold(Int, of: Int, label: String, examples: Int, groups: Int?)
    /// There is no fold of this number.
    case noSuchFold(Int, count: Int)
    /// A part of a split file has no rows.
    case emptyPart(String)
    /// A row number of a split file does not exist in the table.
    case rowOutside(part: String, row: String, count: Int)
    /// A row number stands twice in a split file.
    case rowTwice(row: Int, first: String, second: String)
}

extension SplitProblem: CustomStringConvertible {
    /// What is wrong, with the values, and what to do.
    public var description: String {
        switch self {
        case .badCount(let count):
            "\(count) rows cannot be split into three parts: from 4 to \(Int32.max) can"
        case .wrongCount(let name, let count, let examples):
            "\(count) \(name) for \(examples) examples; every example needs one"
        case .badShares(let validation, let test):
            "the shares \(validation) for validation and \(test) for testing cannot be held out; "
                + "neither may be below 0, and together they must be less than 1"
        case .noExamplesFor(let part, let count):
            "\(count) examples are so few that the \(part) part would have none; "
                + "add examples, or choose other shares"
        case .tooFewGroups(let count, let parts):
            "\(count) groups cannot be split into \(Self.list(parts)) part; "
                + "at least \(parts.count) are needed"
        case .labelMissing(let part, let label, let count):
            "only \(count) rows have the label \(label), so that the \(part) part "
                + "would have none; add such rows"
        case .tooFewFolds(let count):
            "\(count) folds are impossible: one fold tests what the others train, so take at least 2"
        case .examplesForFolds(let examples, let folds):
            examples < folds
                ? "\(examples) examples cannot be divided into \(folds) folds; take at most "
                    + "as many folds as there are examples"
                : "\(examples) examples cannot be divided into folds: at most \(Int32.max) can"
        case .groupsForFolds(let groups, let folds):
            "\(groups) groups cannot be divided into \(folds) folds, because a group is never "
                + "divided; take at most as many folds as there are groups"
        case .labelMissingInFold(let fold, let count, let label, let examples, let groups):
            "\(examples) examples have the label \(label)"
                + (groups.map { ", in \($0) groups" } ?? "")
                + ", so that fold \(fold) of 0 to \(count - 1) would have none; "
                + "take fewer folds, or leave that label out"
        case .noSuchFold(let fold, let count):
            "there is no fold \(fold); the \(count) folds count from 0 to \(count - 1)"
        case .emptyPart(let name): "the split's part '\(name)' has no rows"
        case .rowOutside(let part, let row, let count):
            "the split's part '\(part)' names row \(row), but rows go from 0 to \(count - 1); "
                + "does the split belong to this table?"
        case .rowTwice(let row, let first, let second):
            first == second
                ? "the split's part '\(first)' names row \(row) twice"
                : "row \(row) is in the parts '\(first)' and '\(second)' of the split"
        }
    }

    /// "training, validation and test".
    private static func list(_ names: [String]) -> String {
        names.count < 2
            ? names.joined()
            : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }
}
