extension KernelReference {
    fileprivate static let layerNormParameters = KernelReference(
        "normalization/layer_norm_parameters", "layerNormParameters")
}

extension OpenCLDevice {
    /// `output = gamma * (x - mean) * rstd + beta` per row.
    public func layerNorm(
        input: BufferSlice, gamma: BufferSlice, beta: BufferSlice, output: BufferSlice,
        mean: BufferSlice, reciprocalDeviation: BufferSlice, _ shape: LayerNormShape
    ) throws(DeviceError) {
        guard shape.columns > 0 else { return }
        try launch(
            profiled("normalization/layer_norm", "layerNorm"),
            over: rows(shape.rows, columns: shape.columns)
        ) {
            $0.buffer(output)
            $0.buffer(mean)
            $0.buffer(reciprocalDeviation)
            $0.buffer(input)
            $0.buffer(gamma)
            $0.buffer(beta)
            $0.size(shape.columns)
            $0.float(shape.epsilon)
        }
    }

    /// Gradients of `layerNorm`; those of gamma and beta are added.
    public func layerNormBackward(
        input: BufferSlice, gamma: BufferSlice, mean: BufferSlice,
        reciprocalDeviation: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, gammaGradient: BufferSlice, betaGradient: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        guard shape.columns > 0, shape.rows > 0 else { return }
        // First the sums over rows: inputGradient may be the memory of outputGradient.
        let span = rowsPerBlock(shape.rows)
        let blocks = (shape.rows + span - 1) / span
        let partials = try allocate(2 * blocks * shape.columns).slice
        let gammaPartials = partials.part(from: 0, count: blocks * shape.columns)
        let betaPartials = partials.from(blocks * shape.columns)
        try launch(.layerNormParameters, over: columnBlocks(shape.columns, blocks: blocks)) {
            $0.buffer(gammaPartials)
            $0.buffer(betaPartials)
            $0.buffer(input)
            $0.buffer(mean)
            $0.buffer(reciprocalDeviation)
            $0.buffer(outputGradient)
            $0.size(shape.rows)
            $0.size(shape.columns)
            $0.size(span)
        }
        for (sums, gradient) in [(gammaPartials, gammaGradient), (betaPartials, betaGradient)] {
            try reduce(
                .sum, input: sums, output: gradient, outer: 1, count: blocks, inner: shape.columns,
                scale: 1, accumulate: true)
        }
        try launch(
            profiled("normalization/layer_norm", "layerNormBackward"),
            over: rows(shape.rows, columns: shape.columns)
        ) {
            $0.buffer(inputGradient)
            $0.buffer(input)
            $0.buffer(gamma)
            $0.buffer(mean)
            $0.buffer(reciprocalDeviation)
            $0.buffer(outputGradient)
            $0.size(shape.columns)
        }
    }
}
