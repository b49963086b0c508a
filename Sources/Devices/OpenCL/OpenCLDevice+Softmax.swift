extension OpenCLDevice {
    /// `output[r, :] = softmax(input[r, :])`.
    public func run(_ o: DeviceOperation.Softmax) throws(DeviceError) {
        guard o.columns > 0 else { return }
        try launch(
            profiled("normalization/softmax", "softmax"),
            over: self.rows(o.rows, columns: o.columns)
        ) {
            $0.buffer(o.output)
            $0.buffer(o.input)
            $0.size(o.columns)
        }
    }

    /// `inputGradient[r, c] = y[r, c] * (g[r, c] - sum_j g[r, j] y[r, j])`.
    public func run(_ o: DeviceOperation.SoftmaxBackward) throws(DeviceError) {
        guard o.columns > 0 else { return }
        try launch(
            profiled("normalization/softmax", "softmaxBackward"),
            over: self.rows(o.rows, columns: o.columns)
        ) {
            $0.buffer(o.inputGradient)
            $0.buffer(o.output)
            $0.buffer(o.outputGradient)
            $0.size(o.columns)
        }
    }

    /// `losses[r] = logsumexp(logits[r, :]) - logits[r, targets[r]]` and, when wanted, its gradient.
    public func run(_ o: DeviceOperation.SoftmaxCrossEntropy) throws(DeviceError) {
        try launch(
            profiled("normalization/softmax", "softmaxCrossEntropy"),
            over: self.rows(o.rows, columns: o.columns)
        ) {
            $0.buffer(o.losses)
            $0.buffer(o.gradient)
            $0.buffer(o.logits)
            $0.buffer(o.targets)
            $0.size(o.columns)
            $0.integer(o.ignoreIndex)
            $0.flag(o.gradient != nil)
        }
    }
}
