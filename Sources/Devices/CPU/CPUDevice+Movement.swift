import TandemCPUKernels

extension CPUDevice {
    /// Copies or adds a strided matrix, rows shared out over the threads.
    public func run(_ o: DeviceOperation.Copy) throws(DeviceError) {
        let from = elements(o.source.slice) + o.source.start
        let to = elements(o.destination.slice) + o.destination.start
        shareRows(o.rows, columns: o.columns, grain: Grain.light) { row, rows in
            tandem_copy_rows(
                from + row * o.source.rowStride, Int64(o.source.rowStride),
                to + row * o.destination.rowStride, Int64(o.destination.rowStride), rows,
                Int64(o.columns), o.accumulate ? 1 : 0)
        }
    }

    /// Copies the chosen rows, shared out over the threads.
    public func run(_ o: DeviceOperation.GatherRows) throws(DeviceError) {
        let (source, chosen, target) = (elements(o.table), indices(o.indices), elements(o.output))
        shareRows(o.count, columns: o.columns, grain: Grain.light) { row, rows in
            tandem_gather_rows(
                source, Int64(o.tableRows), chosen + row, target + row * o.columns, rows,
                Int64(o.columns))
        }
    }

    /// Adds rows to the table in ascending order, columns shared out over the threads.
    public func run(_ o: DeviceOperation.ScatterAddRows) throws(DeviceError) {
        let (source, chosen, target) = (elements(o.rows), indices(o.indices), elements(o.table))
        // Shared out by columns: every table row still receives its additions in ascending order.
        share(o.columns, grain: Grain.light / max(o.count, 1), alignment: 16) { range in
            tandem_scatter_add_rows(
                source + range.lowerBound, chosen, target + range.lowerBound, Int64(o.tableRows),
                Int64(o.count), Int64(range.count), Int64(o.columns))
        }
    }

    /// Puts the rows together, shared out over the threads.
    public func run(_ o: DeviceOperation.Neighbours) throws(DeviceError) {
        let (states, table, output) = (elements(o.states), indices(o.table), elements(o.output))
        let (extra, shape) = (elements(o.extra), o.shape.kernelShape)
        shareRows(o.shape.rows, columns: o.shape.width, grain: Grain.light) { row, rows in
            tandem_neighbours(states, extra, table, output, Int64(row), rows, shape)
        }
    }

    /// Collects each state's gradient from its readers, states shared out over the threads.
    public func run(_ o: DeviceOperation.NeighboursBackward) throws(DeviceError) {
        let (gradient, readers) = (elements(o.outputGradient), indices(o.readers))
        let (states, extra) = (elements(o.statesGradient), elements(o.extraGradient))
        let shape = o.shape.kernelShape
        shareRows(o.shape.rows, columns: o.shape.width, grain: Grain.light) { row, rows in
            tandem_neighbours_backward(
                gradient, readers, Int64(o.readersPerCell), states, extra, Int64(row), rows, shape)
        }
    }

    /// A function of two operands spread over the result, whose rows are shared out over the threads.
    public func run(_ o: DeviceOperation.BinaryBroadcast) throws(DeviceError) {
        let (a, b, target) = (elements(o.left), elements(o.right), elements(o.output))
        shareParts(of: o.shape, grain: o.operation.grain) { shape, part in
            tandem_binary_strided(o.operation.rawValue, a, b, target, shape, part)
        }
    }

    /// A choice between two operands spread over the result, whose rows are shared out over the threads.
    public func run(_ o: DeviceOperation.Select) throws(DeviceError) {
        let (c, target) = (elements(o.condition), elements(o.output))
        let (yes, no) = (elements(o.ifTrue), elements(o.ifFalse))
        shareParts(of: o.shape, grain: Grain.light) { shape, part in
            tandem_select_strided(c, yes, no, target, shape, part)
        }
    }

    /// Copies whole runs where the last axis is contiguous, and blocks of 16 x 16 elements where another one is.
    public func run(_ o: DeviceOperation.CopyStrided) throws(DeviceError) {
        let (source, target) = (elements(o.input), elements(o.output))
        guard let axis = o.shape.turnedAxis else {
            return shareParts(of: o.shape, grain: Grain.light) { shape, part in
                tandem_copy_strided(source, target, shape, part)
            }
        }
        let rows = o.shape.columns
        withUnsafePointer(to: o.shape.kernelShape) { kernelShape in
            share(o.shape.rows, grain: Grain.light / max(rows, 1), alignment: 16) { range in
                tandem_transpose_strided(
                    source, target, kernelShape, Int32(axis), Int64(range.lowerBound),
                    Int64(range.count))
            }
        }
    }

    /// Calls `body` with parts that cover the result once: whole rows, or parts of single rows where there are few.
    private func shareParts(
        of shape: StridedShape, grain: Int,
        _ body: (UnsafePointer<tandem_strided_shape>, tandem_strided_part) -> Void
    ) {
        let (rows, columns) = (shape.rows, shape.columns)
        withUnsafePointer(to: shape.kernelShape) { shape in
            guard rows < 2 * threads, columns > grain else {
                return share(rows, grain: grain / max(columns, 1)) { range in
                    body(shape, .init(rows: range, columns: 0..<columns))
                }
            }
            for row in 0..<rows {
                share(columns, grain: grain, alignment: 64) { range in
                    body(shape, .init(rows: row..<row + 1, columns: range))
                }
            }
        }
    }
}

extension NeighbourShape {
    fileprivate var kernelShape: tandem_neighbour_shape {
        tandem_neighbour_shape(
            cells: Int64(cells), channels: Int64(channels), neighbours: Int64(neighbours),
            extra: Int64(extra))
    }
}

extension StridedShape {
    /// The axis along which the operand is contiguous, when that is not the last one of the result.
    fileprivate var turnedAxis: Int? {
        guard rank > 1, strides(0)[rank - 1] > 1 else { return nil }
        return (0..<rank).first { strides(0)[$0] == 1 }
    }

    fileprivate var kernelShape: tandem_strided_shape {
        typealias Axes = (Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64)
        func axes(_ values: SIMD8<Int>) -> Axes { unsafeBitCast(values, to: Axes.self) }
        return tandem_strided_shape(
            rank: Int32(rank), sizes: axes(sizes),
            strides: (axes(strides(0)), axes(strides(1)), axes(strides(2))))
    }
}

extension tandem_strided_part {
    fileprivate init(rows: Range<Int>, columns: Range<Int>) {
        self.init(
            first_row: Int64(rows.lowerBound), rows: Int64(rows.count),
            first_column: Int64(columns.lowerBound), columns: Int64(columns.count))
    }
}
