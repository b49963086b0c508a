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

    init(contextLength: Int, firstRows: [Int32], documents: [Int32]?) {
        self.contextLength = contextLength
        self.firstRows = firstRows
        self.documents = documents
    }

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
    /// - Parameters:
    ///   - rowCount: N.
    ///   - contextLength: C.
    ///   - stride: S; `max(1, C / 2)` when nil.
    /// - Returns: `floor((N - C - 1) / S)` windows, at rows 0, S, 2S, ...
    /// - Throws: `badWindow` for a length or stride below 1, `tooManyRows`.
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
    /// Neighbouring windows share rows across the two parts, so figures on the held-out part leak;
    /// kept to reproduce the figures of earlier work.
    ///
    /// - Parameters:
    ///   - fraction: the share to hold out; `floor(fraction * count)` windows.
    ///   - seed: the same seed gives the same split.
    /// - Returns: both parts in reading order.
    /// - Throws: `badFraction` outside 0...1.
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
