import TandemBasics

/// What training windows share with held-out windows: the evidence for or against a leak.
public struct SplitReport: Sendable, Equatable {
    /// What the training windows share with the windows of one held-out part.
    public struct Comparison: Sendable, Equatable {
        /// The held-out part.
        public let part: SplitPart
        /// The number of its windows.
        public let windowCount: Int
        /// The number of documents that have rows in windows of both.
        public let sharedDocuments: Int
        /// The number of rows, context or target, that windows of both use.
        public let sharedRows: Int
        /// The number of its targets that equal a row used in training (cosine above 0.9999),
        /// apart from rows that are shared outright.
        public let duplicateTargets: Int
        /// The first of those targets, with the training row that each equals.
        public let examples: [Duplicate]
    }

    /// A held-out target that equals a training row.
    public struct Duplicate: Sendable, Equatable {
        /// The row of the held-out target.
        public let targetRow: Int
        /// The row used in training.
        public let trainingRow: Int
        /// Their cosine.
        public let cosine: Double
    }

    /// The number of training windows.
    public let trainingWindowCount: Int
    /// One comparison per held-out part.
    public let comparisons: [Comparison]

    /// Whether nothing at all is shared: the only ground for claiming that there is no leak.
    public var isLeakFree: Bool {
        comparisons.allSatisfy {
            $0.sharedDocuments == 0 && $0.sharedRows == 0 && $0.duplicateTargets == 0
        }
    }

    /// Cosines above this count as duplicates.
    public static let duplicateCosine = 0.9999
    static let exampleLimit = 5
}

extension SplitReport: CustomStringConvertible {
    /// One line per held-out part, for people.
    public var description: String {
        let lines = comparisons.map { comparison in
            "\(comparison.part): \(comparison.windowCount) windows against \(trainingWindowCount) "
                + "for training: shared documents \(comparison.sharedDocuments), shared rows "
                + "\(comparison.sharedRows), targets equal to a training row "
                + "\(comparison.duplicateTargets)"
        }
        return lines.joined(separator: "\n")
    }
}

extension DocumentChains {
    /// Looks for everything that training windows share with held-out windows.
    ///
    /// Documents and rows are counted from the rows that the windows really use, not from the split's own claims.
    /// Duplicates are found exactly; see `DuplicateSearch`. Throws `windowOutside` for windows of another, longer
    /// table.
    public func verifySplit(
        training: ChainWindows, heldOut: [(part: SplitPart, windows: ChainWindows)]
    ) throws(ChainsProblem) -> SplitReport {
        for windows in [training] + heldOut.map(\.windows) {
            try windows.check(rowCount: vectors.count)
        }
        let trainingRows = usedRows(of: training)
        let trainingDocuments = usedDocuments(of: trainingRows)
        let search = DuplicateSearch(
            rows: trainingRows.indices.lazy.filter { trainingRows[$0] }, of: vectors,
            threshold: SplitReport.duplicateCosine)
        let comparisons = heldOut.map { part, windows in
            let rows = usedRows(of: windows)
            let documents = usedDocuments(of: rows)
            var duplicates: [SplitReport.Duplicate] = []
            for target in Set(windows.targetRows).sorted() where !trainingRows[Int(target)] {
                guard let partner = search.partner(of: Int(target)) else { continue }
                duplicates.append(
                    SplitReport.Duplicate(
                        targetRow: Int(target), trainingRow: partner.row,
                        cosine: partner.cosine))
            }
            return SplitReport.Comparison(
                part: part, windowCount: windows.count,
                sharedDocuments: zip(trainingDocuments, documents).count { $0 && $1 },
                sharedRows: zip(trainingRows, rows).count { $0 && $1 },
                duplicateTargets: duplicates.count,
                examples: Array(duplicates.prefix(SplitReport.exampleLimit)))
        }
        return SplitReport(trainingWindowCount: training.count, comparisons: comparisons)
    }

    private func usedRows(of windows: ChainWindows) -> [Bool] {
        var used = [Bool](repeating: false, count: vectors.count)
        for index in 0..<windows.count {
            for row in windows.contextRows(of: index) { used[row] = true }
            used[windows.targetRow(of: index)] = true
        }
        return used
    }

    private func usedDocuments(of rows: [Bool]) -> [Bool] {
        documents.map { $0.contains { rows[$0] } }
    }
}

/// Finds rows that point in (almost) the same direction, exactly and without comparing all pairs.
///
/// Two unit vectors of cosine above k differ by less than w = sqrt(2 - 2k), so their projections on
/// any unit direction differ by less than w. Rows are filed by the cells, w wide, of four such
/// projections; a row's partners can only lie in its own and the neighbouring cells (3^4 of them).
/// Every candidate found there is compared in full, so nothing is missed and nothing is guessed;
/// the four directions (seeded, random signs) affect the time only.
struct DuplicateSearch {
    private let vectors: VectorTable
    private let threshold: Double
    private let directions: [Float]
    private let inverseWidth: Double
    private var cells: [SIMD4<Int32>: [Int32]] = [:]

    private static let projectionCount = 4

    /// Files `rows` of `vectors`; partners are rows of cosine above `threshold`.
    init(rows: some Sequence<Int>, of vectors: VectorTable, threshold: Double) {
        self.vectors = vectors
        self.threshold = threshold
        // The slack covers the rounding of projections and of the rows' unit length.
        inverseWidth = 1 / (max(0, 2 - 2 * threshold).squareRoot() + 1e-4)
        var random = Philox(DataStreams.duplicateSearch)
        let size = 1 / Float(vectors.dimension).squareRoot()
        directions = (0..<Self.projectionCount * vectors.dimension).map { _ in
            random.nextWord() & 1 == 0 ? size : -size
        }
        for row in rows { cells[cell(of: row), default: []].append(Int32(row)) }
    }

    /// The first filed row of cosine above the threshold with `row`, or nil.
    func partner(of row: Int) -> (row: Int, cosine: Double)? {
        let center = cell(of: row)
        var best: (row: Int, cosine: Double)?
        for neighbour in 0..<81 {
            let offset = SIMD4<Int32>(
                Int32(neighbour % 3) - 1, Int32(neighbour / 3 % 3) - 1,
                Int32(neighbour / 9 % 3) - 1, Int32(neighbour / 27) - 1)
            for candidate in cells[center &+ offset] ?? [] {
                if let best, best.row <= Int(candidate) { continue }
                let cosine = cosine(row, Int(candidate))
                if cosine > threshold { best = (Int(candidate), cosine) }
            }
        }
        return best
    }

    private func cell(of row: Int) -> SIMD4<Int32> {
        let dimension = vectors.dimension
        var cell = SIMD4<Int32>.zero
        vectors.values.withUnsafeBufferPointer { values in
            directions.withUnsafeBufferPointer { directions in
                for projection in 0..<Self.projectionCount {
                    var sum: Double = 0
                    for column in 0..<dimension {
                        sum += Double(
                            values[row * dimension + column]
                                * directions[projection * dimension + column])
                    }
                    cell[projection] = Int32((sum * inverseWidth).rounded(.down))
                }
            }
        }
        return cell
    }

    private func cosine(_ left: Int, _ right: Int) -> Double {
        let dimension = vectors.dimension
        return vectors.values.withUnsafeBufferPointer { values in
            var sum: Double = 0
            for column in 0..<dimension {
                sum += Double(
                    values[left * dimension + column] * values[right * dimension + column])
            }
            return sum
        }
    }
}
