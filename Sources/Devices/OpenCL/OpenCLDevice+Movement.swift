extension OpenCLDevice {
    /// Copies `rows` rows of `columns` elements from `source` to `destination`, or adds them with `accumulate`.
    public func run(_ o: DeviceOperation.Copy) throws(DeviceError) {
        // Rows that follow one another without gaps are one long row.
        let isContiguous = o.source.rowStride == o.columns && o.destination.rowStride == o.columns
        let (rows, columns) =
            isContiguous ? (min(o.rows, 1), o.rows * o.columns) : (o.rows, o.columns)
        guard rows > 0, columns > 0 else { return }
        let range = rows == 1 ? elements(columns) : matrix(rows: rows, columns: columns)
        try launch(
            .init("movement/copy", o.accumulate ? "addRows" : "copyRows"), over: range,
            o.destination.slice.from(o.destination.start), o.source.slice.from(o.source.start),
            rows, columns, o.destination.rowStride, o.source.rowStride)
    }

    /// Transposes in tiles where the shape is that of matrices one after the other, otherwise copies run by run.
    public func run(_ o: DeviceOperation.CopyStrided) throws(DeviceError) {
        guard let (outer, rows, columns) = o.shape.transposition else {
            return try launch(
                .init("movement/copy", "copyStrided"),
                over: matrix(rows: o.shape.rows, columns: o.shape.columns), o.output, o.input,
                OperandAxes(shape: o.shape, operands: 1))
        }
        try launch(
            .init(profiled: "movement/transpose", "transpose"),
            over: transposeRange(outer: outer, rows: rows, columns: columns), o.output, o.input,
            outer, rows, columns)
    }

    private func transposeRange(outer: Int, rows: Int, columns: Int) -> LaunchRange {
        guard profile.sharesWork else {
            return LaunchRange((columns.parts(of: 16), rows.parts(of: 16), outer), local: (1, 1, 1))
        }
        let tileRows = min(rows.parts(of: 32), Self.largestSecondExtent)
        return LaunchRange(
            (columns, tileRows * 8, min(outer, Self.largestSecondExtent)), local: (32, 8, 1))
    }

    /// `output[n, :] = table[indices[n], :]`.
    public func run(_ o: DeviceOperation.GatherRows) throws(DeviceError) {
        try launch(
            .init("movement/rows", "gatherRows"), over: matrix(rows: o.count, columns: o.columns),
            o.output, o.table, o.indices, o.count, o.columns, o.tableRows)
    }

    /// `table[indices[n], :] += rows[n, :]`, for each table row in ascending order of `n`.
    ///
    /// Takes time quadratic in `count` for comparing indices, in exchange for a fixed order without atomics.
    public func run(_ o: DeviceOperation.ScatterAddRows) throws(DeviceError) {
        guard o.columns > 0 else { return }
        try launch(
            .init(profiled: "movement/scatter", "scatterAddRows"),
            over: rows(o.count, columns: o.columns), o.table, o.rows, o.indices, o.count,
            o.columns, o.tableRows)
    }

    /// One work-item per row on processors, one work-group per row elsewhere.
    public func run(_ o: DeviceOperation.Neighbours) throws(DeviceError) {
        let shape = o.shape
        try launch(
            .init(profiled: "movement/neighbours", "neighbours"),
            over: rows(shape.rows, columns: shape.width), o.output, o.states, o.extra, o.table,
            shape.cells, shape.channels, shape.neighbours, shape.extra)
    }

    /// As for `neighbours`; each state collects its gradient from its readers in their order.
    public func run(_ o: DeviceOperation.NeighboursBackward) throws(DeviceError) {
        let shape = o.shape
        try launch(
            .init(profiled: "movement/neighbours", "neighboursBackward"),
            over: rows(shape.rows, columns: shape.channels + shape.extra), o.statesGradient,
            o.extraGradient, o.outputGradient, o.readers, o.readersPerCell, shape.cells,
            shape.channels, shape.neighbours, shape.extra)
    }
}

extension StridedShape {
    /// Sizes `[outer, rows, columns]` of a contiguous operand whose matrices the result holds transposed, `nil` for any
    /// other shape.
    fileprivate var transposition: (outer: Int, rows: Int, columns: Int)? {
        guard rank == 2 || rank == 3 else { return nil }
        let (columns, rows) = (sizes[rank - 2], sizes[rank - 1])
        let strides = strides(0)
        guard strides[rank - 2] == 1, strides[rank - 1] == columns,
            rank == 2 || strides[0] == rows * columns
        else { return nil }
        return (rank == 2 ? 1 : sizes[0], rows, columns)
    }
}

extension BufferSlice {
    /// This run without its first `start` elements.
    func from(_ start: Int) -> BufferSlice { uncheckedPart(from: start, count: count - start) }
}
