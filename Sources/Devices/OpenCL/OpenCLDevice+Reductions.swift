extension KernelReference {
    fileprivate static let sumColumns = KernelReference("reductions/columns", "sumColumns")
    fileprivate static let maximumColumns = KernelReference("reductions/columns", "maximumColumns")
}

/// A reduction with its sizes and what happens to the result.
private struct Reduction {
    let operation: ReductionOperation
    let rows: Int
    let columns: Int
    let scale: Float
    let accumulate: Bool

    /// The first pass over a matrix: plain partial results.
    func partial() -> Reduction {
        Reduction(operation: operation, rows: rows, columns: columns, scale: 1, accumulate: false)
    }

    /// The next pass: the same reduction over a matrix of partial results.
    func over(rows: Int, columns: Int) -> Reduction {
        Reduction(
            operation: operation, rows: rows, columns: columns, scale: scale,
            accumulate: accumulate)
    }
}

extension OpenCLDevice {
    /// Length of the run that one work-item or work-group reduces when there are few rows.
    private static let runLength = 8192

    /// Reduces `input [rows, columns]` along `axis`; long rows and columns in several passes of fixed order.
    public func run(_ o: DeviceOperation.Reduce) throws(DeviceError) {
        let reduction = Reduction(
            operation: o.operation, rows: o.rows, columns: o.columns, scale: o.scale,
            accumulate: o.accumulate)
        switch o.axis {
        case .alongRows: try reduceRows(reduction, input: o.input, output: o.output)
        case .alongColumns: try reduceColumns(reduction, input: o.input, output: o.output)
        }
    }

    private func reduceRows(_ reduction: Reduction, input: BufferSlice, output: BufferSlice)
        throws(DeviceError)
    {
        let (rows, columns) = (reduction.rows, reduction.columns)
        // Many rows keep the device busy by themselves.
        guard columns > 2 * Self.runLength, rows < 256 else {
            return try launchRows(reduction, span: columns, input: input, output: output)
        }
        let span = Self.partLength(columns, shortest: Self.runLength)
        let parts = (columns + span - 1) / span
        let partials = try allocate(rows * parts).slice
        try launchRows(reduction.partial(), span: span, input: input, output: partials)
        try reduceRows(reduction.over(rows: rows, columns: parts), input: partials, output: output)
    }

    private func launchRows(
        _ reduction: Reduction, span: Int, input: BufferSlice, output: BufferSlice
    ) throws(DeviceError) {
        let parts = max((reduction.columns + span - 1) / max(span, 1), 1)
        let kernel = profiled(
            "reductions/rows", reduction.operation == .sum ? "sumRows" : "maximumRows")
        try launch(kernel, over: rows(reduction.rows, columns: span, parts: parts)) {
            $0.buffer(output)
            $0.buffer(input)
            $0.size(reduction.columns)
            $0.size(span)
            $0.float(reduction.scale)
            $0.flag(reduction.accumulate)
        }
    }

    private func reduceColumns(_ reduction: Reduction, input: BufferSlice, output: BufferSlice)
        throws(DeviceError)
    {
        let (rows, columns) = (reduction.rows, reduction.columns)
        guard rows > 0 else {
            // Blocks of rows do nothing when there are none; the empty sum is 0.
            return reduction.accumulate ? () : try run(DeviceOperation.Fill(output: output, value: 0))
        }
        let span = rowsPerBlock(rows)
        guard rows > 2 * span else {
            return try launchColumns(reduction, span: rows, input: input, output: output)
        }
        let blocks = (rows + span - 1) / span
        let partials = try allocate(blocks * columns).slice
        try launchColumns(reduction.partial(), span: span, input: input, output: partials)
        try reduceColumns(
            reduction.over(rows: blocks, columns: columns), input: partials, output: output)
    }

    private func launchColumns(
        _ reduction: Reduction, span: Int, input: BufferSlice, output: BufferSlice
    ) throws(DeviceError) {
        let span = max(span, 1)
        let blocks = max((reduction.rows + span - 1) / span, 1)
        try launch(
            reduction.operation == .sum ? .sumColumns : .maximumColumns,
            over: columnBlocks(reduction.columns, blocks: blocks)
        ) {
            $0.buffer(output)
            $0.buffer(input)
            $0.size(reduction.rows)
            $0.size(reduction.columns)
            $0.size(span)
            $0.float(reduction.scale)
            $0.flag(reduction.accumulate)
        }
    }
}
