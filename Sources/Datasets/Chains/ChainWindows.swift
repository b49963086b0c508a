import TandemBasics

/// Windows over the rows of a ``VectorTable``: C context rows and the row after them, the target.
///
/// A window is its first row; no vector is ever copied.
public struct ChainWindows: Sendable, Equatable {
    /// C, the number of context rows of every window.
    public let contextLength: Int
    /// The first context row of every window.
    public let firstRows: [Int32]
    /// The document of every window; nil when the windows ignore documents.
    public let documents: [Int32]?

    /// The number of windows.
    public var count: Int { firstRows.count }

    /// The rows of window `index`'s context, in reading order.
    public func contextRows(of index: Int) -> Range<Int> {
        let first = Int(firstRows[index])
        return first..<first + contextLength
    }

    /// The row that window `index` is to predict.
    public func targetRow(of index: Int) -> Int { Int(firstRows[index]) + contextLength }

    /// The target rows of all windows: the candidates of a retrieval evaluation.
    public var targetRows: [Int32] { firstRows.map { $0 + Int32(contextLength) } }

    /// Windows over the whole stream of rows, across document borders: the protocol of earlier
    /// work, kept to reproduce its figures.
    ///
    /// Of N rows, at stride S (`max(1, C / 2)` when nil), there are `floor((N - C - 1) / S)` windows, at rows 0, S,
    /// 2S, ... Throws `badWindow` for a length or stride below 1, `tooManyRows`.
    public static func stream(
        rowCount: Int, contextLength: Int, stride: Int? = nil
    ) throws(ChainsProblem) -> ChainWindows {
        let step = stride ?? max(1, contextLength / 2)
        guard contextLength >= 1, step >= 1 else {
            throw .badWindow(contextLength: contextLength, stride: step)
        }
        if rowCount > Int(Int32.max) { throw .tooManyRows(rowCount) }
        let count = max(0, rowCount - contextLength - 1) / step
        return ChainWindows(
            contextLength: contextLength, firstRows: (0..<count).map { Int32($0 * step) },
            documents: nil)
    }

    /// Splits the windows at random, each on its own.
    ///
    /// Neighbouring windows share rows across the two parts, so figures on the held-out part leak; kept to
    /// reproduce the figures of earlier work. `floor(fraction * count)` windows are held out; both parts are in
    /// reading order. Throws `badFraction` outside 0...1.
    public func randomSplit(
        holdingOut fraction: Double, seed: UInt64
    ) throws(ChainsProblem) -> (training: ChainWindows, heldOut: ChainWindows) {
        guard (0...1).contains(fraction) else { throw .badFraction(fraction) }
        var order = Array(0..<count)
        var random = Philox(DataStreams.windowSplit(seed: seed))
        random.shuffle(&order)
        let heldOut = Int(fraction * Double(count))
        return (
            selecting(order[heldOut...].sorted()), selecting(order[..<heldOut].sorted())
        )
    }

    /// Throws when a window uses a row beyond the last of `rowCount`.
    func check(rowCount: Int) throws(ChainsProblem) {
        guard let last = firstRows.max() else { return }
        let lastRow = Int(last) + contextLength
        if lastRow >= rowCount { throw .windowOutside(lastRow: lastRow, rows: rowCount) }
    }

    /// The windows at the given indices, in that order.
    private func selecting(_ indices: [Int]) -> ChainWindows {
        ChainWindows(
            contextLength: contextLength, firstRows: indices.map { firstRows[$0] },
            documents: documents.map { documents in indices.map { documents[$0] } })
    }
}

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
    /// `values` are `[N, d]` in row-major order. Throws `empty`, `tooManyRows`, or `nonFinite` and `zeroRow` with
    /// the place of the first such element or row.
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
