import TandemCPUKernels

extension CPUDevice {
    /// Normalises each row, rows shared out over the threads.
    public func run(_ o: DeviceOperation.L2Normalize) throws(DeviceError) {
        let source = elements(o.input)
        let target = elements(o.output)
        let lengths = elements(o.norms)
        shareRows(o.rows, columns: o.columns, grain: Grain.light) { range in
            let start = range.lowerBound * o.columns
            tandem_l2_normalize(
                source + start, target + start, lengths + range.lowerBound, Int64(range.count),
                Int64(o.columns), o.epsilon)
        }
    }

    /// Gradient of `l2Normalize`, rows shared out over the threads.
    public func run(_ o: DeviceOperation.L2NormalizeBackward) throws(DeviceError) {
        let y = elements(o.output)
        let lengths = elements(o.norms)
        let gradient = elements(o.outputGradient)
        let target = elements(o.inputGradient)
        shareRows(o.rows, columns: o.columns, grain: Grain.light) { range in
            let start = range.lowerBound * o.columns
            tandem_l2_normalize_backward(
                y + start, lengths + range.lowerBound, gradient + start, target + start,
                Int64(range.count), Int64(o.columns), o.epsilon)
        }
    }
}
