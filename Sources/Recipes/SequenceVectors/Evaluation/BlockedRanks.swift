import TandemDevices
import TandemTensors

/// The blocks in which queries are scored against candidates.
///
/// Beside the rows themselves at most `queries * candidates` scores are held, 16 MiB, whatever the size of the pool.
enum ScoreBlocks {
    /// Queries scored at once.
    static let queries = 2048
    /// Candidates scored at once; as many as queries, so that the true targets of a block of queries are one block of candidates.
    static let candidates = 2048

    /// The blocks of `size` that `count` rows fill.
    static func ranges(_ count: Int, size: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    }
}

/// Where a block of queries' true targets rank among all candidates.
///
/// Candidate number i is the true target of query number i, for as many as there are queries; others may follow.
struct BlockedRanks {
    /// Gathers the candidates of the given numbers as rows `[n, d]`.
    let candidates: (Range<Int>) throws -> Tensor
    /// Number of candidates.
    let pool: Int

    /// What is known of the queries of a block.
    struct Result {
        /// The score of each true target.
        var own: [Float] = []
        /// How many other candidates score as high.
        var above: [Int32] = []
        /// The same without the candidates that are left out for the query.
        var filteredAbove: [Int32] = []
    }

    /// Scores the predictions `[Q, d]` of the queries `block`, at most `ScoreBlocks.queries` from a multiple of that number on.
    ///
    /// `leftOut` are the numbers of the candidates to leave out, equally many for every query, padded with numbers of none;
    /// empty when nothing is. With `threshold` all scores are compared with that instead of the true target's.
    func rank(
        _ predictions: Tensor, of block: Range<Int>, leavingOut leftOut: [Int32],
        threshold: Float? = nil
    ) throws -> Result {
        let device = predictions.device
        let queries = block.count
        let own = block.map { Int32($0) }
        let ownColumns = try IndexTensor(own, shape: [queries], on: device)
        let perQuery = leftOut.count / max(queries, 1)
        let all = try zip(own, own.indices).flatMap { column, place in
            [column] + leftOut[place * perQuery..<(place + 1) * perQuery]
        }.onDevice(device)
        let counts = try device.allocate(queries).slice
        let filteredCounts = try device.allocate(queries).slice
        var thresholds: Tensor?
        // The block with the true targets comes first: the others are compared with their scores.
        let home = block.lowerBound..<min(block.lowerBound + ScoreBlocks.candidates, pool)
        let others = ScoreBlocks.ranges(pool, size: ScoreBlocks.candidates)
            .filter { $0.lowerBound != home.lowerBound }
        var ownScores: Tensor?
        for (number, range) in ([home] + others).enumerated() {
            let scores = try predictions.matmul(try candidates(range), transposeRight: true)
            if number == 0 {
                let places = try IndexTensor(
                    own.map { $0 - Int32(home.lowerBound) }, shape: [queries, 1], on: device)
                ownScores = try scores.gatherElements(places, axis: 1)
                thresholds =
                    try threshold.map {
                        try Tensor(
                            [Float](repeating: $0, count: queries), shape: [queries, 1], on: device)
                    } ?? ownScores
            }
            guard let thresholds else { continue }
            let part = ScoreBlock(
                rows: queries, columns: range.count, firstColumn: range.lowerBound,
                continues: number > 0)
            try device.countAtLeast(
                scores: scores.slice, thresholds: thresholds.slice, excluded: ownColumns.slice,
                excludedCount: 1, counts: counts, part)
            if perQuery > 0 {
                try device.countAtLeast(
                    scores: scores.slice, thresholds: thresholds.slice, excluded: all.slice,
                    excludedCount: perQuery + 1, counts: filteredCounts, part)
            }
        }
        let above = try device.downloadIndices(counts)
        return Result(
            own: try ownScores?.values() ?? [], above: above,
            filteredAbove: perQuery > 0 ? try device.downloadIndices(filteredCounts) : above)
    }
}

extension [Int32] {
    /// The numbers as a list on a device.
    fileprivate func onDevice(_ device: any Device) throws -> IndexTensor {
        try IndexTensor(self, shape: [count], on: device)
    }
}
