/// The sizes of a block of scores, whose columns are part of a longer row.
public struct ScoreBlock: Sendable, Hashable {
    /// Rows of scores, one for each query.
    public var rows: Int
    /// Scores of each row.
    public var columns: Int
    /// The number of the first column in the whole row.
    public var firstColumn: Int
    /// Whether results of the columns before are there, to which those of this block are added.
    public var continues: Bool

    /// A block of scores; by default a whole row.
    public init(rows: Int, columns: Int, firstColumn: Int = 0, continues: Bool = false) {
        self.rows = rows
        self.columns = columns
        self.firstColumn = firstColumn
        self.continues = continues
    }
}

extension DeviceOperation {
    /// The operands of `Device.topK`.
    public struct TopK: OperationPayload {
        package var scores, values, indices: BufferSlice
        package let k: Int
        package let block: ScoreBlock

        package var floatingPointOperations: Int { block.rows * block.columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&scores, "scores", try operands.elements(block))
            guard k >= 1, block.continues || k <= block.columns, k <= Int(Int32.max) else {
                throw .invalidArgument(
                    operation: operands.operation.name,
                    detail: "k is \(k) for \(block.columns) columns; it lies between 1 and their "
                        + "number")
            }
            try operands.take(
                &values, "values", &indices, "indices", try operands.elements(block.rows, k))
        }
    }

    /// The operands of `Device.countAtLeast`.
    public struct CountAtLeast: OperationPayload {
        package var scores, thresholds, counts: BufferSlice
        package var excluded: BufferSlice?
        package let excludedCount: Int
        package let block: ScoreBlock

        package var floatingPointOperations: Int { block.rows * block.columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&scores, "scores", try operands.elements(block))
            try operands.take(&thresholds, "thresholds", block.rows)
            try operands.take(
                &excluded, "excluded", try operands.elements(block.rows, excludedCount))
            guard excludedCount == 0 || excluded != nil else {
                throw .invalidArgument(
                    operation: operands.operation.name,
                    detail: "\(excludedCount) columns of each row are excluded, but there is no "
                        + "array of them")
            }
            try operands.take(&counts, "counts", block.rows)
        }
    }
}

extension Operands {
    /// The number of scores of a block; throws when its sizes, or the numbers of its columns, are impossible.
    fileprivate func elements(_ block: ScoreBlock) throws(DeviceError) -> Int {
        let (end, overflows) = block.firstColumn.addingReportingOverflow(block.columns)
        guard block.firstColumn >= 0, !overflows, end <= Int(Int32.max) else {
            throw .invalidArgument(
                operation: operation.name,
                detail: "\(block.columns) columns from number \(block.firstColumn) are not counted "
                    + "in 32 bits")
        }
        return try elements(block.rows, block.columns)
    }
}

/// Finding the best of many scores, block by block: neither operation needs all scores of a row at once.
///
/// The scores of a row may come in several blocks of columns, of which the first one has `continues` unset.
/// Primitives: every device implements them. Inputs and outputs do not overlap.
extension Device {
    /// The k largest scores of each row and the numbers of their columns, in descending order.
    ///
    /// scores `[rows, columns]`, values `[rows, k]`, indices `Int32 [rows, k]`. Of equal scores the one of the lower column comes
    /// first, whatever the number of blocks, which come
    /// from left to right; a NaN comes before every number, as in PyTorch. When the block `continues`, values and
    /// indices hold the best of the columns before it and are brought up to date. Meant for a small k: a row's list is kept
    /// sorted by insertion. Throws when k is below 1, or above the columns of a first block.
    public func topK(
        scores: BufferSlice, values: BufferSlice, indices: BufferSlice, k: Int, _ block: ScoreBlock
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.TopK(
                scores: scores, values: values, indices: indices, k: k, block: block))
    }

    /// For each row how many scores are not below its threshold: the rank of that score, when ties count against it.
    ///
    /// scores `[rows, columns]`, thresholds `[rows]`, counts `Int32 [rows]`. `excluded`, `Int32 [rows, excludedCount]` (`nil` for none), names
    /// columns of the whole row that are not counted; those of a row are distinct, and numbers outside the block mean nothing.
    /// A comparison with NaN on either side counts. When the block `continues`, its counts are added to those that are there.
    public func countAtLeast(
        scores: BufferSlice, thresholds: BufferSlice, excluded: BufferSlice?, excludedCount: Int,
        counts: BufferSlice, _ block: ScoreBlock
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.CountAtLeast(
                scores: scores, thresholds: thresholds, counts: counts, excluded: excluded,
                excludedCount: excludedCount, block: block))
    }
}
