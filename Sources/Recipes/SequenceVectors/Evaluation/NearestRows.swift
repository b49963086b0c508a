import TandemDevices
public import TandemTensors

/// Finds the rows of a table that lie nearest to predictions, with the places in their documents.
///
/// Rows are scored in blocks of 2,048 by as many predictions: beside the table and the predictions, 16 MiB of scores and one block
/// of rows are held, however large the table is.
public struct NearestRows {
    /// A row near a prediction.
    public struct Neighbour: Sendable, Equatable, Codable {
        /// The row's number in the table.
        public let row: Int
        /// The number of its document.
        public let document: Int
        /// Its place in the document, from 0.
        public let position: Int
        /// Its cosine with the prediction.
        public let score: Float
    }

    private let table: Tensor
    private let documents: [Range<Int>]

    /// A search among the rows of `table [N, d]`, which have unit length.
    ///
    /// `documents` are the rows of each document, which follow one another from row 0 on.
    public init(table: Tensor, documents: [Range<Int>]) {
        self.table = table
        self.documents = documents
    }

    /// The `k` nearest rows of each of the predictions `[n, d]`, the nearest first; of equally near ones the one that comes first.
    ///
    /// `leftOut` names for each prediction rows that are not looked at, such as its own context; empty for none. There are fewer
    /// than `k` where the table has no more. Throws `RetrievalError.badPrediction` when a prediction is zero or not finite.
    public func find(_ predictions: Tensor, k: Int, leavingOut leftOut: [Range<Int>] = []) throws
        -> [[Neighbour]]
    {
        let more = leftOut.map(\.count).max() ?? 0
        let count = min(k + more, documents.last?.upperBound ?? 0)
        guard k > 0, count > 0 else { return (0..<predictions.shape[at: 0]).map { _ in [] } }
        let queries = try predictions.l2Normalized()
        try RetrievalEvaluation.requireUnitRows(queries, firstWindow: 0)
        let best = try best(queries, k: count)
        let (scores, rows) = (try best.values.values(), try best.rows.values())
        return (0..<predictions.shape[at: 0]).map { query in
            let own = query < leftOut.count ? leftOut[query] : 0..<0
            let found = (query * count..<(query + 1) * count).filter { place in
                !own.contains(Int(rows[place]))
            }
            return found.prefix(k).map { neighbour(Int(rows[$0]), scores[$0]) }
        }
    }

    /// Scores `[n, k]` and row numbers `[n, k]` of the nearest rows of queries `[n, d]` of unit length; k is at most the number of rows.
    package func best(_ queries: Tensor, k: Int) throws -> (values: Tensor, rows: IndexTensor) {
        let device = table.device
        let (count, rows) = (queries.shape[at: 0], documents.last?.upperBound ?? 0)
        let values = try Tensor(uninitialized: [count, k], on: device)
        let indices = try IndexTensor(
            [Int32](repeating: 0, count: count * k), shape: [count, k], on: device)
        let blocks = try ScoreBlocks.ranges(count, size: ScoreBlocks.queries).map { range in
            (range, try queries.slice(axis: 0, range))
        }
        // Rows outside, queries inside: every row is gathered once.
        for range in ScoreBlocks.ranges(rows, size: max(ScoreBlocks.candidates, k)) {
            let candidates = try table.gather(
                try IndexTensor(range.map { Int32($0) }, shape: [range.count], on: device))
            for (own, block) in blocks {
                let scores = try block.matmul(candidates, transposeRight: true)
                try device.topK(
                    scores: scores.slice,
                    values: try values.slice.part(from: own.lowerBound * k, count: own.count * k),
                    indices: try indices.slice.part(
                        from: own.lowerBound * k, count: own.count * k), k: k,
                    ScoreBlock(
                        rows: own.count, columns: range.count, firstColumn: range.lowerBound,
                        continues: range.lowerBound > 0))
            }
        }
        return (values, indices)
    }

    /// The place of a row, found by halving.
    private func neighbour(_ row: Int, _ score: Float) -> Neighbour {
        var (low, high) = (0, documents.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            if documents[middle].lowerBound <= row { low = middle } else { high = middle }
        }
        return Neighbour(
            row: row, document: low, position: row - documents[low].lowerBound, score: score)
    }
}
