/// The kernels of layer norm, which without centring are those of RMS norm.
private enum NormKernels {
    static let parameters = definitions.map {
        KernelReference(
            "normalization/layer_norm_parameters", "layerNormParameters", definitions: $0)
    }
    static let definitions = ["-D CENTERED=0", "-D CENTERED=1"]
}

extension OpenCLDevice {
    /// `output = gamma * (x - mean) * rstd + beta` per row.
    public func run(_ o: DeviceOperation.LayerNorm) throws(DeviceError) {
        try normalize(
            input: o.input, gamma: o.gamma, beta: o.beta, output: o.output, mean: o.mean,
            reciprocal: o.reciprocalDeviation, o.shape)
    }

    /// `output = gamma * x * rrms` per row.
    public func run(_ o: DeviceOperation.RMSNorm) throws(DeviceError) {
        try normalize(
            input: o.input, gamma: o.gamma, beta: nil, output: o.output, mean: nil,
            reciprocal: o.reciprocalRoot, o.shape)
    }

    /// Gradients of `layerNorm`; those of gamma and beta are added.
    public func run(_ o: DeviceOperation.LayerNormBackward) throws(DeviceError) {
        // First the sums over rows: inputGradient may be the memory of outputGradient.
        try addParameterGradients(
            input: o.input, mean: o.mean, reciprocal: o.reciprocalDeviation,
            outputGradient: o.outputGradient, gammaGradient: o.gammaGradient,
            betaGradient: o.betaGradient, o.shape)
        try normalizeBackward(
            input: o.input, gamma: o.gamma, mean: o.mean, reciprocal: o.reciprocalDeviation,
            outputGradient: o.outputGradient, inputGradient: o.inputGradient, o.shape)
    }

    /// Gradients of `rmsNorm`; that of gamma is added.
    public func run(_ o: DeviceOperation.RMSNormBackward) throws(DeviceError) {
        try addParameterGradients(
            input: o.input, mean: nil, reciprocal: o.reciprocalRoot,
            outputGradient: o.outputGradient,
            gammaGradient: o.gammaGradient, betaGradient: nil, o.shape)
        try normalizeBackward(
            input: o.input, gamma: o.gamma, mean: nil, reciprocal: o.reciprocalRoot,
            outputGradient: o.outputGradient, inputGradient: o.inputGradient, o.shape)
    }

    private func normalize(
        input: BufferSlice, gamma: BufferSlice, beta: BufferSlice?, output: BufferSlice,
        mean: BufferSlice?, reciprocal: BufferSlice, _ shape: LayerNormShape
    ) throws(DeviceError) {
        guard shape.columns > 0 else { return }
        try launch(
            normKernel("layerNorm", isCentered: mean != nil),
            over: rows(shape.rows, columns: shape.columns)
        ) {
            $0.buffer(output)
            $0.buffer(mean)
            $0.buffer(reciprocal)
            $0.buffer(input)
            $0.buffer(gamma)
            $0.buffer(beta)
            $0.size(shape.columns)
            $0.float(shape.epsilon)
        }
    }

    private func normalizeBackward(
        input: BufferSlice, gamma: BufferSlice, mean: BufferSlice?, reciprocal: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice, _ shape: LayerNormShape
    ) throws(DeviceError) {
        guard shape.columns > 0, shape.rows > 0 else { return }
        try launch(
            normKernel("layerNormBackward", isCentered: mean != nil),
            over: rows(shape.rows, columns: shape.columns)
        ) {
            $0.buffer(inputGradient)
            $0.buffer(input)
            $0.buffer(gamma)
            $0.buffer(mean)
            $0.buffer(reciprocal)
            $0.buffer(outputGradient)
            $0.size(shape.columns)
        }
    }

    private func addParameterGradients(
        input: BufferSlice, mean: BufferSlice?, reciprocal: BufferSlice,
        outputGradient: BufferSlice, gammaGradient: BufferSlice, betaGradient: BufferSlice?,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        guard shape.columns > 0, shape.rows > 0 else { return }
        let span = rowsPerBlock(shape.rows)
        let blocks = (shape.rows + span - 1) / span
        let gammaPartials = try allocate(blocks * shape.columns).slice
        let betaPartials =
            betaGradient == nil ? gammaPartials : try allocate(blocks * shape.columns).slice
        try launch(
            NormKernels.parameters[mean == nil ? 0 : 1],
            over: columnBlocks(shape.columns, blocks: blocks)
        ) {
            $0.buffer(gammaPartials)
            $0.buffer(betaPartials)
            $0.buffer(input)
            $0.buffer(mean)
            $0.buffer(reciprocal)
            $0.buffer(outputGradient)
            $0.size(shape.rows)
            $0.size(shape.columns)
            $0.size(span)
        }
        for (sums, gradient) in [(gammaPartials, gammaGradient), (betaPartials, betaGradient)] {
            guard let gradient else { continue }
            try reduce(
                .sum, input: sums, output: gradient, outer: 1, count: blocks,
                inner: shape.columns, scale: 1, accumulate: true)
        }
    }

    private func normKernel(_ name: String, isCentered: Bool) -> KernelReference {
        let kernel = profiled("normalization/layer_norm", name)
        return KernelReference(
            kernel.program, kernel.name, definitions: NormKernels.definitions[isCentered ? 1 : 0])
    }
}
