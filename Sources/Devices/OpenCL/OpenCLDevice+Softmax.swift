extension KernelReference {
    fileprivate static let softmaxColumns = KernelReference(
        "normalization/softmax_columns", "softmaxColumns")
    fileprivate static let softmaxColumnsBackward = KernelReference(
        "normalization/softmax_columns", "softmaxColumnsBackward")
}

extension OpenCLDevice {
    /// Softmax along rows, or along columns with one work-item per vector of them.
    public func softmax(
        _ result: SoftmaxResult, input: BufferSlice, output: BufferSlice, outer: Int, count: Int,
        inner: Int
    ) throws(DeviceError) {
        guard count > 0 else { return }
        guard inner > 1 else {
            return try launch(
                profiled("normalization/softmax", "softmax"), over: rows(outer, columns: count)
            ) {
                $0.buffer(output)
                $0.buffer(input)
                $0.size(count)
                $0.flag(result == .logarithms)
            }
        }
        try launch(.softmaxColumns, over: matrix(rows: outer, columns: inner)) {
            $0.buffer(output)
            $0.buffer(input)
            $0.size(outer)
            $0.size(count)
            $0.size(inner)
            $0.flag(result == .logarithms)
        }
    }

    /// The gradient of `softmax`, laid out like it.
    public func softmaxBackward(
        _ result: SoftmaxResult, output: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, outer: Int, count: Int, inner: Int
    ) throws(DeviceError) {
        guard count > 0 else { return }
        guard inner > 1 else {
            return try launch(
                profiled("normalization/softmax", "softmaxBackward"),
                over: rows(outer, columns: count)
            ) {
                $0.buffer(inputGradient)
                $0.buffer(output)
                $0.buffer(outputGradient)
                $0.size(count)
                $0.flag(result == .logarithms)
            }
        }
        try launch(.softmaxColumnsBackward, over: matrix(rows: outer, columns: inner)) {
            $0.buffer(inputGradient)
            $0.buffer(output)
            $0.buffer(outputGradient)
            $0.size(outer)
            $0.size(count)
            $0.size(inner)
            $0.flag(result == .logarithms)
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
