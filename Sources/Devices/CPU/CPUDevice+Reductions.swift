import TandemCPUKernels

extension CPUDevice {
    /// Elements up to which a single line is reduced one by one, as a column is: the gradient of a bias of one element is one.
    private static let shortLine = Int(TANDEM_ROW_BLOCK)

    /// Reduces in blocks of fixed size whose results are combined in ascending order.
    public func run(_ o: DeviceOperation.Reduce) throws(DeviceError) {
        if o.inner == 1 && !(o.outer == 1 && o.count <= Self.shortLine) {
            reduceRows(o)
        } else {
            try reduceColumns(o)
        }
    }

    /// Finds the first extreme of each line, lines shared out over the threads.
    public func run(_ o: DeviceOperation.ArgumentReduce) throws(DeviceError) {
        let source = elements(o.input)
        let target = UnsafeMutableRawPointer(elements(o.output))
            .assumingMemoryBound(to: Int32.self)
        share(o.outer, grain: Grain.light / max(o.count * o.inner, 1)) { range in
            for matrix in range {
                tandem_argument_columns(
                    o.extreme.rawValue, source + matrix * o.count * o.inner, Int64(o.count),
                    Int64(o.inner), target + matrix * o.inner)
            }
        }
    }

    private func reduceRows(_ o: DeviceOperation.Reduce) {
        let (source, target) = (elements(o.input), elements(o.output))
        let (rows, columns, scale) = (o.outer, o.count, o.scale)
        if rows < threads && columns > Grain.light {
            for row in 0..<rows {
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
        shareRows(rows, columns: columns, grain: Grain.light) { row, rows in
            tandem_reduce_rows(
                o.operation.rawValue, source + row * columns, rows, Int64(columns), target + row,
                scale, o.accumulate ? 1 : 0)
        }
    }

    /// Reduces `count` elements in blocks of fixed length: `body(first, blocks, partials)` computes one value per block, on any thread; they are combined
    /// in ascending order.
    func combineBlocks(
        _ operation: ReductionOperation, count: Int,
        _ body: (Int64, Int64, UnsafeMutablePointer<Double>) -> Void
    ) -> Double {
        let blockLength = Int(TANDEM_SUM_BLOCK)
        let blocks = count.parts(of: blockLength)
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: max(blocks, 1)) { buffer in
            guard let partials = buffer.baseAddress else { return 0 }
            share(blocks, grain: Grain.light / blockLength) { range in
                body(Int64(range.lowerBound), Int64(range.count), partials + range.lowerBound)
            }
            return tandem_combine_blocks(operation.rawValue, partials, Int64(blocks))
        }
    }

    /// Reduces the columns of each of `outer` matrices `[count, inner]`.
    private func reduceColumns(_ o: DeviceOperation.Reduce) throws(DeviceError) {
        let (source, target) = (elements(o.input), elements(o.output))
        let (matrices, rows, columns) = (o.outer, o.count, o.inner)
        let blockRows = Int(TANDEM_ROW_BLOCK)
        let blocks = rows.parts(of: blockRows)
        if blocks <= 1 { return reduceBlocks(o, source, rows: rows, target) }
        let partials = try allocate(matrices * blocks * columns)
        let partial = elements(partials.slice)
        share(matrices * blocks, grain: Grain.light / (blockRows * max(columns, 1))) { range in
            for place in range {
                let (matrix, first) = (place / blocks, place % blocks * blockRows)
                tandem_reduce_columns(
                    o.operation.rawValue, source + (matrix * rows + first) * columns,
                    Int64(columns), Int64(min(blockRows, rows - first)), Int64(columns),
                    partial + place * columns, 1, 0)
            }
        }
        reduceBlocks(o, partial, rows: blocks, target)
    }

    /// Reduces the columns of matrices of one block of rows each, shared out by matrices or, where there are few, by columns.
    private func reduceBlocks(
        _ o: DeviceOperation.Reduce, _ source: UnsafePointer<Float>, rows: Int,
        _ target: UnsafeMutablePointer<Float>
    ) {
        let (matrices, columns) = (o.outer, o.inner)
        func reduce(_ matrix: Int, _ range: Range<Int>) {
            tandem_reduce_columns(
                o.operation.rawValue, source + matrix * rows * columns + range.lowerBound,
                Int64(columns), Int64(rows), Int64(range.count),
                target + matrix * columns + range.lowerBound, o.scale, o.accumulate ? 1 : 0)
        }
        guard matrices < 2 * threads else {
            return share(matrices, grain: Grain.light / max(rows * columns, 1)) { range in
                for matrix in range { reduce(matrix, 0..<columns) }
            }
        }
        for matrix in 0..<matrices {
            share(columns, grain: Grain.light / max(rows, 1), alignment: 64) { reduce(matrix, $0) }
        }
    }
}
