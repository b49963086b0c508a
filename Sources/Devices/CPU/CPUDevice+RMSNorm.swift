import TandemCPUKernels

extension CPUDevice {
    /// RMS norm of each row, rows shared out over the threads.
    public func rmsNorm(
        input: BufferSlice, gamma: BufferSlice, output: BufferSlice, reciprocalRoot: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        let (source, scale) = (try elements(input, "rmsNorm"), try elements(gamma, "rmsNorm"))
        let target = try elements(output, "rmsNorm")
        let reciprocal = try elements(reciprocalRoot, "rmsNorm")
        shareRows(shape.rows, columns: shape.columns, grain: Grain.heavy) { range in
            let (row, start) = (range.lowerBound, range.lowerBound * shape.columns)
            tandem_rms_norm(
                source + start, scale, target + start, reciprocal + row, Int64(range.count),
                Int64(shape.columns), shape.epsilon)
        }
    }

    /// Gradients of `rmsNorm`; sums over rows run in blocks of 32 rows, added in ascending order.
    public func rmsNormBackward(
        input: BufferSlice, gamma: BufferSlice, reciprocalRoot: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice, gammaGradient: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        let source = try elements(input, "rmsNormBackward")
        let scale = try elements(gamma, "rmsNormBackward")
        let reciprocal = try elements(reciprocalRoot, "rmsNormBackward")
        let gradient = try elements(outputGradient, "rmsNormBackward")
        let target = try elements(inputGradient, "rmsNormBackward")
        let gammaSum = try elements(gammaGradient, "rmsNormBackward")

        // Blocks of fixed height, so that the sums over rows do not depend on the number of threads.
        let (columns, blockRows) = (shape.columns, 32)
        let blocks = (shape.rows + blockRows - 1) / blockRows
        let partials = try allocate(blocks * columns)
        let partial = try elements(partials.slice, "rmsNormBackward")
        share(blocks, grain: Grain.heavy / (blockRows * max(columns, 1))) { range in
            for block in range {
                let row = block * blockRows
                tandem_rms_norm_backward(
                    source + row * columns, scale, reciprocal + row, gradient + row * columns,
                    target + row * columns, partial + block * columns,
                    Int64(min(blockRows, shape.rows - row)), Int64(columns))
            }
        }
        tandem_reduce_columns(
            ReductionOperation.sum.rawValue, partial, Int64(columns), Int64(blocks),
            Int64(columns), gammaSum, 1, 1)
    }
}
