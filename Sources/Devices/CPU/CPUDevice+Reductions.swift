import TandemCPUKernels

extension CPUDevice {
    /// Elements up to which a single line is reduced one by one, as a column is: the gradient of a bias of one element is one.
    private static let shortLine = Int(TANDEM_ROW_BLOCK)

    /// Reduces in blocks of fixed size whose results are combined in ascending order.
    public func reduce(
        _ operation: ReductionOperation, input: BufferSlice, output: BufferSlice, outer: Int,
        count: Int, inner: Int, scale: Float, accumulate: Bool
    ) throws(DeviceError) {
        if inner == 1 && !(outer == 1 && count <= Self.shortLine) {
            try reduceRows(
                operation, input: input, output: output, rows: outer, columns: count, scale: scale,
                accumulate: accumulate)
        } else {
            try reduceColumns(
                operation, input: input, output: output, matrices: outer, rows: count,
                columns: inner, scale: scale, accumulate: accumulate)
        }
    }

    /// Finds the first extreme of each line, lines shared out over the threads.
    public func argumentReduce(
        _ extreme: Extreme, input: BufferSlice, output: BufferSlice, outer: Int, count: Int,
        inner: Int
    ) throws(DeviceError) {
        let source = try elements(input, "argumentReduce")
        let target = UnsafeMutableRawPointer(try elements(output, "argumentReduce"))
            .assumingMemoryBound(to: Int32.self)
        shareRows(outer, columns: count * inner, grain: Grain.light) { range in
            for matrix in range {
                tandem_argument_columns(
                    extreme.rawValue, source + matrix * count * inner, Int64(count), Int64(inner),
                    target + matrix * inner)
            }
        }
    }

    private func reduceRows(
        _ operation: ReductionOperation, input: BufferSlice, output: BufferSlice, rows: Int,
        columns: Int, scale: Float, accumulate: Bool
    ) throws(DeviceError) {
        let source = try elements(input, "reduce")
        let target = try elements(output, "reduce")
        if rows < threads && columns > Grain.light {
            for row in 0..<rows {
                let start = source + row * columns
                let total = combineBlocks(operation, count: columns) { first, blocks, partials in
                    tandem_reduce_blocks(
                        operation.rawValue, start, Int64(columns), first, blocks, partials)
                }
                let result = scale * Float(total)
                target[row] = accumulate ? target[row] + result : result
            }
            return
        }
        shareRows(rows, columns: columns, grain: Grain.light) { range in
            tandem_reduce_rows(
                operation.rawValue, source + range.lowerBound * columns, Int64(range.count),
                Int64(columns), target + range.lowerBound, scale, accumulate ? 1 : 0)
        }
    }

    /// Reduces `count` elements in blocks of fixed length: `body(first, blocks, partials)` computes one value per block, on any thread; they are combined
    /// in ascending order.
    func combineBlocks(
        _ operation: ReductionOperation, count: Int,
        _ body: (Int64, Int64, UnsafeMutablePointer<Double>) -> Void
    ) -> Double {
        let blockLength = Int(TANDEM_SUM_BLOCK)
        let blocks = (count + blockLength - 1) / blockLength
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: max(blocks, 1)) { buffer in
            guard let partials = buffer.baseAddress else { return 0 }
            share(blocks, grain: Grain.light / blockLength) { range in
                body(Int64(range.lowerBound), Int64(range.count), partials + range.lowerBound)
            }
            return tandem_combine_blocks(operation.rawValue, partials, Int64(blocks))
        }
    }

    /// Reduces the columns of each of `matrices` matrices `[rows, columns]`.
    private func reduceColumns(
        _ operation: ReductionOperation, input: BufferSlice, output: BufferSlice, matrices: Int,
        rows: Int, columns: Int, scale: Float, accumulate: Bool
    ) throws(DeviceError) {
        let source = try elements(input, "reduce")
        let target = try elements(output, "reduce")
        let blockRows = Int(TANDEM_ROW_BLOCK)
        let blocks = (rows + blockRows - 1) / blockRows
        if blocks <= 1 {
            reduceBlocks(
                operation, source, matrices: matrices, rows: rows, columns: columns, target,
                scale: scale, accumulate: accumulate)
            return
        }
        let partials = try allocate(matrices * blocks * columns)
        let partial = try elements(partials.slice, "reduce")
        share(matrices * blocks, grain: Grain.light / (blockRows * max(columns, 1))) { range in
            for place in range {
                let (matrix, first) = (place / blocks, place % blocks * blockRows)
                tandem_reduce_columns(
                    operation.rawValue, source + (matrix * rows + first) * columns, Int64(columns),
                    Int64(min(blockRows, rows - first)), Int64(columns), partial + place * columns,
                    1, 0)
            }
        }
        reduceBlocks(
            operation, partial, matrices: matrices, rows: blocks, columns: columns, target,
            scale: scale, accumulate: accumulate)
    }

    /// Reduces the columns of matrices of one block of rows each, shared out by matrices or, where there are few, by columns.
    private func reduceBlocks(
        _ operation: ReductionOperation, _ source: UnsafePointer<Float>, matrices: Int, rows: Int,
        columns: Int, _ target: UnsafeMutablePointer<Float>, scale: Float, accumulate: Bool
    ) {
        func reduce(_ matrix: Int, _ range: Range<Int>) {
            tandem_reduce_columns(
                operation.rawValue, source + matrix * rows * columns + range.lowerBound,
                Int64(columns), Int64(rows), Int64(range.count),
                target + matrix * columns + range.lowerBound, scale, accumulate ? 1 : 0)
        }
        guard matrices < 2 * threads else {
            return shareRows(matrices, columns: rows * columns, grain: Grain.light) { range in
                for matrix in range { reduce(matrix, 0..<columns) }
            }
        }
        for matrix in 0..<matrices {
            share(columns, grain: Grain.light / max(rows, 1), alignment: 64) { reduce(matrix, $0) }
        }
    }
}
