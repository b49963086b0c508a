/// Unit-length rows in reading order, shared by everything that refers to them by row number.
public struct VectorTable: Sendable, Equatable {
    /// The number of rows, N.
    public let count: Int
    /// The number of columns, d.
    public let dimension: Int
    /// The numbers, `[N, d]` in row-major order; every row has length 1 up to rounding.
    public let values: [Float]

    /// Norms below this have no direction worth keeping: `n(v) = v / max(||v||, 1e-12)`.
    static let smallestNorm = 1e-12

    /// Makes a table of rows, each divided by its norm (computed in double precision).
    ///
    /// - Parameters:
    ///   - values: `[N, d]` in row-major order.
    ///   - dimension: d.
    /// - Throws: `empty`, `tooManyRows`, or `nonFinite` and `zeroRow` with the place of the first
    ///   such element or row.
    public init(normalizing values: [Float], dimension: Int) throws(ChainsProblem) {
        let rows = dimension > 0 ? values.count / dimension : 0
        guard rows > 0, rows * dimension == values.count else {
            throw .empty(rows: rows, columns: dimension, documents: 0)
        }
        if rows > Int(Int32.max) { throw .tooManyRows(rows) }
        var values = values
        var failure: ChainsProblem?
        values.withUnsafeMutableBufferPointer { buffer in
            for row in 0..<rows {
                let place = row * dimension
                let elements = UnsafeMutableBufferPointer(
                    rebasing: buffer[place..<place + dimension])
                let norm = Self.squaredNorm(UnsafeBufferPointer(elements)).squareRoot()
                // A sum of finite squares stays finite in double precision, so one test per row
                // finds every NaN and infinity.
                guard norm.isFinite, norm >= Self.smallestNorm else {
                    failure = Self.problem(of: elements, row: row, norm: norm)
                    return
                }
                for column in 0..<dimension {
                    elements[column] = Float(Double(elements[column]) / norm)
                }
            }
        }
        if let failure { throw failure }
        count = rows
        self.dimension = dimension
        self.values = values
    }

    /// The sum of squares in eight partial sums of fixed order.
    private static func squaredNorm(_ row: UnsafeBufferPointer<Float>) -> Double {
        var sums = SIMD8<Double>.zero
        let blocks = row.count / 8
        for block in 0..<blocks {
            var part = SIMD8<Double>()
            for lane in 0..<8 { part[lane] = Double(row[block * 8 + lane]) }
            sums += part * part
        }
        var sum = sums.sum()
        for column in (blocks * 8)..<row.count {
            sum += Double(row[column]) * Double(row[column])
        }
        return sum
    }

    private static func problem(
        of elements: UnsafeMutableBufferPointer<Float>, row: Int, norm: Double
    ) -> ChainsProblem {
        if let column = elements.firstIndex(where: { !$0.isFinite }) {
            return .nonFinite(row: row, column: column, value: "\(elements[column])")
        }
        return .zeroRow(row: row, norm: norm)
    }
}
