import TandemBasics
public import TandemDatasets
import TandemDevices
public import TandemTensors

/// How well predictions find the true next vector among candidates.
public struct RetrievalReport: Sendable, Equatable, Codable {
    /// Number of queries.
    public let queries: Int
    /// Number of candidates.
    public let pool: Int
    /// Shares of the queries whose true target is among the first 1, 5, 10; NaN when the pool is smaller.
    public let hits: [Int: Double]
    /// Mean of `1 / rank`.
    public let meanReciprocalRank: Double
    /// Mean cosine of prediction and target.
    public let meanCosine: Double

    /// The values of k that are reported.
    public static let ks = [1, 5, 10]
}

/// Scores predictions against the targets of all windows of a part: the candidates, one entry per row.
///
/// `rank = 1 + #{j : score_j >= score_true}` over the other candidates, so ties count against the model and a constant
/// prediction scores 0. *Filtered* figures leave out candidates that lie in the query's own context: at stride 1 the pool
/// contains them, and they would fill the first ranks.
public struct RetrievalEvaluation {
    private let table: Tensor
    private let windows: ChainWindows
    private let isFiltered: Bool
    private let candidateOfRow: [Int32: Int]
    /// Queries scored at once: at most 2,048, fewer when the pool is large, so that a block's scores stay below 64 MiB.
    private let blockSize: Int

    /// An evaluation over `windows` of the vectors `table [N, d]`, which lies on the device.
    public init(table: Tensor, windows: ChainWindows, isFiltered: Bool) {
        self.table = table
        self.windows = windows
        self.isFiltered = isFiltered
        blockSize = max(1, min(2048, (1 << 24) / max(1, windows.count)))
        candidateOfRow = Dictionary(
            uniqueKeysWithValues: windows.targetRows.enumerated().map { ($1, $0) })
    }

    /// Ranks all predictions, which `predict` makes for time-major contexts `[C, B, d]` and returns as `[B, d]`.
    ///
    /// Throws when a prediction is zero or not finite.
    public func report(_ predict: (Tensor) throws -> Tensor) throws -> RetrievalReport {
        let device = table.device
        let targets = windows.targetRows
        let candidates = try table.gather(
            try IndexTensor(targets, shape: [targets.count], on: device))
        var tally = Tally()
        for start in stride(from: 0, to: windows.count, by: blockSize) {
            let block = start..<min(start + blockSize, windows.count)
            let predictions = try predict(try contexts(block))
            try Self.requireUnitRows(predictions, firstWindow: start)
            let scores = try predictions.matmul(candidates, transposeRight: true).values()
            for (row, window) in block.enumerated() {
                let ownScores = scores[row * targets.count..<(row + 1) * targets.count]
                tally.add(
                    rank: rank(window, ownScores),
                    cosine: Double(ownScores[ownScores.startIndex + window]))
            }
        }
        return tally.report(pool: targets.count)
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

    private func rank(_ window: Int, _ scores: ArraySlice<Float>) -> Int {
        let base = scores.startIndex
        let own = scores[base + window]
        var rank = 0
        for score in scores where score >= own { rank += 1 }
        guard isFiltered else { return rank }
        for row in windows.contextRows(of: window) {
            if let candidate = candidateOfRow[Int32(row)], candidate != window,
                scores[base + candidate] >= own
            {
                rank -= 1
            }
        }
        return rank
    }

    private static func requireUnitRows(_ predictions: Tensor, firstWindow: Int) throws {
        let lengths = try predictions.squared().sumOverLastAxis().values()
        for (row, square) in lengths.enumerated() where !(abs(square - 1) < 1e-3) {
            throw RetrievalError.badPrediction(window: firstWindow + row, squaredLength: square)
        }
    }

    /// Running sums over the queries.
    private struct Tally {
        var ranks: [Int] = []
        var cosineSum = 0.0

        mutating func add(rank: Int, cosine: Double) {
            ranks.append(rank)
            cosineSum += cosine
        }

        func report(pool: Int) -> RetrievalReport {
            let count = Double(max(1, ranks.count))
            let shares = RetrievalReport.ks.map { k in
                (k, k > pool ? .nan : Double(ranks.count { $0 <= k }) / count)
            }
            return RetrievalReport(
                queries: ranks.count, pool: pool, hits: Dictionary(uniqueKeysWithValues: shares),
                meanReciprocalRank: ranks.reduce(0) { $0 + 1 / Double($1) } / count,
                meanCosine: cosineSum / count)
        }
    }
}

/// Why predictions could not be ranked.
public enum RetrievalError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A prediction does not have unit length.
    case badPrediction(window: Int, squaredLength: Float)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .badPrediction(let window, let square):
            return "the prediction for window \(window) has squared length \(square), expected 1: "
                + "the model's output is zero or not finite; lower the learning rate"
        }
    }
}
