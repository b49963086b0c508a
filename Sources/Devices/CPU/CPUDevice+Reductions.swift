import TandemCPUKernels

extension CPUDevice {
    /// Reduces rows or columns in blocks of fixed size whose results are added in ascending order.
    public func reduce(
        _ operation: ReductionOperation, input: BufferSlice, output: BufferSlice, rows: Int,
        columns: Int, axis: ReductionAxis, scale: Float, accumulate: Bool
    ) throws(DeviceError) {
        switch axis {
        case .alongRows:
            try reduceRows(
                operation, input: input, output: output, rows: rows, columns: columns, scale: scale,
                accumulate: accumulate)
        case .alongColumns:
            try reduceColumns(
                operation, input: input, output: output, rows: rows, columns: columns, scale: scale,
                accumulate: accumulate)
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

    private func reduceColumns(
        _ operation: ReductionOperation, input: BufferSlice, output: BufferSlice, rows: Int,
        columns: Int, scale: Float, accumulate: Bool
    ) throws(DeviceError) {
        let source = try elements(input, "reduce")
        let target = try elements(output, "reduce")
        let blockRows = Int(TANDEM_ROW_BLOCK)
        let blocks = (rows + blockRows - 1) / blockRows
        if blocks <= 1 {
            reduceStrips(
                operation, source, rows: rows, columns: columns, target, scale: scale,
                accumulate: accumulate)
            return
        }
        let partials = try allocate(blocks * columns)
        let partial = try elements(partials.slice, "reduce")
        share(blocks, grain: Grain.light / (blockRows * max(columns, 1))) { range in
            for block in range {
                tandem_reduce_columns(
                    operation.rawValue, source + block * blockRows * columns, Int64(columns),
                    Int64(min(blockRows, rows - block * blockRows)), Int64(columns),
                    partial + block * columns, 1, 0)
            }
        }
        reduceStrips(
            operation, partial, rows: blocks, columns: columns, target, scale: scale,
            accumulate: accumulate)
    }

    /// Reduces the columns of one block of rows, shared out by columns.
    private func reduceStrips(
        _ operation: ReductionOperation, _ source: UnsafePointer<Float>, rows: Int, columns: Int,
        _ target: UnsafeMutablePointer<Float>, scale: Float, accumulate: Bool
    ) {
        share(columns, grain: Grain.light / max(rows, 1), alignment: 64) { range in
            tandem_reduce_columns(
                operation.rawValue, source + range.lowerBound, Int64(columns), Int64(rows),
                Int64(range.count), target + range.lowerBound, scale, accumulate ? 1 : 0)
        }
    }
}
