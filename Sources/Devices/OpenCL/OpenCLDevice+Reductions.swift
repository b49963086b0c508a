/// Kernels of the reductions, in the order of the operations' raw values.
private enum ReductionKernels {
    static let rows = ReductionOperation.allCases.map { "\($0)Rows" }
    static let columns = ReductionOperation.allCases.map {
        KernelReference("reductions/columns", "\($0)Columns")
    }
    static let arguments = KernelReference("reductions/arguments", "argumentLines")
}

/// A reduction with its sizes and what happens to the result.
private struct Reduction {
    let operation: ReductionOperation
    let outer: Int
    let count: Int
    let inner: Int
    let scale: Float
    let accumulate: Bool

    /// The first pass over an array: plain partial results.
    func partial() -> Reduction { over(count, scale: 1, accumulate: false) }

    /// The next pass: the same reduction over `count` partial results per line.
    func over(_ count: Int) -> Reduction { over(count, scale: scale, accumulate: accumulate) }

    private func over(_ count: Int, scale: Float, accumulate: Bool) -> Reduction {
        Reduction(
            operation: operation, outer: outer, count: count, inner: inner, scale: scale,
            accumulate: accumulate)
    }
}

extension OpenCLDevice {
    /// Length of the run that one work-item or work-group reduces when there are few rows.
    private static let runLength = 8192

    /// Elements up to which a single line is reduced one by one, as a column is: the gradient of a bias of one element is one.
    private static let shortLine = 256

    /// Reduces the middle axis of `[outer, count, inner]`; a long one in several passes of fixed order.
    public func run(_ o: DeviceOperation.Reduce) throws(DeviceError) {
        let reduction = Reduction(
            operation: o.operation, outer: o.outer, count: o.count, inner: o.inner, scale: o.scale,
            accumulate: o.accumulate)
        if o.inner == 1 && !(o.outer == 1 && o.count <= Self.shortLine) {
            try reduceRows(reduction, input: o.input, output: o.output)
        } else {
            try reduceColumns(reduction, input: o.input, output: o.output)
        }
    }

    /// Finds the first extreme of each line; one work-item per line.
    public func run(_ o: DeviceOperation.ArgumentReduce) throws(DeviceError) {
        let range = LaunchRange(o.outer * o.inner, local: profile.sharesWork ? 64 : 4)
        try launch(ReductionKernels.arguments, over: range) {
            $0.buffer(o.output)
            $0.buffer(o.input)
            $0.size(o.outer * o.inner)
            $0.size(o.count)
            $0.size(o.inner)
            $0.flag(o.extreme == .minimum)
        }
    }

    private func reduceRows(_ reduction: Reduction, input: BufferSlice, output: BufferSlice)
        throws(DeviceError)
    {
        let (rows, columns) = (reduction.outer, reduction.count)
        // Many rows keep the device busy by themselves.
        guard columns > 2 * Self.runLength, rows < 256 else {
            return try launchRows(reduction, span: columns, input: input, output: output)
        }
        let span = Self.partLength(columns, shortest: Self.runLength)
        let parts = (columns + span - 1) / span
        let partials = try allocate(rows * parts).slice
        try launchRows(reduction.partial(), span: span, input: input, output: partials)
        try reduceRows(reduction.over(parts), input: partials, output: output)
    }

    private func launchRows(
        _ reduction: Reduction, span: Int, input: BufferSlice, output: BufferSlice
    ) throws(DeviceError) {
        let parts = max((reduction.count + span - 1) / max(span, 1), 1)
        let name = ReductionKernels.rows[Int(reduction.operation.rawValue)]
        try launch(
            profiled("reductions/rows", name),
            over: rows(reduction.outer, columns: span, parts: parts)
        ) {
            $0.buffer(output)
            $0.buffer(input)
            $0.size(reduction.count)
            $0.size(span)
            $0.float(reduction.scale)
            $0.flag(reduction.accumulate)
        }
    }

    private func reduceColumns(_ reduction: Reduction, input: BufferSlice, output: BufferSlice)
        throws(DeviceError)
    {
        let (rows, columns) = (reduction.count, reduction.inner)
        guard rows > 0 else {
            // Blocks of rows do nothing when there are none; the empty sum is 0.
            return reduction.accumulate
                ? () : try run(DeviceOperation.Fill(output: output, value: 0))
        }
        let span = rowsPerBlock(rows)
        guard rows > 2 * span else {
            return try launchColumns(reduction, span: rows, input: input, output: output)
        }
        let blocks = (rows + span - 1) / span
        let partials = try allocate(reduction.outer * blocks * columns).slice
        try launchColumns(reduction.partial(), span: span, input: input, output: partials)
        try reduceColumns(reduction.over(blocks), input: partials, output: output)
    }

    private func launchColumns(
        _ reduction: Reduction, span: Int, input: BufferSlice, output: BufferSlice
    ) throws(DeviceError) {
        let span = max(span, 1)
        let blocks = max((reduction.count + span - 1) / span, 1)
        try launch(
            ReductionKernels.columns[Int(reduction.operation.rawValue)],
            over: columnBlocks(reduction.inner, blocks: blocks, matrices: reduction.outer)
        ) {
            $0.buffer(output)
            $0.buffer(input)
            $0.size(reduction.outer)
            $0.size(reduction.count)
            $0.size(reduction.inner)
            $0.size(span)
            $0.float(reduction.scale)
            $0.flag(reduction.accumulate)
        }
    }
}
