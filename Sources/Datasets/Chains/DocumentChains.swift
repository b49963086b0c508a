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
    public let parts: [SplitPart]
    /// Where `parts` comes from.
    public let splitOrigin: SplitOrigin
    /// The contents of `metadata.json`, if there is one.
    public let metadata: JSONValue?

    /// Makes chains of rows; checks that the documents cover the rows.
    ///
    /// - Parameters:
    ///   - vectors: the rows.
    ///   - documentLengths: the number of rows of every document, in the order of the rows.
    ///   - parts: the part of every document; nil for the seeded split.
    ///   - splitSeed: the seed of the split when `parts` is nil.
    ///   - metadata: anything worth keeping with the data.
    /// - Throws: the first document that does not fit.
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

    private init(_ chains: DocumentChains, parts: [SplitPart]) {
        vectors = chains.vectors
        documents = chains.documents
        self.parts = parts
        splitOrigin = .given
        metadata = chains.metadata
    }

    /// The same documents in other parts: those of a fold, for instance.
    ///
    /// ``DataFolds`` of as many examples as there are documents keep every document whole.
    ///
    /// - Parameter split: the numbers of documents; those that it does not name are for training.
    /// - Returns: the chains with that split.
    /// - Throws: `splitOutside` for a document that does not exist.
    public func divided(by split: DataSplit) throws(ChainsProblem) -> DocumentChains {
        for document in split.training + split.validation + split.test
        where !documents.indices.contains(Int(document)) {
            throw .splitOutside(document: Int(document), documents: documents.count)
        }
        return DocumentChains(self, parts: split.parts(count: documents.count))
    }

    /// The documents of one part, as indices into ``documents``.
    public func documents(in part: SplitPart) -> [Int] {
        documents.indices.filter { parts[$0] == part }
    }

    /// The windows of one part: `contextLength` context rows and the row after them, never across
    /// the end of a document.
    ///
    /// - Parameters:
    ///   - part: whose documents to use.
    ///   - contextLength: C; a document of n rows gives `n - C` windows at stride 1.
    ///   - stride: the distance between the starts of two windows of one document.
    /// - Returns: the windows in reading order; none when all documents are too short.
    /// - Throws: `badWindow` for a length or stride below 1.
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
