import TandemCPUKernels

extension CPUDevice {
    /// Softmax of each row, rows shared out over the threads.
    public func run(_ o: DeviceOperation.Softmax) throws(DeviceError) {
        let source = elements(o.input)
        let target = elements(o.output)
        shareRows(o.rows, columns: o.columns, grain: Grain.heavy) { range in
            let start = range.lowerBound * o.columns
            tandem_softmax(source + start, target + start, Int64(range.count), Int64(o.columns))
        }
    }

    /// Gradient of `softmax`, rows shared out over the threads.
    public func run(_ o: DeviceOperation.SoftmaxBackward) throws(DeviceError) {
        let y = elements(o.output)
        let gradient = elements(o.outputGradient)
        let target = elements(o.inputGradient)
        shareRows(o.rows, columns: o.columns, grain: Grain.light) { range in
            let start = range.lowerBound * o.columns
            tandem_softmax_backward(
                y + start, gradient + start, target + start, Int64(range.count), Int64(o.columns))
        }
    }

    /// Softmax and cross-entropy of each row in two passes over the row.
    public func run(_ o: DeviceOperation.SoftmaxCrossEntropy) throws(DeviceError) {
        let source = elements(o.logits)
        let chosen = indices(o.targets)
        let loss = elements(o.losses)
        let target = elements(o.gradient)
        shareRows(o.rows, columns: o.columns, grain: Grain.heavy) { range in
            let start = range.lowerBound * o.columns
            tandem_softmax_cross_entropy(
                source + start, chosen + range.lowerBound, loss + range.lowerBound,
                target.map { $0 + start }, Int64(range.count), Int64(o.columns), o.ignoreIndex)
        }
    }
}
