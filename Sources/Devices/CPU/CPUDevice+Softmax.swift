import TandemCPUKernels

extension CPUDevice {
    /// Softmax of each row, rows shared out over the threads.
    public func softmax(input: BufferSlice, output: BufferSlice, rows: Int, columns: Int)
        throws(DeviceError)
    {
        let source = try elements(input, "softmax")
        let target = try elements(output, "softmax")
        shareRows(rows, columns: columns, grain: Grain.heavy) { range in
            let start = range.lowerBound * columns
            tandem_softmax(source + start, target + start, Int64(range.count), Int64(columns))
        }
    }

    /// Gradient of `softmax`, rows shared out over the threads.
    public func softmaxBackward(
        output: BufferSlice, outputGradient: BufferSlice, inputGradient: BufferSlice, rows: Int,
        columns: Int
    ) throws(DeviceError) {
        let y = try elements(output, "softmaxBackward")
        let gradient = try elements(outputGradient, "softmaxBackward")
        let target = try elements(inputGradient, "softmaxBackward")
        shareRows(rows, columns: columns, grain: Grain.light) { range in
            let start = range.lowerBound * columns
            tandem_softmax_backward(
                y + start, gradient + start, target + start, Int64(range.count), Int64(columns))
        }
    }

    /// Softmax and cross-entropy of each row in two passes over the row.
    public func softmaxCrossEntropy(
        logits: BufferSlice, targets: BufferSlice, losses: BufferSlice, gradient: BufferSlice?,
        rows: Int, columns: Int, ignoreIndex: Int32
    ) throws(DeviceError) {
        let source = try elements(logits, "softmaxCrossEntropy")
        let chosen = try indices(targets, "softmaxCrossEntropy")
        let loss = try elements(losses, "softmaxCrossEntropy")
        let target = try optionalElements(gradient, "softmaxCrossEntropy")
        shareRows(rows, columns: columns, grain: Grain.heavy) { range in
            let start = range.lowerBound * columns
            tandem_softmax_cross_entropy(
                source + start, chosen + range.lowerBound, loss + range.lowerBound,
                target.map { $0 + start }, Int64(range.count), Int64(columns), ignoreIndex)
        }
    }
}
