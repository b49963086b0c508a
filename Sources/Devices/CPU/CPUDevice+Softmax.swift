import TandemCPUKernels

extension CPUDevice {
    /// Softmax of each line; rows or, for another axis, strips of 16 neighbouring lines are shared out over the threads.
    public func softmax(
        _ result: SoftmaxResult, input: BufferSlice, output: BufferSlice, outer: Int, count: Int,
        inner: Int
    ) throws(DeviceError) {
        let source = try elements(input, "softmax")
        let target = try elements(output, "softmax")
        guard inner > 1 else {
            return shareRows(outer, columns: count, grain: Grain.heavy) { range in
                let start = range.lowerBound * count
                tandem_softmax(
                    result.rawValue, source + start, target + start, Int64(range.count),
                    Int64(count))
            }
        }
        shareStrips(outer: outer, count: count, inner: inner, grain: Grain.heavy) {
            start, columns in
            tandem_softmax_columns(
                result.rawValue, source + start, target + start, Int64(count), Int64(inner),
                columns)
        }
    }

    /// Gradient of `softmax`, shared out like it.
    public func softmaxBackward(
        _ result: SoftmaxResult, output: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, outer: Int, count: Int, inner: Int
    ) throws(DeviceError) {
        let y = try elements(output, "softmaxBackward")
        let gradient = try elements(outputGradient, "softmaxBackward")
        let target = try elements(inputGradient, "softmaxBackward")
        let grain = result == .probabilities ? Grain.light : Grain.heavy
        guard inner > 1 else {
            return shareRows(outer, columns: count, grain: grain) { range in
                let start = range.lowerBound * count
                tandem_softmax_backward(
                    result.rawValue, y + start, gradient + start, target + start,
                    Int64(range.count), Int64(count))
            }
        }
        shareStrips(outer: outer, count: count, inner: inner, grain: grain) { start, columns in
            tandem_softmax_columns_backward(
                result.rawValue, y + start, gradient + start, target + start, Int64(count),
                Int64(inner), columns)
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
