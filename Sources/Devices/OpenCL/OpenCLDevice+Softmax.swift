extension KernelReference {
    fileprivate static let softmaxColumns = KernelReference(
        "normalization/softmax_columns", "softmaxColumns")
    fileprivate static let softmaxColumnsBackward = KernelReference(
        "normalization/softmax_columns", "softmaxColumnsBackward")
}

extension OpenCLDevice {
    /// Softmax along rows, or along columns with one work-item per vector of them.
    public func run(_ o: DeviceOperation.Softmax) throws(DeviceError) {
        guard o.count > 0 else { return }
        guard o.inner > 1 else {
            return try launch(
                profiled("normalization/softmax", "softmax"), over: rows(o.outer, columns: o.count)
            ) {
                $0.buffer(o.output)
                $0.buffer(o.input)
                $0.size(o.count)
                $0.flag(o.result == .logarithms)
            }
        }
        try launch(.softmaxColumns, over: matrix(rows: o.outer, columns: o.inner)) {
            $0.buffer(o.output)
            $0.buffer(o.input)
            $0.size(o.outer)
            $0.size(o.count)
            $0.size(o.inner)
            $0.flag(o.result == .logarithms)
        }
    }

    /// The gradient of `softmax`, laid out like it.
    public func run(_ o: DeviceOperation.SoftmaxBackward) throws(DeviceError) {
        guard o.count > 0 else { return }
        guard o.inner > 1 else {
            return try launch(
                profiled("normalization/softmax", "softmaxBackward"),
                over: rows(o.outer, columns: o.count)
            ) {
                $0.buffer(o.inputGradient)
                $0.buffer(o.output)
                $0.buffer(o.outputGradient)
                $0.size(o.count)
                $0.flag(o.result == .logarithms)
            }
        }
        try launch(.softmaxColumnsBackward, over: matrix(rows: o.outer, columns: o.inner)) {
            $0.buffer(o.inputGradient)
            $0.buffer(o.output)
            $0.buffer(o.outputGradient)
            $0.size(o.outer)
            $0.size(o.count)
            $0.size(o.inner)
            $0.flag(o.result == .logarithms)
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
