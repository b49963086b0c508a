/// Why the rows of a table cannot be divided into parts, or not as a file asks.
public enum TableSplitProblem: Error, Equatable, Sendable {
    /// There are fewer rows than three parts need, or more than 32-bit numbers can name.
    case badCount(Int)
    /// There are fewer groups than parts.
    case tooFewGroups(count: Int)
    /// A part of a stratified split would have no row with this label.
    case labelMissing(part: String, label: Bool, count: Int)
    /// A part of a split file has no rows.
    case emptyPart(String)
    /// A row number of a split file does not exist in the table.
    case rowOutside(part: String, row: String, count: Int)
    /// A row number stands twice in a split file.
    case rowTwice(row: Int, first: String, second: String)
}

extension TableSplitProblem: CustomStringConvertible {
    /// What is wrong, with the values, and what to do.
    public var description: String {
        switch self {
        case .badCount(let count):
            "\(count) rows cannot be split into three parts: from 4 to \(Int32.max) can"
        case .tooFewGroups(let count):
            "\(count) groups cannot be split into training, validation and test part; "
                + "at least 3 are needed"
        case .labelMissing(let part, let label, let count):
            "only \(count) rows have the label \(label ? 1 : 0), so that the \(part) part "
                + "would have none; add such rows"
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
}
