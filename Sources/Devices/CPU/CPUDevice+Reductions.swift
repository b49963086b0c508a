import TandemCPUKernels

extension CPUDevice {
    /// Reduces rows or columns in blocks of fixed size whose results are added in ascending order.
    public func run(_ o: DeviceOperation.Reduce) throws(DeviceError) {
        switch o.axis {
        case .alongRows: reduceRows(o)
        case .alongColumns: try reduceColumns(o)
        }
    }

    private func reduceRows(_ o: DeviceOperation.Reduce) {
        let (source, target) = (elements(o.input), elements(o.output))
        let (columns, scale) = (o.columns, o.scale)
        if o.rows < threads && columns > Grain.light {
            for row in 0..<o.rows {
                let start = source + row * columns
                let total = combineBlocks(o.operation, count: columns) { first, blocks, partials in
                    tandem_reduce_blocks(
                        o.operation.rawValue, start, Int64(columns), first, blocks, partials)
                }
                let result = scale * Float(total)
                target[row] = o.accumulate ? target[row] + result : result
            }
            return
        }
        shareRows(o.rows, columns: columns, grain: Grain.light) { range in
            tandem_reduce_rows(
                o.operation.rawValue, source + range.lowerBound * columns, Int64(range.count),
                Int64(columns), target + range.lowerBound, scale, o.accumulate ? 1 : 0)
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

    private func reduceColumns(_ o: DeviceOperation.Reduce) throws(DeviceError) {
        let (source, target) = (elements(o.input), elements(o.output))
        let (rows, columns) = (o.rows, o.columns)
        let blockRows = Int(TANDEM_ROW_BLOCK)
        let blocks = (rows + blockRows - 1) / blockRows
        if blocks <= 1 { return reduceStrips(o, source, rows: rows, target) }
        let partials = try allocate(blocks * columns)
        let partial = elements(partials.slice)
        share(blocks, grain: Grain.light / (blockRows * max(columns, 1))) { range in
            for block in range {
                tandem_reduce_columns(
                    o.operation.rawValue, source + block * blockRows * columns, Int64(columns),
                    Int64(min(blockRows, rows - block * blockRows)), Int64(columns),
                    partial + block * columns, 1, 0)
            }
        }
        reduceStrips(o, partial, rows: blocks, target)
    }

    /// Reduces the columns of one block of rows, shared out by columns.
    private func reduceStrips(
        _ o: DeviceOperation.Reduce, _ source: UnsafePointer<Float>, rows: Int,
        _ target: UnsafeMutablePointer<Float>
    ) {
        share(o.columns, grain: Grain.light / max(rows, 1), alignment: 64) { range in
            tandem_reduce_columns(
                o.operation.rawValue, source + range.lowerBound, Int64(o.columns), Int64(rows),
                Int64(range.count), target + range.lowerBound, o.scale, o.accumulate ? 1 : 0)
        }
    }
}
