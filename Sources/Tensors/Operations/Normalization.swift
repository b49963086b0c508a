import TandemDevices

extension Tensor {
    /// Cross-entropy of softmax over logits `[R, C]` against class numbers `[R]`: one loss per row, `[R]`.
    ///
    /// Rows whose target is `ignoreIndex` have loss 0 and no gradient. Throws on targets outside `0 ..< C`.
    public func softmaxCrossEntropy(targets: IndexTensor, ignoreIndex: Int32 = -100) throws
        -> Tensor
    {
        guard shape.rank == 2, targets.shape == [shape[at: 0]] else {
            throw TensorError.shapeMismatch(
                operation: "softmaxCrossEntropy", shapes: [shape, targets.shape],
                advice: "logits [R, C] need targets [R]")
        }
        let (rows, columns) = (shape[at: 0], shape[at: 1])
        try Self.requireDevice("softmaxCrossEntropy", device, of: targets.slice)
        if let wrong = targets.firstValue(
            notBelow: columns, ignoring: ignoreIndex, "of row")
        {
            throw TensorError.invalidArgument(
                operation: "softmaxCrossEntropy",
                detail: "target \(wrong) is none of \(columns) classes "
                    + "(0 ..< \(columns); \(ignoreIndex) is ignored)")
        }
        let losses = try Tensor(uninitialized: [rows], on: device)
        let rowGradient = node == nil ? nil : try Tensor(uninitialized: shape, on: device)
        try device.softmaxCrossEntropy(
            logits: slice, targets: targets.slice, losses: losses.slice,
            gradient: rowGradient?.slice, rows: rows, columns: columns, ignoreIndex: ignoreIndex)
        guard let rowGradient else { return losses }
        return losses.recorded(from: self) { gradient in
            try gradient.device.binaryBroadcast(
                .multiply, left: rowGradient.slice, right: gradient.slice,
                output: rowGradient.slice, .matrix(rows: rows, columns: columns, vector: .perRow))
            return rowGradient
        }
    }

    /// Layer norm over the last axis: `gamma * (x - mean) / sqrt(var + epsilon) + beta`, biased variance.
    public func layerNorm(gamma: Tensor, beta: Tensor, epsilon: Float = 1e-5) throws -> Tensor {
        let (device, shape, tape) = try normOperands("layerNorm", [gamma, beta], epsilon)
        let output = try Tensor(uninitialized: self.shape, on: device)
        let mean = try device.allocate(shape.rows).slice
        let deviation = try device.allocate(shape.rows).slice
        let (input, gammaSlice) = (slice, gamma.slice)
        try device.layerNorm(
            input: input, gamma: gammaSlice, beta: beta.slice, output: output.slice, mean: mean,
            reciprocalDeviation: deviation, shape)
        guard let tape else { return output }
        return tape.record(output, Tape.Operands([self], weights: [gamma, beta])) {
            try device.layerNormBackward(
                input: input, gamma: gammaSlice, mean: mean, reciprocalDeviation: deviation,
                outputGradient: $0.slice,
                inputGradient: $1.inputs[0] ?? device.allocate(input.count).slice,
                gammaGradient: $1.weights[0], betaGradient: $1.weights[1], shape)
        }
    }

    /// RMS norm over the last axis: `gamma * x / sqrt(mean(x^2) + epsilon)`; gamma has one element per column.
    public func rmsNorm(gamma: Tensor, epsilon: Float = 1e-5) throws -> Tensor {
        let (device, shape, tape) = try normOperands("rmsNorm", [gamma], epsilon)
        let output = try Tensor(uninitialized: self.shape, on: device)
        let reciprocalRoot = try device.allocate(shape.rows).slice
        let (input, gammaSlice) = (slice, gamma.slice)
        try device.rmsNorm(
            input: input, gamma: gammaSlice, output: output.slice, reciprocalRoot: reciprocalRoot,
            shape)
        guard let tape else { return output }
        return tape.record(output, Tape.Operands([self], weights: [gamma])) {
            try device.rmsNormBackward(
                input: input, gamma: gammaSlice, reciprocalRoot: reciprocalRoot,
                outputGradient: $0.slice,
                inputGradient: $1.inputs[0] ?? device.allocate(input.count).slice,
                gammaGradient: $1.weights[0], shape)
        }
    }

    /// The rows to normalise; throws unless every weight has one element per column.
    private func normOperands(_ operation: String, _ weights: [Tensor], _ epsilon: Float) throws
        -> (device: any Device, shape: LayerNormShape, tape: Tape?)
    {
        for weight in weights { try Self.requireDevice(operation, device, of: weight.slice) }
        let tape = try Self.commonTape(operation, [self] + weights)
        let (rows, columns) = shape.asMatrix
        guard weights.allSatisfy({ $0.shape == [columns] }) else {
            throw TensorError.shapeMismatch(
                operation: operation, shapes: [shape] + weights.map(\.shape),
                advice: "gamma and beta need one element per column")
        }
        return (device, LayerNormShape(rows: rows, columns: columns, epsilon: epsilon), tape)
    }

    /// Rows of the last axis divided by their length: `x / max(||x||, epsilon)`.
    public func l2Normalized(epsilon: Float = 1e-12) throws -> Tensor {
        let (rows, columns) = shape.asMatrix
        let output = try Tensor(uninitialized: shape, on: device)
        let norms = try device.allocate(rows).slice
        try device.l2Normalize(
            input: slice, output: output.slice, norms: norms, rows: rows, columns: columns,
            epsilon: epsilon)
        let outputSlice = output.slice
        return output.recorded(from: self) { gradient in
            let result = try Tensor(uninitialized: gradient.shape, on: gradient.device)
            try gradient.device.l2NormalizeBackward(
                output: outputSlice, norms: norms, outputGradient: gradient.slice,
                inputGradient: result.slice, rows: rows, columns: columns, epsilon: epsilon)
            return result
        }
    }
}
