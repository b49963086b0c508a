/// What is wrong with a folder of document chains, or with what was asked of it.
public enum ChainsProblem: Error, Equatable, Sendable {
    /// There are no rows, no columns or no documents.
    case empty(rows: Int, columns: Int, documents: Int)
    /// There are more rows than 32-bit row numbers can name.
    case tooManyRows(Int)
    /// An element of `vectors.npy` is NaN or infinite.
    case nonFinite(row: Int, column: Int, value: String)
    /// A row of `vectors.npy` has no direction: its norm is below 1e-12.
    case zeroRow(row: Int, norm: Double)
    /// A document does not start where the one before it ends.
    case documentStart(document: Int, expected: Int, found: Int)
    /// A document has no rows, or more than there are.
    case documentLength(document: Int, length: Int, rows: Int)
    /// The documents end before or after the last row.
    case documentsCover(covered: Int, rows: Int)
    /// `split.npy` has another number of entries than there are documents.
    case splitCount(expected: Int, found: Int)
    /// An entry of `split.npy` is none of 0, 1, 2.
    case splitValue(document: Int, value: Int)
    /// A split names a document that does not exist.
    case splitOutside(document: Int, documents: Int)
    /// A window needs at least one context row and a positive stride.
    case badWindow(contextLength: Int, stride: Int)
    /// A window uses rows that the table does not have.
    case windowOutside(lastRow: Int, rows: Int)
    /// A share of examples to hold out must lie between 0 and 1.
    case badFraction(Double)
}

extension ChainsProblem: CustomStringConvertible {
    /// What is wrong, with file, row and values, and what to do.
    public var description: String {
        switch self {
        case .empty(let rows, let columns, let documents):
            "no data: \(rows) rows of \(columns) columns in \(documents) documents"
        case .tooManyRows(let rows):
            "\(rows) rows, at most \(Int32.max) are supported; split the data set"
        case .nonFinite(let row, let column, let value):
            "vectors.npy: row \(row), column \(column) is \(value); every number must be finite: "
                + "repair or remove the row"
        case .zeroRow(let row, let norm):
            "vectors.npy: row \(row) has norm \(norm) and so no direction; remove the row"
        case .documentStart(let document, let expected, let found):
            "documents.npy: document \(document) starts at row \(found), expected \(expected): "
                + "documents must follow each other without gap or overlap"
        case .documentLength(let document, let length, let rows):
            "documents.npy: document \(document) has \(length) rows of \(rows); expected at least 1 "
                + "and no more than are left"
        case .documentsCover(let covered, let rows):
            "documents.npy: the documents cover \(covered) rows, vectors.npy has \(rows)"
        case .splitCount(let expected, let found):
            "split.npy: \(found) entries for \(expected) documents"
        case .splitValue(let document, let value):
            "split.npy: document \(document) has \(value); expected 0 (train), 1 (validation) or "
                + "2 (test)"
        case .splitOutside(let document, let documents):
            "the split names document \(document), but documents go from 0 to \(documents - 1); "
                + "does the split belong to this data set?"
        case .badWindow(let contextLength, let stride):
            "windows of \(contextLength) context rows at stride \(stride) are impossible; both must "
                + "be at least 1"
        case .windowOutside(let lastRow, let rows):
            "a window ends at row \(lastRow), the table has \(rows) rows; make the windows from the "
                + "same data set"
        case .badFraction(let fraction):
            "the share \(fraction) of windows to hold out must lie between 0 and 1"
        }
    }
}
