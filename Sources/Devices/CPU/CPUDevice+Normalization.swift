import TandemCPUKernels

extension CPUDevice {
    /// Softmax of each line; rows or, for another axis, strips of 16 neighbouring lines are shared out over the threads.
    public func run(_ o: DeviceOperation.Softmax) throws(DeviceError) {
        let (source, target) = (elements(o.input), elements(o.output))
        guard o.inner > 1 else {
            return shareRows(o.outer, columns: o.count, grain: Grain.heavy) { row, rows in
                let start = row * o.count
                tandem_softmax(
                    o.result.rawValue, source + start, target + start, rows, Int64(o.count))
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
        let (y, gradient) = (elements(o.output), elements(o.outputGradient))
        let target = elements(o.inputGradient)
        let grain = o.result == .probabilities ? Grain.light : Grain.heavy
        guard o.inner > 1 else {
            return shareRows(o.outer, columns: o.count, grain: grain) { row, rows in
                let start = row * o.count
                tandem_softmax_backward(
                    o.result.rawValue, y + start, gradient + start, target + start, rows,
                    Int64(o.count))
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
        let strips = inner.parts(of: width)
        share(outer * strips, grain: grain / max(count * min(inner, width), 1)) { range in
            for place in range {
                let column = place % strips * width
                body(place / strips * count * inner + column, Int64(min(width, inner - column)))
            }
        }
    }

    /// Softmax and cross-entropy of each row in two passes over the row.
    public func run(_ o: DeviceOperation.SoftmaxCrossEntropy) throws(DeviceError) {
        let (source, chosen) = (elements(o.logits), indices(o.targets))
        let (loss, target) = (elements(o.losses), elements(o.gradient))
        shareRows(o.rows, columns: o.columns, grain: Grain.heavy) { row, rows in
            let start = row * o.columns
            tandem_softmax_cross_entropy(
                source + start, chosen + row, loss + row, target.map { $0 + start }, rows,
                Int64(o.columns), o.ignoreIndex)
        }
    }

    /// Layer norm of each row, rows shared out over the threads.
    public func run(_ o: DeviceOperation.LayerNorm) throws(DeviceError) {
        let (source, target) = (elements(o.input), elements(o.output))
        let (scale, shift) = (elements(o.gamma), elements(o.beta))
        let (average, reciprocal) = (elements(o.mean), elements(o.reciprocalDeviation))
        shareRows(o.shape.rows, columns: o.shape.columns, grain: Grain.heavy) { row, rows in
            let start = row * o.shape.columns
            tandem_layer_norm(
                source + start, scale, shift, target + start, average + row, reciprocal + row,
                rows, Int64(o.shape.columns), o.shape.epsilon)
        }
    }

    /// Gradients of `layerNorm`; sums over rows run in blocks of 32 rows, added in ascending order.
    public func run(_ o: DeviceOperation.LayerNormBackward) throws(DeviceError) {
        let (source, scale) = (elements(o.input), elements(o.gamma))
        let (average, reciprocal) = (elements(o.mean), elements(o.reciprocalDeviation))
        let (gradient, target) = (elements(o.outputGradient), elements(o.inputGradient))
        let columns = o.shape.columns
        try sumBlocks(o.shape, to: o.gammaGradient, o.betaGradient) { row, rows, sums in
            tandem_layer_norm_backward(
                source + row * columns, scale, average + row, reciprocal + row,
                gradient + row * columns, target + row * columns, sums, sums + columns, rows,
                Int64(columns))
        }
    }

    /// RMS norm of each row, rows shared out over the threads.
    public func run(_ o: DeviceOperation.RMSNorm) throws(DeviceError) {
        let (source, scale) = (elements(o.input), elements(o.gamma))
        let (target, reciprocal) = (elements(o.output), elements(o.reciprocalRoot))
        shareRows(o.shape.rows, columns: o.shape.columns, grain: Grain.heavy) { row, rows in
            let start = row * o.shape.columns
            tandem_rms_norm(
                source + start, scale, target + start, reciprocal + row, rows,
                Int64(o.shape.columns), o.shape.epsilon)
        }
    }

    /// Gradients of `rmsNorm`; sums over rows run in blocks of 32 rows, added in ascending order.
    public func run(_ o: DeviceOperation.RMSNormBackward) throws(DeviceError) {
        let (source, scale) = (elements(o.input), elements(o.gamma))
        let reciprocal = elements(o.reciprocalRoot)
        let (gradient, target) = (elements(o.outputGradient), elements(o.inputGradient))
        let columns = o.shape.columns
        try sumBlocks(o.shape, to: o.gammaGradient, nil) { row, rows, sums in
            tandem_rms_norm_backward(
                source + row * columns, scale, reciprocal + row, gradient + row * columns,
                target + row * columns, sums, rows, Int64(columns))
        }
    }

    /// Adds the sums over rows of one array, or of two, to `first` and `second`: `body` writes those of a block of rows, one
    /// array after the other.
    private func sumBlocks(
        _ shape: LayerNormShape, to first: BufferSlice, _ second: BufferSlice?,
        _ body: (_ row: Int, _ rows: Int64, _ sums: UnsafeMutablePointer<Float>) -> Void
    ) throws(DeviceError) {
        // Blocks of fixed height, so that the sums over rows do not depend on the number of threads.
        let (columns, blockRows) = (shape.columns, 32)
        let width = second == nil ? columns : 2 * columns
        let blocks = shape.rows.parts(of: blockRows)
        let partials = try allocate(blocks * width)
        let sums = elements(partials.slice)
        share(blocks, grain: Grain.heavy / (blockRows * max(columns, 1))) { range in
            for block in range {
                let row = block * blockRows
                body(row, Int64(min(blockRows, shape.rows - row)), sums + block * width)
            }
        }
        func add(_ sums: UnsafeMutablePointer<Float>, to total: BufferSlice) {
            tandem_reduce_columns(
                ReductionOperation.sum.rawValue, sums, Int64(width), Int64(blocks),
                Int64(columns), elements(total), 1, 1)
        }
        add(sums, to: first)
        if let second { add(sums + columns, to: second) }
    }

    /// Normalises each row, rows shared out over the threads.
    public func run(_ o: DeviceOperation.L2Normalize) throws(DeviceError) {
        let (source, target) = (elements(o.input), elements(o.output))
        let lengths = elements(o.norms)
        shareRows(o.rows, columns: o.columns, grain: Grain.light) { row, rows in
            let start = row * o.columns
            tandem_l2_normalize(
                source + start, target + start, lengths + row, rows, Int64(o.columns), o.epsilon)
        }
    }

    /// Gradient of `l2Normalize`, rows shared out over the threads.
    public func run(_ o: DeviceOperation.L2NormalizeBackward) throws(DeviceError) {
        let (y, lengths) = (elements(o.output), elements(o.norms))
        let (gradient, target) = (elements(o.outputGradient), elements(o.inputGradient))
        shareRows(o.rows, columns: o.columns, grain: Grain.light) { row, rows in
            let start = row * o.columns
            tandem_l2_normalize_backward(
                y + start, lengths + row, gradient + start, target + start, rows,
                Int64(o.columns), o.epsilon)
        }
    }
}
