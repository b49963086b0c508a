import TandemCPUKernels

extension CPUDevice {
    /// Layer norm of each row, rows shared out over the threads.
    public func layerNorm(
        input: BufferSlice, gamma: BufferSlice, beta: BufferSlice, output: BufferSlice,
        mean: BufferSlice, reciprocalDeviation: BufferSlice, _ shape: LayerNormShape
    ) throws(DeviceError) {
        let source = try elements(input, "layerNorm")
        let (scale, shift) = (try elements(gamma, "layerNorm"), try elements(beta, "layerNorm"))
        let target = try elements(output, "layerNorm")
        let average = try elements(mean, "layerNorm")
        let reciprocal = try elements(reciprocalDeviation, "layerNorm")
        shareRows(shape.rows, columns: shape.columns, grain: Grain.heavy) { range in
            let (row, start) = (range.lowerBound, range.lowerBound * shape.columns)
            tandem_layer_norm(
                source + start, scale, shift, target + start, average + row, reciprocal + row,
                Int64(range.count), Int64(shape.columns), shape.epsilon)
        }
    }

    /// Gradients of `layerNorm`; sums over rows run in blocks of 32 rows, added in ascending order.
    public func layerNormBackward(
        input: BufferSlice, gamma: BufferSlice, mean: BufferSlice,
        reciprocalDeviation: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, gammaGradient: BufferSlice, betaGradient: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        let source = try elements(input, "layerNormBackward")
        let scale = try elements(gamma, "layerNormBackward")
        let average = try elements(mean, "layerNormBackward")
        let reciprocal = try elements(reciprocalDeviation, "layerNormBackward")
        let gradient = try elements(outputGradient, "layerNormBackward")
        let target = try elements(inputGradient, "layerNormBackward")
        let gammaSum = try elements(gammaGradient, "layerNormBackward")
        let betaSum = try elements(betaGradient, "layerNormBackward")

        // Blocks of fixed height, so that the sums over rows do not depend on the number of threads.
        let (columns, blockRows) = (shape.columns, 32)
        let blocks = (shape.rows + blockRows - 1) / blockRows
        let partials = try allocate(2 * blocks * columns)
        let partial = try elements(partials.slice, "layerNormBackward")
        share(blocks, grain: Grain.heavy / (blockRows * max(columns, 1))) { range in
            for block in range {
                let row = block * blockRows
                let sums = partial + 2 * block * columns
                tandem_layer_norm_backward(
                    source + row * columns, scale, average + row, reciprocal + row,
                    gradient + row * columns, target + row * columns, sums, sums + columns,
                    Int64(min(blockRows, shape.rows - row)), Int64(columns))
            }
        }
        for (sums, total) in [(partial, gammaSum), (partial + columns, betaSum)] {
            tandem_reduce_columns(
                ReductionOperation.sum.rawValue, sums, Int64(2 * columns), Int64(blocks),
                Int64(columns), total, 1, 1)
        }
    }
}
