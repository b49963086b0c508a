/// The factor of a symmetric positive definite matrix, `L Lᵀ`, for the solution of linear systems in double precision.
struct CholeskyFactor: Sendable {
    /// Number of rows.
    let size: Int
    /// L, `[size, size]`, its upper half undefined.
    private let factor: [Double]

    /// Factors `matrix [size, size]`, of which the lower half is read.
    ///
    /// Throws `DialogueEvaluationError.notPositiveDefinite` when it has no such factor.
    init(_ matrix: [Double], size: Int) throws {
        precondition(matrix.count == size * size)
        self.size = size
        var factor = matrix
        try factor.withUnsafeMutableBufferPointer { factor in
            for row in 0..<size {
                for column in 0...row {
                    var sum = factor[row * size + column]
                    for k in 0..<column {
                        sum -= factor[row * size + k] * factor[column * size + k]
                    }
                    if row > column {
                        factor[row * size + column] = sum / factor[column * size + column]
                    } else {
                        guard sum > 0, sum.isFinite else {
                            throw DialogueEvaluationError.notPositiveDefinite(row: row)
                        }
                        factor[row * size + row] = sum.squareRoot()
                    }
                }
            }
        }
        self.factor = factor
    }

    /// The solution X of `A X = B` for `B [size, columns]`.
    func solve(_ rightSides: [Double], columns: Int) -> [Double] {
        precondition(rightSides.count == size * columns)
        var solution = rightSides
        factor.withUnsafeBufferPointer { factor in
            solution.withUnsafeMutableBufferPointer { solution in
                for row in 0..<size {
                    for k in 0..<row {
                        Self.subtract(
                            factor[row * size + k], k * columns, from: row * columns, columns,
                            solution)
                    }
                    Self.divide(row * columns, columns, factor[row * size + row], solution)
                }
                for row in (0..<size).reversed() {
                    for k in row + 1..<max(row + 1, size) {
                        Self.subtract(
                            factor[k * size + row], k * columns, from: row * columns, columns,
                            solution)
                    }
                    Self.divide(row * columns, columns, factor[row * size + row], solution)
                }
            }
        }
        return solution
    }

    @inline(__always)
    private static func subtract(
        _ weight: Double, _ source: Int, from target: Int, _ columns: Int,
        _ values: UnsafeMutableBufferPointer<Double>
    ) {
        for column in 0..<columns { values[target + column] -= weight * values[source + column] }
    }

    @inline(__always)
    private static func divide(
        _ target: Int, _ columns: Int, _ divisor: Double,
        _ values: UnsafeMutableBufferPointer<Double>
    ) {
        for column in 0..<columns { values[target + column] /= divisor }
    }
}
