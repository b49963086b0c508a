import TandemCPUKernels

extension CPUDevice {
    /// Softmax of each line; rows or, for another axis, strips of 16 neighbouring lines are shared out over the threads.
    public func run(_ o: DeviceOperation.Softmax) throws(DeviceError) {
        let source = elements(o.input)
        let target = elements(o.output)
        guard o.inner > 1 else {
            return shareRows(o.outer, columns: o.count, grain: Grain.heavy) { range in
                let start = range.lowerBound * o.count
                tandem_softmax(
                    o.result.rawValue, source + start, target + start, Int64(range.count),
                    Int64(o.count))
            }
        }
        shareStrips(outer: o.outer, count: o.count, inner: o.inner, grain: Grain.heavy) {
            start, columns in
            tandem_softmax_columns(
                o.result.rawValue, source + start, target + start, Int64(o.count), Int64(o.inner),
                columns)
        }
    }

    /// Gradient of `softmax`, shared out like it.
    public func run(_ o: DeviceOperation.SoftmaxBackward) throws(DeviceError) {
        let y = elements(o.output)
        let gradient = elements(o.outputGradient)
        let target = elements(o.inputGradient)
        let grain = o.result == .probabilities ? Grain.light : Grain.heavy
        guard o.inner > 1 else {
            return shareRows(o.outer, columns: o.count, grain: grain) { range in
                let start = range.lowerBound * o.count
                tandem_softmax_backward(
                    o.result.rawValue, y + start, gradient + start, target + start,
                    Int64(range.count), Int64(o.count))
            }
        }
        shareStrips(outer: o.outer, count: o.count, inner: o.inner, grain: grain) {
            start, columns in
            tandem_softmax_columns_backward(
                o.result.rawValue, y + start, gradient + start, target + start, Int64(o.count),
                Int64(o.inner), columns)
        }
    }

    /// Calls `body` for every strip of up to 16 neighbouring lines along the middle axis, with the strip's first element and
    /// its number of lines.
    private func shareStrips(
        outer: Int, count: Int, inner: Int, grain: Int, _ body: (Int, Int64) -> Void
    ) {
        let width = 16
        let strips = (inner + width - 1) / width
        share(outer * strips, grain: grain / max(count * min(inner, width), 1)) { range in
            for place in range {
                let column = place % strips * width
                body(place / strips * count * inner + column, Int64(min(width, inner - column)))
            }
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
