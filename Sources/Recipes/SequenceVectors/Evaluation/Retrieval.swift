public import TandemDatasets
import TandemDevices
public import TandemTensors

/// Scores predictions against the targets of all windows of a part: the candidates, one entry per row.
///
/// `rank = 1 + #{j : score_j >= score_true}` over the other candidates, so ties count against the model and a constant
/// prediction scores 0. *Filtered* figures leave out candidates that lie in the query's own context: at stride 1 the pool
/// contains them, and they would fill the first ranks.
///
/// Scores are made in blocks of 2,048 queries and as many candidates, so that 16 MiB of them are held at a time, and the
/// vectors of those rows: a pool of 600,000 costs no more memory than one of 2,048.
public struct RetrievalEvaluation {
    private let table: Tensor
    private let windows: ChainWindows
    private let isFiltered: Bool
    /// Rows of the candidates, the windows' targets first.
    private let candidateRows: [Int32]
    private let candidateOfRow: [Int32: Int32]

    /// An evaluation over `windows` of the vectors `table [N, d]`, which lies on the device.
    ///
    /// The candidates are the windows' targets and, with `otherRows`, those rows too: all rows of the table make the
    /// hardest pool, in which only the query's own context is left out.
    public init(
        table: Tensor, windows: ChainWindows, isFiltered: Bool, otherRows: Range<Int> = 0..<0
    ) {
        self.table = table
        self.windows = windows
        self.isFiltered = isFiltered
        let targets = windows.targetRows
        let known = Set(targets)
        candidateRows = targets + otherRows.map { Int32($0) }.filter { !known.contains($0) }
        candidateOfRow = Dictionary(
            uniqueKeysWithValues: candidateRows.enumerated().map { ($1, Int32($0)) })
    }

    /// The figures of predictions, which `predict` makes for time-major contexts `[C, B, d]` and returns as `[B, d]`.
    ///
    /// Throws when a prediction is zero or not finite.
    public func report(_ predict: (Tensor) throws -> Tensor) throws -> RetrievalReport {
        try scores(predict).report
    }

    /// The rank and the cosine of every window's true target; `predict` as in ``report(_:)``.
    ///
    /// Throws when a prediction is zero or not finite.
    public func scores(_ predict: (Tensor) throws -> Tensor) throws -> RetrievalScores {
        var scores = RetrievalScores(pool: candidateRows.count, documents: documents)
        for block in ScoreBlocks.ranges(windows.count, size: ScoreBlocks.queries) {
            let predictions = try predictions(block, predict)
            let result = try ranks.rank(predictions, of: block, leavingOut: ownContexts(block))
            scores.append(
                ranks: (isFiltered ? result.filteredAbove : result.above).map { $0 + 1 },
                rawRanks: result.above.map { $0 + 1 }, cosines: result.own)
        }
        return scores
    }

    /// The number of windows whose true target has an exact duplicate (cosine above 0.9999) among the other candidates: they
    /// can hardly be told apart.
    public func duplicateTargets() throws -> Int {
        var count = 0
        for block in ScoreBlocks.ranges(windows.count, size: ScoreBlocks.queries) {
            let result = try ranks.rank(
                try candidates(block), of: block, leavingOut: [], threshold: 0.9999)
            count += result.above.count { $0 > 0 }
        }
        return count
    }

    private var ranks: BlockedRanks {
        BlockedRanks(candidates: candidates, pool: candidateRows.count)
    }

    /// The document of every query; where windows ignore documents each query stands for itself.
    private var documents: [Int32] {
        windows.documents ?? (0..<Int32(windows.count)).map { $0 }
    }

    private func candidates(_ range: Range<Int>) throws -> Tensor {
        try table.gather(
            try IndexTensor(
                Array(candidateRows[range]), shape: [range.count], on: table.device))
    }

    /// The predictions for a block, in batches whose contexts hold at most 32 MiB.
    private func predictions(_ block: Range<Int>, _ predict: (Tensor) throws -> Tensor) throws
        -> Tensor
    {
        let width = try candidates(0..<1).count
        let batch = max(1, (1 << 23) / (windows.contextLength * width))
        let parts = try ScoreBlocks.ranges(block.count, size: batch).map { part in
            let part = block.lowerBound + part.lowerBound..<block.lowerBound + part.upperBound
            let predictions = try predict(try contexts(part))
            try Self.requireUnitRows(predictions, firstWindow: part.lowerBound)
            return predictions
        }
        return parts.count == 1 ? parts[0] : try Tensor.concatenate(parts)
    }

    /// The contexts of some windows, time-major: `[C, B, d]`.
    private func contexts(_ block: Range<Int>) throws -> Tensor {
        let length = windows.contextLength
        var rows: [Int32] = []
        rows.reserveCapacity(length * block.count)
        for step in 0..<length {
            for window in block { rows.append(windows.firstRows[window] + Int32(step)) }
        }
        return try table.gather(
            try IndexTensor(rows, shape: [length, block.count], on: table.device))
    }

    /// The candidates in the context of every query of a block, -1 for rows that are none.
    private func ownContexts(_ block: Range<Int>) -> [Int32] {
        if !isFiltered { return [] }
        return block.flatMap { window in
            windows.contextRows(of: window).map { candidateOfRow[Int32($0)] ?? -1 }
        }
    }

    /// Throws for the first row that does not have unit length.
    static func requireUnitRows(_ predictions: Tensor, firstWindow: Int) throws {
        let lengths = try predictions.squared().sumOverLastAxis().values()
        for (row, square) in lengths.enumerated() where !(abs(square - 1) < 1e-3) {
            throw RetrievalError.badPrediction(window: firstWindow + row, squaredLength: square)
        }
    }
}

/// Why predictions could not be ranked.
public enum RetrievalError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A prediction does not have unit length.
    case badPrediction(window: Int, squaredLength: Float)
    /// Scores of other queries, or of another pool, are no ground for a comparison.
    case otherQueries(count: Int, expected: Int)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .badPrediction(let window, let square):
            return "the prediction for window \(window) has squared length \(square), expected 1: "
                + "the model's output is zero or not finite; lower the learning rate"
        case .otherQueries(let count, let expected):
            return "\(count) scores are compared with \(expected) of other queries; compare "
                + "predictions for the same windows"
        }
    }
}
