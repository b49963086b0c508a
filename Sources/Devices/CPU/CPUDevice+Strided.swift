import TandemCPUKernels

extension CPUDevice {
    /// A function of two operands spread over the result, whose rows are shared out over the threads.
    public func run(_ o: DeviceOperation.BinaryBroadcast) throws(DeviceError) {
        let a = elements(o.left)
        let b = elements(o.right)
        let target = elements(o.output)
        shareParts(of: o.shape, grain: o.operation.grain) { shape, part in
            tandem_binary_strided(o.operation.rawValue, a, b, target, shape, part)
        }
    }

    /// A choice between two operands spread over the result, whose rows are shared out over the threads.
    public func run(_ o: DeviceOperation.Select) throws(DeviceError) {
        let c = elements(o.condition)
        let (yes, no) = (elements(o.ifTrue), elements(o.ifFalse))
        let target = elements(o.output)
        shareParts(of: o.shape, grain: Grain.light) { shape, part in
            tandem_select_strided(c, yes, no, target, shape, part)
        }
    }

    /// Copies whole runs where the last axis is contiguous, and blocks of 16 x 16 elements where another one is.
    public func run(_ o: DeviceOperation.CopyStrided) throws(DeviceError) {
        let source = elements(o.input)
        let target = elements(o.output)
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
    func shareParts(
        of shape: StridedShape, grain: Int,
        _ body: (UnsafePointer<tandem_strided_shape>, tandem_strided_part) -> Void
    ) {
        let (rows, columns) = (shape.rows, shape.columns)
        withUnsafePointer(to: shape.kernelShape) { shape in
            guard rows < 2 * threads, columns > grain else {
                return shareRows(rows, columns: columns, grain: grain) { range in
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
