/// A table with aligned columns, for metrics and results.
public struct TextTable: Sendable {
    /// On which side of its column a cell stands.
    public enum Alignment: Sendable {
        /// On the left, as text.
        case left
        /// On the right, as numbers.
        case right
    }

    private let titles: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// Makes an empty table: the first column is aligned left and all others right, unless told.
    public init(_ titles: [String], alignments: [Alignment]? = nil) {
        self.titles = titles
        self.alignments = titles.indices.map { index in
            alignments?[index] ?? (index == 0 ? .left : .right)
        }
    }

    /// Appends a row; missing cells at its end stay empty.
    public mutating func append(_ cells: [String]) {
        rows.append((0..<titles.count).map { $0 < cells.count ? cells[$0] : "" })
    }

    /// The table's lines: titles, a rule, then the rows; no spaces at the ends of lines.
    public var lines: [String] {
        let widths = titles.indices.map { column in
            rows.reduce(titles[column].count) { max($0, $1[column].count) }
        }
        let rule = widths.map { String(repeating: "-", count: $0) }
        return ([titles, rule] + rows).map { line($0, widths: widths) }
    }

    private func line(_ cells: [String], widths: [Int]) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            text += column > 0 ? "  " : ""
            text += alignments[column] == .left ? cell + padding : padding + cell
        }
        while text.last == " " {
            text.removeLast()
        }
        return text
    }
}
