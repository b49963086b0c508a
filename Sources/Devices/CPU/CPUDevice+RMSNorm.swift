import TandemCPUKernels

extension CPUDevice {
    /// RMS norm of each row, rows shared out over the threads.
    public func run(_ o: DeviceOperation.RMSNorm) throws(DeviceError) {
        let (source, scale) = (elements(o.input), elements(o.gamma))
        let target = elements(o.output)
        let reciprocal = elements(o.reciprocalRoot)
        shareRows(o.shape.rows, columns: o.shape.columns, grain: Grain.heavy) { range in
            let (row, start) = (range.lowerBound, range.lowerBound * o.shape.columns)
            tandem_rms_norm(
                source + start, scale, target + start, reciprocal + row, Int64(range.count),
                Int64(o.shape.columns), o.shape.epsilon)
        }
    }

    /// Gradients of `rmsNorm`; sums over rows run in blocks of 32 rows, added in ascending order.
    public func run(_ o: DeviceOperation.RMSNormBackward) throws(DeviceError) {
        let source = elements(o.input)
        let scale = elements(o.gamma)
        let reciprocal = elements(o.reciprocalRoot)
        let gradient = elements(o.outputGradient)
        let target = elements(o.inputGradient)
        let gammaSum = elements(o.gammaGradient)

        // Blocks of fixed height, so that the sums over rows do not depend on the number of threads.
        let (columns, blockRows) = (o.shape.columns, 32)
        let blocks = (o.shape.rows + blockRows - 1) / blockRows
        let partials = try allocate(blocks * columns)
        let partial = elements(partials.slice)
        share(blocks, grain: Grain.heavy / (blockRows * max(columns, 1))) { range in
            for block in range {
                let row = block * blockRows
                tandem_rms_norm_backward(
                    source + row * columns, scale, reciprocal + row, gradient + row * columns,
                    target + row * columns, partial + block * columns,
                    Int64(min(blockRows, o.shape.rows - row)), Int64(columns))
            }
        }
        tandem_reduce_columns(
            ReductionOperation.sum.rawValue, partial, Int64(columns), Int64(blocks),
            Int64(columns), gammaSum, 1, 1)
    }
}
