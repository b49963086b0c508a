import TandemBasics

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
