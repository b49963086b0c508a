extension OpenCLDevice {
    /// `output[r, :] = input[r, :] / norms[r]`, `norms[r] = max(||input[r, :]||, epsilon)`.
    public func run(_ o: DeviceOperation.L2Normalize) throws(DeviceError) {
        try launch(
            profiled("normalization/l2", "l2Normalize"), over: self.rows(o.rows, columns: o.columns)
        ) {
            $0.buffer(o.output)
            $0.buffer(o.norms)
            $0.buffer(o.input)
            $0.size(o.columns)
            $0.float(o.epsilon)
        }
    }

    /// `inputGradient[r, :] = (g - (g . y) y) / norms[r]`, or `g / epsilon` where the norm was clamped.
    public func run(_ o: DeviceOperation.L2NormalizeBackward) throws(DeviceError) {
        try launch(
            profiled("normalization/l2", "l2NormalizeBackward"),
            over: self.rows(o.rows, columns: o.columns)
        ) {
            $0.buffer(o.inputGradient)
            $0.buffer(o.output)
            $0.buffer(o.norms)
            $0.buffer(o.outputGradient)
            $0.size(o.columns)
            $0.float(o.epsilon)
        }
    }
}
