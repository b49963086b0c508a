extension KernelReference {
    fileprivate static let layerNormParameters = KernelReference(
        "normalization/layer_norm_parameters", "layerNormParameters")
}

extension OpenCLDevice {
    /// `output = gamma * (x - mean) * rstd + beta` per row.
    public func run(_ o: DeviceOperation.LayerNorm) throws(DeviceError) {
        guard o.shape.columns > 0 else { return }
        try launch(
            profiled("normalization/layer_norm", "layerNorm"),
            over: rows(o.shape.rows, columns: o.shape.columns)
        ) {
            $0.buffer(o.output)
            $0.buffer(o.mean)
            $0.buffer(o.reciprocalDeviation)
            $0.buffer(o.input)
            $0.buffer(o.gamma)
            $0.buffer(o.beta)
            $0.size(o.shape.columns)
            $0.float(o.shape.epsilon)
        }
    }

    /// Gradients of `layerNorm`; those of gamma and beta are added.
    public func run(_ o: DeviceOperation.LayerNormBackward) throws(DeviceError) {
        guard o.shape.columns > 0, o.shape.rows > 0 else { return }
        // First the sums over rows: inputGradient may be the memory of outputGradient.
        let span = rowsPerBlock(o.shape.rows)
        let blocks = (o.shape.rows + span - 1) / span
        let partials = try allocate(2 * blocks * o.shape.columns).slice
        let gammaPartials = partials.uncheckedPart(from: 0, count: blocks * o.shape.columns)
        let betaPartials = partials.from(blocks * o.shape.columns)
        try launch(.layerNormParameters, over: columnBlocks(o.shape.columns, blocks: blocks)) {
            $0.buffer(gammaPartials)
            $0.buffer(betaPartials)
            $0.buffer(o.input)
            $0.buffer(o.mean)
            $0.buffer(o.reciprocalDeviation)
            $0.buffer(o.outputGradient)
            $0.size(o.shape.rows)
            $0.size(o.shape.columns)
            $0.size(span)
        }
        for (sums, gradient) in [(gammaPartials, o.gammaGradient), (betaPartials, o.betaGradient)] {
            try reduce(
                .sum, input: sums, output: gradient, outer: 1, count: blocks,
                inner: o.shape.columns,
                scale: 1, accumulate: true)
        }
        try launch(
            profiled("normalization/layer_norm", "layerNormBackward"),
            over: rows(o.shape.rows, columns: o.shape.columns)
        ) {
            $0.buffer(o.inputGradient)
            $0.buffer(o.input)
            $0.buffer(o.gamma)
            $0.buffer(o.mean)
            $0.buffer(o.reciprocalDeviation)
            $0.buffer(o.outputGradient)
            $0.size(o.shape.columns)
        }
    }
}
