/// One side of a strided two-dimensional copy.
public struct Region: Sendable, Equatable {
    /// The memory that the region lies in.
    public var slice: BufferSlice
    /// Elements from the start of the slice to the region's first element.
    public var start: Int
    /// Elements from the start of one row to the start of the next.
    public var rowStride: Int

    /// A region of `slice` whose rows begin at `start`, `start + rowStride`, ...
    public init(_ slice: BufferSlice, start: Int = 0, rowStride: Int) {
        self.slice = slice
        self.start = start
        self.rowStride = rowStride
    }
}

extension DeviceOperation {
    /// The operands of `Device.copy`.
    public struct Copy: OperationPayload {
        package var source, destination: Region
        package let rows, columns: Int
        package let accumulate: Bool

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&source, "source", rows: rows, columns: columns)
            try operands.take(&destination, "destination", rows: rows, columns: columns)
        }
    }

    /// The operands of `Device.copyStrided`.
    public struct CopyStrided: OperationPayload {
        package var input, output: BufferSlice
        package let shape: StridedShape

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&output, "output", shape)
            try operands.take(&input, "input", shape, operand: 0)
        }
    }

    /// The operands of `Device.gatherRows`.
    public struct GatherRows: OperationPayload {
        package var table, indices, output: BufferSlice
        package let count, columns, tableRows: Int

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&table, "table", try operands.elements(tableRows, columns))
            try operands.take(&indices, "indices", count)
            try operands.take(&output, "output", try operands.elements(count, columns))
        }
    }

    /// The operands of `Device.scatterAddRows`.
    public struct ScatterAddRows: OperationPayload {
        package var rows, indices, table: BufferSlice
        package let count, columns, tableRows: Int

        package var floatingPointOperations: Int { count * columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&rows, "rows", try operands.elements(count, columns))
            try operands.take(&indices, "indices", count)
            try operands.take(&table, "table", try operands.elements(tableRows, columns))
        }
    }
}

/// Copies, permutations, gathering and scattering.
///
/// Primitives: every device implements them. Inputs and outputs do not overlap.
extension Device {
    /// Copies `rows` rows of `columns` elements from `source` to `destination`, or adds them with `accumulate`.
    ///
    /// Slicing and concatenation along any axis are this one operation: an array `[outer, n, inner]` is a matrix of
    /// `outer` rows of `n * inner` elements.
    public func copy(
        _ source: Region, to destination: Region, rows: Int, columns: Int, accumulate: Bool
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.Copy(
                source: source, destination: destination, rows: rows, columns: columns,
                accumulate: accumulate))
    }

    /// Writes the elements of `input`, laid over the result as `shape` says, one after the other into `output`.
    ///
    /// Any permutation of axes (`StridedShape.permuted`) and any expansion are this one operation. The output holds as many
    /// elements as the result. Every bit is kept, so that indices can be copied too.
    public func copyStrided(input: BufferSlice, output: BufferSlice, _ shape: StridedShape)
        throws(DeviceError)
    {
        try issue(DeviceOperation.CopyStrided(input: input, output: output, shape: shape))
    }

    /// `output[n, :] = table[indices[n], :]`.
    ///
    /// table `[tableRows, columns]`, indices `Int32 [count]`, output `[count, columns]`. An index outside the table gives a row of NaN.
    public func gatherRows(
        table: BufferSlice, indices: BufferSlice, output: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.GatherRows(
                table: table, indices: indices, output: output, count: count, columns: columns,
                tableRows: tableRows))
    }

    /// `table[indices[n], :] += rows[n, :]`, for each table row in ascending order of `n`.
    ///
    /// Shapes as in `gatherRows`. Rows whose index lies outside the table are left out.
    public func scatterAddRows(
        rows: BufferSlice, indices: BufferSlice, table: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.ScatterAddRows(
                rows: rows, indices: indices, table: table, count: count, columns: columns,
                tableRows: tableRows))
    }
}
