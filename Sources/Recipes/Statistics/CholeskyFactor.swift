/// The factor of a symmetric positive definite matrix, `L Lᵀ`, for the solution of linear systems in double precision.
struct CholeskyFactor: Sendable {
    /// Number of rows.
    let size: Int
    /// `-L`, `[size, size]`, with a zero upper half and L itself on the diagonal.
    private let factor: [Double]
    /// The transpose of `factor`.
    private let transposed: [Double]

    /// Factors a matrix, of which the lower half is read.
    ///
    /// Throws `NotPositiveDefinite` when it has no such factor.
    init(_ matrix: HostMatrix) throws {
        precondition(matrix.rows == matrix.columns)
        let size = matrix.rows
        var factor = HostMatrix(rows: size, columns: size).values
        for row in 0..<size {
            let start = row * size
            factor.replaceSubrange(start...start + row, with: matrix.values[start...start + row])
        }
        try factor.withUnsafeMutableBufferPointer { factor in
            guard let factor = factor.baseAddress else { return }
            for row in 0..<size {
                let own = factor + row * size
                for column in 0...row {
                    let other = factor + column * size
                    var sum = own[column]
                    var k = 0
                    while k < column {
                        sum -= own[k] * other[k]
                        k &+= 1
                    }
                    if column < row {
                        // The signs of both factors of a product above are turned.
                        own[column] = -sum / other[column]
                    } else {
                        guard sum > 0, sum.isFinite else {
                            throw NotPositiveDefinite(row: row)
                        }
                        own[row] = sum.squareRoot()
                    }
                }
            }
        }
        self.size = size
        self.factor = factor
        transposed = HostMatrix(factor, rows: size, columns: size).transposed.values
    }

    /// The solution X of `A X = B`.
    func solve(_ rightSides: HostMatrix) -> HostMatrix {
        precondition(rightSides.rows == size)
        let columns = rightSides.columns
        var solution = rightSides.values
        solution.withUnsafeMutableBufferPointer { solution in
            guard let solution = solution.baseAddress else { return }
            factor.withUnsafeBufferPointer { factor in
                guard let factor = factor.baseAddress else { return }
                for row in 0..<size {
                    substitute(factor, row, 0..<row, solution, columns)
                }
            }
            transposed.withUnsafeBufferPointer { transposed in
                guard let transposed = transposed.baseAddress else { return }
                for row in (0..<size).reversed() {
                    substitute(transposed, row, row + 1..<size, solution, columns)
                }
            }
        }
        return HostMatrix(solution, rows: size, columns: columns)
    }

    /// Takes the rows that are known from row `row`, then divides it by the element on the diagonal.
    private func substitute(
        _ factor: UnsafePointer<Double>, _ row: Int, _ known: Range<Int>,
        _ solution: UnsafeMutablePointer<Double>, _ columns: Int
    ) {
        let target = solution + row * columns
        let weights = factor + row * size
        for first in stride(from: known.lowerBound, to: known.upperBound, by: 4) {
            let group = RowGroup(solution, from: first, of: known.upperBound, width: columns)
            group.add(group.weights(weights, stride: 1), to: target, count: columns)
        }
        let divisor = weights[row]
        var column = 0
        while column < columns {
            target[column] /= divisor
            column &+= 1
        }
    }
}

/// A matrix that has to be positive definite is not.
struct NotPositiveDefinite: Error, Equatable, CustomStringConvertible {
    /// The first row that shows it.
    let row: Int

    /// What happened, with the values, and what to do next.
    var description: String {
        "the matrix of a ridge regression is not positive definite in row \(row) (from 0); choose a "
            + "larger strength"
    }
}
