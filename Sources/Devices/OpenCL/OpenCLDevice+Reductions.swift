/// Kernels of the reductions, in the order of the operations' raw values.
private enum ReductionKernels {
    static let rows = ReductionOperation.allCases.map { "\($0)Rows" }
    static let columns = ReductionOperation.allCases.map {
        KernelReference("reductions/columns", "\($0)Columns")
    }
}

extension DeviceOperation.Reduce {
    /// The first of two passes: plain partial results, `parts` per line.
    fileprivate func partial(to partials: BufferSlice) -> Self {
        Self(
            operation: operation, input: input, output: partials, outer: outer, count: count,
            inner: inner, scale: 1, accumulate: false)
    }

    /// The second pass: the same reduction over `parts` partial results per line.
    fileprivate func over(_ parts: Int, of partials: BufferSlice) -> Self {
        Self(
            operation: operation, input: partials, output: output, outer: outer, count: parts,
            inner: inner, scale: scale, accumulate: accumulate)
    }
}

extension OpenCLDevice {
    /// Length of the run that one work-item or work-group reduces when there are few rows.
    private static let runLength = 8192

    /// Elements up to which a single line is reduced one by one, as a column is: the gradient of a bias of one element is one.
    private static let shortLine = 256

    /// Reduces the middle axis of `[outer, count, inner]`; a long one in several passes of fixed order.
    public func run(_ o: DeviceOperation.Reduce) throws(DeviceError) {
        if o.inner == 1 && !(o.outer == 1 && o.count <= Self.shortLine) {
            try reduceRows(o)
        } else {
            try reduceColumns(o)
        }
    }

    /// Finds the first extreme of each line; one work-item per line.
    public func run(_ o: DeviceOperation.ArgumentReduce) throws(DeviceError) {
        let range = LaunchRange(o.outer * o.inner, local: profile.sharesWork ? 64 : 4)
        try launch(
            .init("reductions/arguments", "argumentLines"), over: range, o.output, o.input,
            o.outer * o.inner, o.count, o.inner, o.extreme == .minimum)
    }

    private func reduceRows(_ o: DeviceOperation.Reduce) throws(DeviceError) {
        // Many rows keep the device busy by themselves.
        guard o.count > 2 * Self.runLength, o.outer < 256 else {
            return try launchRows(o, span: o.count)
        }
        let span = Self.partLength(o.count, shortest: Self.runLength)
        let parts = o.count.parts(of: span)
        let partials = try allocate(o.outer * parts).slice
        try launchRows(o.partial(to: partials), span: span)
        try reduceRows(o.over(parts, of: partials))
    }

    private func launchRows(_ o: DeviceOperation.Reduce, span: Int) throws(DeviceError) {
        let parts = span == 0 ? 1 : max(o.count.parts(of: span), 1)
        try launch(
            .init(profiled: "reductions/rows", ReductionKernels.rows[Int(o.operation.rawValue)]),
            over: rows(o.outer, columns: span, parts: parts), o.output, o.input, o.count, span,
            o.scale, o.accumulate)
    }

    private func reduceColumns(_ o: DeviceOperation.Reduce) throws(DeviceError) {
        guard o.count > 0 else {
            // Blocks of rows do nothing when there are none; the empty sum is 0.
            return o.accumulate ? () : try run(DeviceOperation.Fill(output: o.output, value: 0))
        }
        let span = rowsPerBlock(o.count)
        guard o.count > 2 * span else { return try launchColumns(o, span: o.count) }
        let blocks = o.count.parts(of: span)
        let partials = try allocate(o.outer * blocks * o.inner).slice
        try launchColumns(o.partial(to: partials), span: span)
        try reduceColumns(o.over(blocks, of: partials))
    }

    private func launchColumns(_ o: DeviceOperation.Reduce, span: Int) throws(DeviceError) {
        let blocks = o.count.parts(of: span)
        try launch(
            ReductionKernels.columns[Int(o.operation.rawValue)],
            over: columnBlocks(o.inner, blocks: blocks, matrices: o.outer), o.output, o.input,
            o.outer, o.count, o.inner, span, o.scale, o.accumulate)
    }
}
