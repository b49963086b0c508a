public import TandemBasics

/// Documents as chains of vectors: consecutive rows of one table, in reading order.
public struct DocumentChains: Sendable {
    /// Where the split comes from.
    public enum SplitOrigin: Equatable, Sendable {
        /// `split.npy`, or the caller.
        case given
        /// Made from this seed.
        case seeded(UInt64)
    }

    /// The unit-length rows of all documents, one document after the other.
    public let vectors: VectorTable
    /// The rows of every document; together they are all rows.
    public let documents: [Range<Int>]
    /// The part that every document belongs to.
    public private(set) var parts: [SplitPart]
    /// Where `parts` comes from.
    public private(set) var splitOrigin: SplitOrigin
    /// The contents of `metadata.json`, if there is one.
    public let metadata: JSONValue?

    /// Makes chains of rows; checks that the documents cover the rows.
    ///
    /// The lengths are in the order of the rows; `metadata` is anything worth keeping with the data. Without
    /// `parts` documents are divided by the seed. Throws the first document that does not fit.
    public init(
        vectors: VectorTable, documentLengths: [Int], parts: [SplitPart]? = nil,
        splitSeed: UInt64 = 0, metadata: JSONValue? = nil
    ) throws(ChainsProblem) {
        guard !documentLengths.isEmpty else {
            throw .empty(rows: vectors.count, columns: vectors.dimension, documents: 0)
        }
        var documents: [Range<Int>] = []
        var end = 0
        for (document, length) in documentLengths.enumerated() {
            guard length >= 1, length <= vectors.count - end else {
                throw .documentLength(document: document, length: length, rows: vectors.count)
            }
            documents.append(end..<end + length)
            end += length
        }
        if end != vectors.count { throw .documentsCover(covered: end, rows: vectors.count) }
        if let parts, parts.count != documents.count {
            throw .splitCount(expected: documents.count, found: parts.count)
        }
        self.vectors = vectors
        self.documents = documents
        self.parts = parts ?? SplitPart.seeded(documentCount: documents.count, seed: splitSeed)
        splitOrigin = parts == nil ? .seeded(splitSeed) : .given
        self.metadata = metadata
    }

    /// The same documents in other parts: those of a fold, for instance.
    ///
    /// ``DataFolds`` of as many examples as there are documents keep every document whole. Documents that the split
    /// does not name are for training. Throws `splitOutside` for a document that does not exist.
    public func divided(by split: DataSplit) throws(ChainsProblem) -> DocumentChains {
        for document in split.training + split.validation + split.test
        where !documents.indices.contains(Int(document)) {
            throw .splitOutside(document: Int(document), documents: documents.count)
        }
        var divided = self
        divided.parts = split.parts(count: documents.count)
        divided.splitOrigin = .given
        return divided
    }

    /// The documents of one part, as indices into ``documents``.
    public func documents(in part: SplitPart) -> [Int] {
        documents.indices.filter { parts[$0] == part }
    }

    /// The windows of one part: `contextLength` context rows and the row after them, never across
    /// the end of a document.
    ///
    /// A document of n rows gives `n - C` windows at stride 1; they are in reading order. Throws `badWindow` for a
    /// length or stride below 1.
    public func windows(
        in part: SplitPart, contextLength: Int, stride: Int = 1
    ) throws(ChainsProblem) -> ChainWindows {
        guard contextLength >= 1, stride >= 1 else {
            throw .badWindow(contextLength: contextLength, stride: stride)
        }
        var firstRows: [Int32] = []
        var owners: [Int32] = []
        for document in documents(in: part) {
            let rows = documents[document]
            guard rows.count > contextLength else { continue }
            for first in Swift.stride(
                from: rows.lowerBound, to: rows.upperBound - contextLength, by: stride)
            {
                firstRows.append(Int32(first))
                owners.append(Int32(document))
            }
        }
        return ChainWindows(contextLength: contextLength, firstRows: firstRows, documents: owners)
    }
}

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
