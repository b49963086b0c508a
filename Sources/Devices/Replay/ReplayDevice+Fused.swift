extension ReplayDevice {
    /// Forwarded to the base device.
    public func softmax(
        _ result: SoftmaxResult, input: BufferSlice, output: BufferSlice, outer: Int, count: Int,
        inner: Int
    ) throws(DeviceError) {
        let (base, x, y) = (base, try mapped(input, "softmax"), try mapped(output, "softmax"))
        try issue { (_) throws(DeviceError) in
            try base.softmax(
                result, input: x, output: y, outer: outer, count: count, inner: inner)
        }
    }

    /// Forwarded to the base device.
    public func softmaxBackward(
        _ result: SoftmaxResult, output: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, outer: Int, count: Int, inner: Int
    ) throws(DeviceError) {
        let (base, y) = (base, try mapped(output, "softmaxBackward"))
        let dy = try mapped(outputGradient, "softmaxBackward")
        let dx = try mapped(inputGradient, "softmaxBackward")
        try issue { (_) throws(DeviceError) in
            try base.softmaxBackward(
                result, output: y, outputGradient: dy, inputGradient: dx, outer: outer,
                count: count, inner: inner)
        }
    }

    /// Forwarded to the base device.
    public func rmsNorm(
        input: BufferSlice, gamma: BufferSlice, output: BufferSlice, reciprocalRoot: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        let (base, name) = (base, "rmsNorm" as StaticString)
        let (x, y) = (try mapped(input, name), try mapped(output, name))
        let (scale, root) = (try mapped(gamma, name), try mapped(reciprocalRoot, name))
        try issue { (_) throws(DeviceError) in
            try base.rmsNorm(input: x, gamma: scale, output: y, reciprocalRoot: root, shape)
        }
    }

    /// Forwarded to the base device.
    public func rmsNormBackward(
        input: BufferSlice, gamma: BufferSlice, reciprocalRoot: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice, gammaGradient: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        let (base, name) = (base, "rmsNormBackward" as StaticString)
        let (x, scale) = (try mapped(input, name), try mapped(gamma, name))
        let (root, dy) = (try mapped(reciprocalRoot, name), try mapped(outputGradient, name))
        let (dx, dGamma) = (try mapped(inputGradient, name), try mapped(gammaGradient, name))
        try issue { (_) throws(DeviceError) in
            try base.rmsNormBackward(
                input: x, gamma: scale, reciprocalRoot: root, outputGradient: dy,
                inputGradient: dx, gammaGradient: dGamma, shape)
        }
    }

    /// Forwarded to the base device.
    public func softmaxCrossEntropy(
        logits: BufferSlice, targets: BufferSlice, losses: BufferSlice, gradient: BufferSlice?,
        rows: Int, columns: Int, ignoreIndex: Int32
    ) throws(DeviceError) {
        let (base, name) = (base, "softmaxCrossEntropy" as StaticString)
        let (x, classes) = (try mapped(logits, name), try mapped(targets, name))
        let (y, dx) = (try mapped(losses, name), try optionalMapped(gradient, name))
        try issue { (_) throws(DeviceError) in
            try base.softmaxCrossEntropy(
                logits: x, targets: classes, losses: y, gradient: dx, rows: rows,
                columns: columns, ignoreIndex: ignoreIndex)
        }
    }

    /// Forwarded to the base device.
    public func layerNorm(
        input: BufferSlice, gamma: BufferSlice, beta: BufferSlice, output: BufferSlice,
        mean: BufferSlice, reciprocalDeviation: BufferSlice, _ shape: LayerNormShape
    ) throws(DeviceError) {
        let (base, name) = (base, "layerNorm" as StaticString)
        let (x, y) = (try mapped(input, name), try mapped(output, name))
        let (scale, shift) = (try mapped(gamma, name), try mapped(beta, name))
        let (average, deviation) = (try mapped(mean, name), try mapped(reciprocalDeviation, name))
        try issue { (_) throws(DeviceError) in
            try base.layerNorm(
                input: x, gamma: scale, beta: shift, output: y, mean: average,
                reciprocalDeviation: deviation, shape)
        }
    }

    /// Forwarded to the base device.
    public func layerNormBackward(
        input: BufferSlice, gamma: BufferSlice, mean: BufferSlice,
        reciprocalDeviation: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, gammaGradient: BufferSlice, betaGradient: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        let (base, name) = (base, "layerNormBackward" as StaticString)
        let (x, scale) = (try mapped(input, name), try mapped(gamma, name))
        let (average, deviation) = (try mapped(mean, name), try mapped(reciprocalDeviation, name))
        let (dy, dx) = (try mapped(outputGradient, name), try mapped(inputGradient, name))
        let (dScale, dShift) = (try mapped(gammaGradient, name), try mapped(betaGradient, name))
        try issue { (_) throws(DeviceError) in
            try base.layerNormBackward(
                input: x, gamma: scale, mean: average, reciprocalDeviation: deviation,
                outputGradient: dy, inputGradient: dx, gammaGradient: dScale,
                betaGradient: dShift, shape)
        }
    }

    /// Forwarded to the base device.
    public func l2Normalize(
        input: BufferSlice, output: BufferSlice, norms: BufferSlice, rows: Int, columns: Int,
        epsilon: Float
    ) throws(DeviceError) {
        let (base, x, y) = (
            base, try mapped(input, "l2Normalize"), try mapped(output, "l2Normalize")
        )
        let lengths = try mapped(norms, "l2Normalize")
        try issue { (_) throws(DeviceError) in
            try base.l2Normalize(
                input: x, output: y, norms: lengths, rows: rows, columns: columns,
                epsilon: epsilon)
        }
    }

    /// Forwarded to the base device.
    public func l2NormalizeBackward(
        output: BufferSlice, norms: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, rows: Int, columns: Int, epsilon: Float
    ) throws(DeviceError) {
        let (base, name) = (base, "l2NormalizeBackward" as StaticString)
        let (y, lengths) = (try mapped(output, name), try mapped(norms, name))
        let (dy, dx) = (try mapped(outputGradient, name), try mapped(inputGradient, name))
        try issue { (_) throws(DeviceError) in
            try base.l2NormalizeBackward(
                output: y, norms: lengths, outputGradient: dy, inputGradient: dx, rows: rows,
                columns: columns, epsilon: epsilon)
        }
    }

    /// Forwarded to the base device.
    public func gruForward(
        input: BufferSlice, initialState: BufferSlice?, weights: RecurrentWeights,
        output: BufferSlice,
        reserve: BufferSlice?, _ shape: RecurrentShape
    ) throws(DeviceError) {
        let (base, name) = (base, "gruForward" as StaticString)
        let (x, y) = (try mapped(input, name), try mapped(output, name))
        let (state, saved) = (
            try optionalMapped(initialState, name), try optionalMapped(reserve, name)
        )
        let parameters = try mapped(weights, name)
        try issue { (_) throws(DeviceError) in
            try base.gruForward(
                input: x, initialState: state, weights: parameters, output: y, reserve: saved,
                shape)
        }
    }

    /// Forwarded to the base device.
    public func gruBackward(
        input: BufferSlice, initialState: BufferSlice?, weights: RecurrentWeights,
        output: BufferSlice,
        reserve: BufferSlice, outputGradient: BufferSlice, inputGradient: BufferSlice?,
        initialStateGradient: BufferSlice?, weightGradients: RecurrentWeights,
        _ shape: RecurrentShape
    ) throws(DeviceError) {
        let (base, name) = (base, "gruBackward" as StaticString)
        let (x, y) = (try mapped(input, name), try mapped(output, name))
        let (state, saved) = (try optionalMapped(initialState, name), try mapped(reserve, name))
        let (dy, dx) = (try mapped(outputGradient, name), try optionalMapped(inputGradient, name))
        let dState = try optionalMapped(initialStateGradient, name)
        let (parameters, gradients) = (
            try mapped(weights, name), try mapped(weightGradients, name)
        )
        try issue { (_) throws(DeviceError) in
            try base.gruBackward(
                input: x, initialState: state, weights: parameters, output: y, reserve: saved,
                outputGradient: dy, inputGradient: dx, initialStateGradient: dState,
                weightGradients: gradients, shape)
        }
    }

    private func mapped(_ weights: RecurrentWeights, _ operation: StaticString) throws(DeviceError)
        -> RecurrentWeights
    {
        RecurrentWeights(
            inputWeight: try mapped(weights.inputWeight, operation),
            hiddenWeight: try mapped(weights.hiddenWeight, operation),
            inputBias: try mapped(weights.inputBias, operation),
            hiddenBias: try mapped(weights.hiddenBias, operation))
    }
}

/// The optimiser's operations take what changes with every step (its number, the learning rate) from the host, so they are
/// issued between recordings; they make no closure and thus allocate nothing.
extension ReplayDevice {
    /// Forwarded to the base device; throws `notRecordable` in a recording.
    public func adam(
        values: BufferSlice, gradients: BufferSlice, firstMoments: BufferSlice,
        secondMoments: BufferSlice, gradientScale: BufferSlice?, segments: [ParameterSegment],
        _ parameters: AdamParameters
    ) throws(DeviceError) {
        try refuseOptimizer("adam")
        try base.adam(
            values: mapped(values, "adam"), gradients: mapped(gradients, "adam"),
            firstMoments: mapped(firstMoments, "adam"),
            secondMoments: mapped(secondMoments, "adam"),
            gradientScale: optionalMapped(gradientScale, "adam"), segments: segments, parameters)
    }

    /// Forwarded to the base device; throws `notRecordable` in a recording.
    public func sgd(
        values: BufferSlice, gradients: BufferSlice, momenta: BufferSlice?,
        gradientScale: BufferSlice?, segments: [ParameterSegment], _ parameters: SGDParameters
    ) throws(DeviceError) {
        try refuseOptimizer("sgd")
        try base.sgd(
            values: mapped(values, "sgd"), gradients: mapped(gradients, "sgd"),
            momenta: optionalMapped(momenta, "sgd"),
            gradientScale: optionalMapped(gradientScale, "sgd"), segments: segments, parameters)
    }

    /// Forwarded to the base device; throws `notRecordable` in a recording.
    public func clipScale(_ input: BufferSlice, maximumNorm: Float, output: BufferSlice)
        throws(DeviceError)
    {
        try refuseOptimizer("clipScale")
        try base.clipScale(
            mapped(input, "clipScale"), maximumNorm: maximumNorm,
            output: mapped(output, "clipScale"))
    }

    private func refuseOptimizer(_ operation: StaticString) throws(DeviceError) {
        try refuseWhileRecording(
            operation,
            "its constants change with the number of the step; take the optimiser's step after "
                + "the recording")
    }
}
