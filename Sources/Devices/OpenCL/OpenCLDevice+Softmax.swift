extension OpenCLDevice {
    /// `output[r, :] = softmax(input[r, :])`.
    public func softmax(input: BufferSlice, output: BufferSlice, rows: Int, columns: Int)
        throws(DeviceError)
    {
        guard columns > 0 else { return }
        try launch(
            profiled("normalization/softmax", "softmax"), over: self.rows(rows, columns: columns)
        ) {
            $0.buffer(output)
            $0.buffer(input)
            $0.size(columns)
        }
    }

    /// `inputGradient[r, c] = y[r, c] * (g[r, c] - sum_j g[r, j] y[r, j])`.
    public func softmaxBackward(
        output: BufferSlice, outputGradient: BufferSlice, inputGradient: BufferSlice, rows: Int,
        columns: Int
    ) throws(DeviceError) {
        guard columns > 0 else { return }
        try launch(
            profiled("normalization/softmax", "softmaxBackward"),
            over: self.rows(rows, columns: columns)
        ) {
            $0.buffer(inputGradient)
            $0.buffer(output)
            $0.buffer(outputGradient)
            $0.size(columns)
        }
    }

    /// `losses[r] = logsumexp(logits[r, :]) - logits[r, targets[r]]` and, when wanted, its gradient.
    public func softmaxCrossEntropy(
        logits: BufferSlice, targets: BufferSlice, losses: BufferSlice, gradient: BufferSlice?,
        rows: Int, columns: Int, ignoreIndex: Int32
    ) throws(DeviceError) {
        try launch(
            profiled("normalization/softmax", "softmaxCrossEntropy"),
            over: self.rows(rows, columns: columns)
        ) {
            $0.buffer(losses)
            $0.buffer(gradient)
            $0.buffer(logits)
            $0.buffer(targets)
            $0.size(columns)
            $0.integer(ignoreIndex)
            $0.flag(gradient != nil)
        }
    }
}
