import TandemDevices

/// The best of each row, and ranks in it, in one block and in several.
func rankingCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    var cases = [
        RankingCase(rows: 3, columns: 7, k: 3), RankingCase(rows: 2, columns: 5, k: 5),
        RankingCase(rows: 4, columns: 33, k: 1, parts: [20, 1, 12]),
        RankingCase(rows: 6, columns: 70, k: 4, kind: .special),
        RankingCase(rows: 0, columns: 8, k: 2), RankingCase(rows: 2, columns: 0, k: 2, parts: []),
    ]
    if sizes.isFull {
        cases += [1, 31, 32, 33, 63, 64, 65, 129, 1030].flatMap { columns in
            [1, min(10, columns), columns].map { RankingCase(rows: 5, columns: columns, k: $0) }
        }
        cases += RankingCase.Kind.allCases.flatMap {
            [
                RankingCase(rows: 70, columns: 700, k: 10, kind: $0),
                RankingCase(rows: 9, columns: 700, k: 10, parts: [64, 1, 300, 335], kind: $0),
                RankingCase(rows: 6, columns: 300, k: 40, parts: [40, 7, 253], kind: $0),
            ]
        }
    }
    // Ranks do not depend on k: of cases that differ in it one is enough.
    var names: Set<String> = []
    return cases.flatMap { [$0.topK(), $0.counts(excluded: 0), $0.counts(excluded: 4)] }
        .filter { names.insert($0.name).inserted }
}

/// Scores of some rows, cut into blocks of columns.
private struct RankingCase {
    /// What the scores are like.
    enum Kind: CaseIterable {
        case uniform
        /// Few different values, so that most are equal.
        case equal
        /// Each score above the one before: all of them go through the list.
        case ascending
        /// NaN and infinities among others.
        case special
    }

    let rows: Int
    let columns: Int
    let k: Int
    let parts: [Int]
    let kind: Kind

    init(rows: Int, columns: Int, k: Int, parts: [Int]? = nil, kind: Kind = .uniform) {
        self.rows = rows
        self.columns = columns
        self.k = k
        self.parts = parts ?? [columns]
        self.kind = kind
    }

    private var label: String { "[\(rows), \(columns)] in \(parts.count) of \(kind) scores" }

    private func scores(_ random: inout ValueSource) -> [Float] {
        let count = rows * columns
        switch kind {
        case .uniform: return random.uniform(count)
        case .equal: return random.indices(count, below: 4).map { Float($0) }
        case .ascending: return (0..<count).map { Float($0 % max(columns, 1)) }
        case .special:
            let kinds: [Float] = [.nan, .infinity, -.infinity, 0, -0.0]
            let chosen = random.indices(count, below: 40)
            return zip(random.uniform(count), chosen).map { value, choice in
                choice < kinds.count ? kinds[Int(choice)] : value
            }
        }
    }

    /// The arrays and the blocks of a device's calls, in order.
    private func blocks(_ values: [Float], _ build: inout CaseBuilder)
        -> [(scores: CaseBuilder.Handle, block: ScoreBlock)]
    {
        var first = 0
        return parts.map { size in
            let part = (0..<rows).flatMap { row in
                values[row * columns + first..<row * columns + first + size]
            }
            let block = ScoreBlock(
                rows: rows, columns: size, firstColumn: first, continues: first > 0)
            first += size
            return (build.input("scores from \(block.firstColumn)", part), block)
        }
    }

    private func row(_ values: [Float], _ row: Int) -> ArraySlice<Float> {
        values[row * columns..<(row + 1) * columns]
    }

    func topK() -> CaseBuilder {
        var build = CaseBuilder("top \(k) \(label)")
        let values = scores(&build.random)
        let order = (parts.isEmpty ? 0..<0 : 0..<rows).flatMap { row -> [(Float, Int32)] in
            let scores = self.row(values, row).enumerated().map { ($1, Int32($0)) }
            return Array(
                scores.sorted {
                    $0.0 > $1.0 || ($0.0.isNaN && !$1.0.isNaN)
                        || (($0.0 == $1.0 || ($0.0.isNaN && $1.0.isNaN)) && $0.1 < $1.1)
                }.prefix(k))
        }
        let blocks = blocks(values, &build)
        let best = build.output("values", .exact(order.map(\.0)))
        let indices = build.output(
            "indices", initial: [Int32](repeating: -1, count: order.count),
            exactly: order.map(\.1))
        return build.calls { [k] device, arrays in
            for (scores, block) in blocks {
                try device.topK(
                    scores: arrays[scores], values: arrays[best], indices: arrays[indices], k: k,
                    block)
            }
        }
    }

    /// Excluded are the first columns after the own one, and numbers of no column.
    func counts(excluded count: Int) -> CaseBuilder {
        var build = CaseBuilder("ranks without \(count) columns \(label)")
        let values = scores(&build.random)
        let own = build.random.indices(rows, below: max(columns, 1))
        let thresholds = columns == 0 ? [] : (0..<rows).map { values[$0 * columns + Int(own[$0])] }
        let excluded = own.flatMap { column in
            (0..<count).map { $0 == 1 ? -1 : column + Int32($0 * 3) }
        }
        let expected = (parts.isEmpty ? 0..<0 : 0..<rows).map { row -> Int32 in
            let left = excluded[row * count..<(row + 1) * count]
            return Int32(
                self.row(values, row).enumerated().count { column, score in
                    !left.contains(Int32(column)) && !(score < thresholds[row])
                })
        }
        let blocks = blocks(values, &build)
        let limits = build.input("thresholds", thresholds)
        let list = count == 0 ? nil : build.input("excluded", indices: excluded)
        let counts = build.output(
            "counts", initial: [Int32](repeating: -7, count: expected.count), exactly: expected)
        return build.calls { device, arrays in
            for (scores, block) in blocks {
                try device.countAtLeast(
                    scores: arrays[scores], thresholds: arrays[limits], excluded: arrays[list],
                    excludedCount: count, counts: arrays[counts], block)
            }
        }
    }
}
