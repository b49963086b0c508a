import TandemCPUKernels

extension CPUDevice {
    /// Layer norm of each row, rows shared out over the threads.
    public func run(_ o: DeviceOperation.LayerNorm) throws(DeviceError) {
        let source = elements(o.input)
        let (scale, shift) = (elements(o.gamma), elements(o.beta))
        let target = elements(o.output)
        let average = elements(o.mean)
        let reciprocal = elements(o.reciprocalDeviation)
        shareRows(o.shape.rows, columns: o.shape.columns, grain: Grain.heavy) { range in
            let (row, start) = (range.lowerBound, range.lowerBound * o.shape.columns)
            tandem_layer_norm(
                source + start, scale, shift, target + start, average + row, reciprocal + row,
                Int64(range.count), Int64(o.shape.columns), o.shape.epsilon)
        }
    }

    /// Gradients of `layerNorm`; sums over rows run in blocks of 32 rows, added in ascending order.
    public func run(_ o: DeviceOperation.LayerNormBackward) throws(DeviceError) {
        let source = elements(o.input)
        let scale = elements(o.gamma)
        let average = elements(o.mean)
        let reciprocal = elements(o.reciprocalDeviation)
        let gradient = elements(o.outputGradient)
        let target = elements(o.inputGradient)
        let gammaSum = elements(o.gammaGradient)
        let betaSum = elements(o.betaGradient)

        // Blocks of fixed height, so that the sums over rows do not depend on the number of threads.
        let (columns, blockRows) = (o.shape.columns, 32)
        let blocks = (o.shape.rows + blockRows - 1) / blockRows
        let partials = try allocate(2 * blocks * columns)
        let partial = elements(partials.slice)
        share(blocks, grain: Grain.heavy / (blockRows * max(columns, 1))) { range in
            for block in range {
                let row = block * blockRows
                let sums = partial + 2 * block * columns
                tandem_layer_norm_backward(
                    source + row * columns, scale, average + row, reciprocal + row,
                    gradient + row * columns, target + row * columns, sums, sums + columns,
                    Int64(min(blockRows, o.shape.rows - row)), Int64(columns))
            }
        }
        for (sums, total) in [(partial, gammaSum), (partial + columns, betaSum)] {
            tandem_reduce_columns(
                ReductionOperation.sum.rawValue, sums, Int64(2 * columns), Int64(blocks),
                Int64(columns), total, 1, 1)
        }
    }
}
