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
        let device = try Self.commonDevice("layerNorm", self, gamma, beta)
        let tape = try Self.commonTape("layerNorm", [self, gamma, beta])
        let (rows, columns) = self.shape.asMatrix
        guard gamma.shape == [columns], beta.shape == [columns] else {
            throw TensorError.shapeMismatch(
                operation: "layerNorm", shapes: [self.shape, gamma.shape, beta.shape],
                advice: "gamma and beta need one element per column")
        }
        let shape = LayerNormShape(rows: rows, columns: columns, epsilon: epsilon)
        let output = try Tensor(uninitialized: self.shape, on: device)
        let mean = try device.allocate(rows).slice
        let deviation = try device.allocate(rows).slice
        try device.layerNorm(
            input: slice, gamma: gamma.slice, beta: beta.slice, output: output.slice, mean: mean,
            reciprocalDeviation: deviation, shape)
        guard let tape else { return output }
        let inputIndex = node?.index
        let weights = [(gamma.node?.index, gamma.shape), (beta.node?.index, beta.shape)]
        let (input, gammaSlice) = (slice, gamma.slice)
        return tape.record(output) { gradient, tape in
            let inputGradient = try Tensor(uninitialized: gradient.shape, on: device)
            try tape.accumulate(into: weights, on: device) { destinations in
                try device.layerNormBackward(
                    input: input, gamma: gammaSlice, mean: mean, reciprocalDeviation: deviation,
                    outputGradient: gradient.slice, inputGradient: inputGradient.slice,
                    gammaGradient: destinations[0], betaGradient: destinations[1], shape)
            }
            if let inputIndex { try tape.add(inputGradient, to: inputIndex, owned: true) }
        }
    }

    /// RMS norm over the last axis: `gamma * x / sqrt(mean(x^2) + epsilon)`; gamma has one element per column.
    public func rmsNorm(gamma: Tensor, epsilon: Float = 1e-5) throws -> Tensor {
        let device = try Self.commonDevice("rmsNorm", self, gamma)
        let tape = try Self.commonTape("rmsNorm", [self, gamma])
        let (rows, columns) = self.shape.asMatrix
        guard gamma.shape == [columns] else {
            throw TensorError.shapeMismatch(
                operation: "rmsNorm", shapes: [self.shape, gamma.shape],
                advice: "gamma needs one element per column")
        }
        let shape = LayerNormShape(rows: rows, columns: columns, epsilon: epsilon)
        let output = try Tensor(uninitialized: self.shape, on: device)
        let reciprocalRoot = try device.allocate(rows).slice
        try device.rmsNorm(
            input: slice, gamma: gamma.slice, output: output.slice, reciprocalRoot: reciprocalRoot,
            shape)
        guard let tape else { return output }
        let (inputIndex, input, gammaSlice) = (node?.index, slice, gamma.slice)
        let weights = [(gamma.node?.index, gamma.shape)]
        return tape.record(output) { gradient, tape in
            let inputGradient = try Tensor(uninitialized: gradient.shape, on: device)
            try tape.accumulate(into: weights, on: device) { destinations in
                try device.rmsNormBackward(
                    input: input, gamma: gammaSlice, reciprocalRoot: reciprocalRoot,
                    outputGradient: gradient.slice, inputGradient: inputGradient.slice,
                    gammaGradient: destinations[0], shape)
            }
            if let inputIndex { try tape.add(inputGradient, to: inputIndex, owned: true) }
        }
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
