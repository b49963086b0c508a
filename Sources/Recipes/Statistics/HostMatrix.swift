/// A row-major matrix in double precision, with the products that an evaluation needs.
///
/// Everything is summed in an order that depends on the sizes alone, so the same input gives the same bits. The loops add four
/// rows at once: compilers make vector instructions of that on their own.
struct HostMatrix: Sendable {
    /// Number of rows.
    let rows: Int
    /// Number of columns.
    let columns: Int
    /// The elements, `[rows, columns]`.
    private(set) var values: [Double]

    /// The given elements.
    init(_ values: [Double], rows: Int, columns: Int) {
        precondition(values.count == rows * columns)
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// Zeros.
    init(rows: Int, columns: Int) {
        self.init([Double](repeating: 0, count: rows * columns), rows: rows, columns: columns)
    }

    /// The rows of `values [n, columns]`.
    init(_ values: [Float], columns: Int) {
        self.init(values.map { Double($0) }, rows: values.count / columns, columns: columns)
    }

    /// The mean of every column.
    var columnMeans: [Double] {
        var sums = [Double](repeating: 0, count: columns)
        values.withUnsafeBufferPointer { values in
            sums.withUnsafeMutableBufferPointer { sums in
                guard let values = values.baseAddress, let sums = sums.baseAddress else { return }
                var place = 0
                for _ in 0..<rows {
                    var column = 0
                    while column < columns {
                        sums[column] += values[place]
                        place &+= 1
                        column &+= 1
                    }
                }
            }
        }
        return sums.map { $0 / Double(rows) }
    }

    /// The matrix with its rows as columns.
    var transposed: HostMatrix {
        var result = HostMatrix(rows: columns, columns: rows)
        values.withUnsafeBufferPointer { values in
            result.values.withUnsafeMutableBufferPointer { result in
                guard let values = values.baseAddress, let target = result.baseAddress else {
                    return
                }
                for row in 0..<rows {
                    var column = 0
                    while column < columns {
                        target[column &* rows &+ row] = values[row &* columns &+ column]
                        column &+= 1
                    }
                }
            }
        }
        return result
    }

    /// Subtracts one number per column.
    mutating func subtract(_ means: [Double]) {
        precondition(means.count == columns)
        values.withUnsafeMutableBufferPointer { values in
            means.withUnsafeBufferPointer { means in
                guard let values = values.baseAddress, let means = means.baseAddress else { return }
                var place = 0
                for _ in 0..<rows {
                    var column = 0
                    while column < columns {
                        values[place] -= means[column]
                        place &+= 1
                        column &+= 1
                    }
                }
            }
        }
    }

    /// Brings every row to unit length; one shorter than 1e-8 is divided by 1e-8, as everywhere in training.
    mutating func normalizeRows() {
        values.withUnsafeMutableBufferPointer { values in
            guard let values = values.baseAddress else { return }
            for row in 0..<rows {
                let own = values + row * columns
                var squares = 0.0
                var column = 0
                while column < columns {
                    squares += own[column] * own[column]
                    column &+= 1
                }
                let factor = 1 / max(squares.squareRoot(), 1e-8)
                column = 0
                while column < columns {
                    own[column] *= factor
                    column &+= 1
                }
            }
        }
    }

    /// `selfᵀ · other`, `[columns, other.columns]`: the sum of the outer products of their rows; with `isLowerHalf` nothing
    /// is computed above the diagonal and zeros are left there.
    func transposedProduct(_ other: HostMatrix, isLowerHalf: Bool = false) -> HostMatrix {
        precondition(rows == other.rows)
        var result = HostMatrix(rows: columns, columns: other.columns)
        values.withUnsafeBufferPointer { left in
            other.values.withUnsafeBufferPointer { right in
                result.values.withUnsafeMutableBufferPointer { target in
                    guard let left = left.baseAddress, let right = right.baseAddress,
                        let target = target.baseAddress
                    else { return }
                    // Blocks of the result that stay in the cache while all rows pass.
                    for start in stride(from: 0, to: other.columns, by: 512) {
                        for top in stride(from: 0, to: columns, by: 64) {
                            addBlock(
                                left, right, target, width: other.columns,
                                block: (
                                    top..<min(top + 64, columns),
                                    start..<min(start + 512, other.columns)
                                ), isLowerHalf: isLowerHalf)
                        }
                    }
                }
            }
        }
        return result
    }

    private func addBlock(
        _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>,
        _ target: UnsafeMutablePointer<Double>, width: Int, block: (Range<Int>, Range<Int>),
        isLowerHalf: Bool
    ) {
        let (first, start) = (block.0.lowerBound, block.1.lowerBound)
        for row in stride(from: 0, to: rows, by: 4) {
            let group = RowGroup(right + start, from: row, of: rows, width: width)
            var column = first
            while column < block.0.upperBound {
                let end = isLowerHalf ? min(block.1.upperBound, column + 1) : block.1.upperBound
                if start < end {
                    group.add(
                        group.weights(left + column, stride: columns),
                        to: target + column * width + start, count: end - start)
                }
                column &+= 1
            }
        }
    }
}

/// Four rows that follow each other, to be added at once with a weight each.
///
/// Where fewer are left the last one stands for those that are missing, with the weight 0.
struct RowGroup {
    private let first: UnsafePointer<Double>
    private let second: UnsafePointer<Double>
    private let third: UnsafePointer<Double>
    private let fourth: UnsafePointer<Double>
    private let row: Int
    private let count: Int

    /// The rows from `row` on of `values`, whose rows lie `width` elements apart; those from `end` on are missing.
    @inline(__always)
    init(_ values: UnsafePointer<Double>, from row: Int, of end: Int, width: Int) {
        self.row = row
        count = min(4, end - row)
        first = values + row * width
        second = values + min(row + 1, end - 1) * width
        third = values + min(row + 2, end - 1) * width
        fourth = values + min(row + 3, end - 1) * width
    }

    /// One weight for every row, from the rows of the same numbers in a matrix whose rows lie `stride` elements apart.
    @inline(__always)
    func weights(_ values: UnsafePointer<Double>, stride: Int) -> SIMD4<Double> {
        let own = values + row * stride
        return SIMD4(
            own[0], count > 1 ? own[stride] : 0, count > 2 ? own[2 * stride] : 0,
            count > 3 ? own[3 * stride] : 0)
    }

    /// Adds the weighted rows to `target`.
    @inline(__always)
    func add(_ weights: SIMD4<Double>, to target: UnsafeMutablePointer<Double>, count: Int) {
        let (a, b, c, d) = (weights.x, weights.y, weights.z, weights.w)
        var column = 0
        while column < count {
            target[column] +=
                (a * first[column] + b * second[column])
                + (c * third[column] + d * fourth[column])
            column &+= 1
        }
    }
}
