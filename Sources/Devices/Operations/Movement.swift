/// One side of a strided two-dimensional copy.
public struct Region: Sendable {
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

/// Copies, permutations, gathering and scattering.
///
/// Primitives: every device implements them. Inputs and outputs do not overlap.
public protocol MovementOperations {
    /// Copies `rows` rows of `columns` elements from `source` to `destination`, or adds them with `accumulate`.
    ///
    /// Slicing and concatenation along any axis are this one operation: an array `[outer, n, inner]` is a matrix of
    /// `outer` rows of `n * inner` elements.
    func copy(
        _ source: Region, to destination: Region, rows: Int, columns: Int, accumulate: Bool)
        throws(DeviceError)

    /// Writes the elements of `input`, laid over the result as `shape` says, one after the other into `output`.
    ///
    /// Any permutation of axes (`StridedShape.permuted`) and any expansion are this one operation. The output holds as many
    /// elements as the result. Every bit is kept, so that indices can be copied too.
    func copyStrided(input: BufferSlice, output: BufferSlice, _ shape: StridedShape)
        throws(DeviceError)

    /// `output[n, :] = table[indices[n], :]`; table `[tableRows, columns]`, indices `Int32 [count]`, output
    /// `[count, columns]`. Indices outside the table were refused by the caller.
    func gatherRows(
        table: BufferSlice, indices: BufferSlice, output: BufferSlice, count: Int, columns: Int,
        tableRows: Int) throws(DeviceError)

    /// `table[indices[n], :] += rows[n, :]`, for each table row in ascending order of `n`; shapes as in `gatherRows`.
    func scatterAddRows(
        rows: BufferSlice, indices: BufferSlice, table: BufferSlice, count: Int, columns: Int,
        tableRows: Int) throws(DeviceError)
}
