extension OpenCLDevice {
    /// `output[r, :] = input[r, :] / norms[r]`, `norms[r] = max(||input[r, :]||, epsilon)`.
    public func l2Normalize(
        input: BufferSlice, output: BufferSlice, norms: BufferSlice, rows: Int, columns: Int,
        epsilon: Float
    ) throws(DeviceError) {
        try launch(
            profiled("normalization/l2", "l2Normalize"), over: self.rows(rows, columns: columns)
        ) {
            $0.buffer(output)
            $0.buffer(norms)
            $0.buffer(input)
            $0.size(columns)
            $0.float(epsilon)
        }
    }

    /// `inputGradient[r, :] = (g - (g . y) y) / norms[r]`, or `g / epsilon` where the norm was clamped.
    public func l2NormalizeBackward(
        output: BufferSlice, norms: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, rows: Int, columns: Int, epsilon: Float
    ) throws(DeviceError) {
        try launch(
            profiled("normalization/l2", "l2NormalizeBackward"),
            over: self.rows(rows, columns: columns)
        ) {
            $0.buffer(inputGradient)
            $0.buffer(output)
            $0.buffer(norms)
            $0.buffer(outputGradient)
            $0.size(columns)
            $0.float(epsilon)
        }
    }
}
