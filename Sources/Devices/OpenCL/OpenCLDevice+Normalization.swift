extension OpenCLDevice {
    /// Softmax along rows, or along columns with one work-item per vector of them.
    public func run(_ o: DeviceOperation.Softmax) throws(DeviceError) {
        guard o.count > 0 else { return }
        guard o.inner > 1 else {
            return try launch(
                .init(profiled: "normalization/softmax", "softmax"),
                over: rows(o.outer, columns: o.count), o.output, o.input, o.count,
                o.result == .logarithms)
        }
        try launch(
            .init("normalization/softmax_columns", "softmaxColumns"),
            over: matrix(rows: o.outer, columns: o.inner), o.output, o.input, o.outer, o.count,
            o.inner, o.result == .logarithms)
    }

    /// The gradient of `softmax`, laid out like it.
    public func run(_ o: DeviceOperation.SoftmaxBackward) throws(DeviceError) {
        guard o.count > 0 else { return }
        guard o.inner > 1 else {
            return try launch(
                .init(profiled: "normalization/softmax", "softmaxBackward"),
                over: rows(o.outer, columns: o.count), o.inputGradient, o.output,
                o.outputGradient, o.count, o.result == .logarithms)
        }
        try launch(
            .init("normalization/softmax_columns", "softmaxColumnsBackward"),
            over: matrix(rows: o.outer, columns: o.inner), o.inputGradient, o.output,
            o.outputGradient, o.outer, o.count, o.inner, o.result == .logarithms)
    }

    /// `losses[r] = logsumexp(logits[r, :]) - logits[r, targets[r]]` and, when wanted, its gradient.
    public func run(_ o: DeviceOperation.SoftmaxCrossEntropy) throws(DeviceError) {
        try launch(
            .init(profiled: "normalization/softmax", "softmaxCrossEntropy"),
            over: rows(o.rows, columns: o.columns), o.losses, o.gradient, o.logits, o.targets,
            o.columns, o.ignoreIndex, o.gradient != nil)
    }

    /// `output[r, :] = input[r, :] / norms[r]`, `norms[r] = max(||input[r, :]||, epsilon)`.
    public func run(_ o: DeviceOperation.L2Normalize) throws(DeviceError) {
        try launch(
            .init(profiled: "normalization/l2", "l2Normalize"),
            over: rows(o.rows, columns: o.columns),
            o.output, o.norms, o.input, o.columns, o.epsilon)
    }

    /// `inputGradient[r, :] = (g - (g . y) y) / norms[r]`, or `g / epsilon` where the norm was clamped.
    public func run(_ o: DeviceOperation.L2NormalizeBackward) throws(DeviceError) {
        try launch(
            .init(profiled: "normalization/l2", "l2NormalizeBackward"),
            over: rows(o.rows, columns: o.columns), o.inputGradient, o.output, o.norms,
            o.outputGradient, o.columns, o.epsilon)
    }

    /// `output = gamma * (x - mean) * rstd + beta` per row.
    public func run(_ o: DeviceOperation.LayerNorm) throws(DeviceError) {
        guard o.shape.columns > 0 else { return }
        try launch(
            normKernel("layerNorm", isCentered: true), over: rows(o.shape), o.output,
            o.mean, o.reciprocalDeviation, o.input, o.gamma, o.beta,
            o.shape.columns, o.shape.epsilon)
    }

    /// `output = gamma * x * rrms` per row.
    public func run(_ o: DeviceOperation.RMSNorm) throws(DeviceError) {
        guard o.shape.columns > 0 else { return }
        try launch(
            normKernel("layerNorm", isCentered: false), over: rows(o.shape), o.output,
            nil as BufferSlice?, o.reciprocalRoot, o.input, o.gamma, nil as BufferSlice?,
            o.shape.columns, o.shape.epsilon)
    }

    /// Gradients of `layerNorm`; those of gamma and beta are added.
    public func run(_ o: DeviceOperation.LayerNormBackward) throws(DeviceError) {
        try normalizeBackward(
            o.input, gamma: o.gamma, mean: o.mean, reciprocal: o.reciprocalDeviation,
            o.outputGradient, inputGradient: o.inputGradient, gammaGradient: o.gammaGradient,
            betaGradient: o.betaGradient, o.shape)
    }

    /// Gradients of `rmsNorm`; that of gamma is added.
    public func run(_ o: DeviceOperation.RMSNormBackward) throws(DeviceError) {
        try normalizeBackward(
            o.input, gamma: o.gamma, mean: nil, reciprocal: o.reciprocalRoot, o.outputGradient,
            inputGradient: o.inputGradient, gammaGradient: o.gammaGradient, betaGradient: nil,
            o.shape)
    }

    private func normalizeBackward(
        _ input: BufferSlice, gamma: BufferSlice, mean: BufferSlice?, reciprocal: BufferSlice,
        _ outputGradient: BufferSlice, inputGradient: BufferSlice, gammaGradient: BufferSlice,
        betaGradient: BufferSlice?, _ shape: LayerNormShape
    ) throws(DeviceError) {
        guard shape.columns > 0, shape.rows > 0 else { return }
        // First the sums over rows: inputGradient may be the memory of outputGradient.
        let span = rowsPerBlock(shape.rows)
        let blocks = shape.rows.parts(of: span)
        let gammaPartials = try allocate(blocks * shape.columns).slice
        let betaPartials =
            betaGradient == nil ? gammaPartials : try allocate(blocks * shape.columns).slice
        try launch(
            .init(
                "normalization/layer_norm_parameters", "layerNormParameters",
                definitions: mean == nil ? Self.uncentered : Self.centered),
            over: columnBlocks(shape.columns, blocks: blocks), gammaPartials, betaPartials, input,
            mean, reciprocal, outputGradient, shape.rows, shape.columns, span)
        for (sums, gradient) in [(gammaPartials, gammaGradient), (betaPartials, betaGradient)] {
            guard let gradient else { continue }
            try reduce(
                .sum, input: sums, output: gradient, outer: 1, count: blocks,
                inner: shape.columns, scale: 1, accumulate: true)
        }
        try launch(
            normKernel("layerNormBackward", isCentered: mean != nil), over: rows(shape),
            inputGradient, input, gamma, mean, reciprocal, outputGradient, shape.columns)
    }

    private func rows(_ shape: LayerNormShape) -> LaunchRange {
        rows(shape.rows, columns: shape.columns)
    }

    /// A kernel of layer norm, which without centring is that of RMS norm.
    private func normKernel(_ name: String, isCentered: Bool) -> KernelReference {
        .init(
            profiled: "normalization/layer_norm", name,
            definitions: isCentered ? Self.centered : Self.uncentered)
    }

    private static let centered = "-D CENTERED=1"
    private static let uncentered = "-D CENTERED=0"
}
