import TandemCPUKernels

extension CPUDevice {
    /// Normalises each row, rows shared out over the threads.
    public func l2Normalize(
        input: BufferSlice, output: BufferSlice, norms: BufferSlice, rows: Int, columns: Int,
        epsilon: Float
    ) throws(DeviceError) {
        let source = try elements(input, "l2Normalize")
        let target = try elements(output, "l2Normalize")
        let lengths = try elements(norms, "l2Normalize")
        shareRows(rows, columns: columns, grain: Grain.light) { range in
            let start = range.lowerBound * columns
            tandem_l2_normalize(
                source + start, target + start, lengths + range.lowerBound, Int64(range.count),
                Int64(columns), epsilon)
        }
    }

    /// Gradient of `l2Normalize`, rows shared out over the threads.
    public func l2NormalizeBackward(
        output: BufferSlice, norms: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, rows: Int, columns: Int, epsilon: Float
    ) throws(DeviceError) {
        let y = try elements(output, "l2NormalizeBackward")
        let lengths = try elements(norms, "l2NormalizeBackward")
        let gradient = try elements(outputGradient, "l2NormalizeBackward")
        let target = try elements(inputGradient, "l2NormalizeBackward")
        shareRows(rows, columns: columns, grain: Grain.light) { range in
            let start = range.lowerBound * columns
            tandem_l2_normalize_backward(
                y + start, lengths + range.lowerBound, gradient + start, target + start,
                Int64(range.count), Int64(columns), epsilon)
        }
    }
}
