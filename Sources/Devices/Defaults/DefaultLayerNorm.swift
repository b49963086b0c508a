extension NormalizationOperations where Self: Device {
    /// Default layer norm made of primitives; the variance is taken in a second pass over the centred values.
    public func layerNorm(
        input: BufferSlice, gamma: BufferSlice, beta: BufferSlice, output: BufferSlice,
        mean: BufferSlice, reciprocalDeviation: BufferSlice, _ shape: LayerNormShape
    ) throws(DeviceError) {
        let (rows, columns) = (shape.rows, shape.columns)
        guard rows > 0, columns > 0 else { return }
        let perElement = 1 / Float(columns)
        try reduce(
            .sum, input: input, output: mean, outer: rows, count: columns, inner: 1,
            scale: perElement, accumulate: false)
        try binaryBroadcast(
            .subtract, left: input, right: mean, output: output,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try rowDots(
            output, output, dots: reciprocalDeviation, rows: rows, columns: columns,
            scale: perElement)
        try affine(
            input: reciprocalDeviation, output: reciprocalDeviation, scale: 1,
            offset: shape.epsilon)
        try unary(.squareRoot, input: reciprocalDeviation, output: reciprocalDeviation)
        try unary(.reciprocal, input: reciprocalDeviation, output: reciprocalDeviation)
        try binaryBroadcast(
            .multiply, left: output, right: reciprocalDeviation, output: output,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try binaryBroadcast(
            .multiply, left: output, right: gamma, output: output,
            .matrix(rows: rows, columns: columns, vector: .perColumn))
        try binaryBroadcast(
            .add, left: output, right: beta, output: output,
            .matrix(rows: rows, columns: columns, vector: .perColumn))
    }

    /// Default gradients of layer norm made of primitives.
    ///
    /// With `x'` the normalised input and `d = gamma * outputGradient`:
    /// `inputGradient = rstd * (d - mean(d) - x' * mean(d * x'))`, means over each row.
    public func layerNormBackward(
        input: BufferSlice, gamma: BufferSlice, mean: BufferSlice,
        reciprocalDeviation: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, gammaGradient: BufferSlice, betaGradient: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        let (rows, columns) = (shape.rows, shape.columns)
        guard rows > 0, columns > 0 else { return }
        let normalized = try allocate(rows * columns).slice
        try binaryBroadcast(
            .subtract, left: input, right: mean, output: normalized,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try binaryBroadcast(
            .multiply, left: normalized, right: reciprocalDeviation, output: normalized,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try addParameterGradients(
            normalized: normalized, outputGradient: outputGradient, gammaGradient: gammaGradient,
            betaGradient: betaGradient, rows: rows, columns: columns)

        let perElement = 1 / Float(columns)
        let scaled = try allocate(rows * columns).slice
        try binaryBroadcast(
            .multiply, left: outputGradient, right: gamma, output: scaled,
            .matrix(rows: rows, columns: columns, vector: .perColumn))
        let means = try allocate(rows).slice
        try reduce(
            .sum, input: scaled, output: means, outer: rows, count: columns, inner: 1,
            scale: perElement, accumulate: false)
        try binaryBroadcast(
            .subtract, left: scaled, right: means, output: inputGradient,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try rowDots(
            scaled, normalized, dots: means, rows: rows, columns: columns, scale: perElement)
        try binaryBroadcast(
            .multiply, left: normalized, right: means, output: normalized,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try axpy(alpha: -1, x: normalized, y: inputGradient)
        try binaryBroadcast(
            .multiply, left: inputGradient, right: reciprocalDeviation, output: inputGradient,
            .matrix(rows: rows, columns: columns, vector: .perRow))
    }

    /// `gammaGradient += sum_r outputGradient * normalized`, `betaGradient += sum_r outputGradient`.
    private func addParameterGradients(
        normalized: BufferSlice, outputGradient: BufferSlice, gammaGradient: BufferSlice,
        betaGradient: BufferSlice, rows: Int, columns: Int
    ) throws(DeviceError) {
        let products = try allocate(rows * columns).slice
        try binary(.multiply, left: outputGradient, right: normalized, output: products)
        try reduce(
            .sum, input: products, output: gammaGradient, outer: 1, count: rows, inner: columns,
            scale: 1, accumulate: true)
        try reduce(
            .sum, input: outputGradient, output: betaGradient, outer: 1, count: rows,
            inner: columns, scale: 1, accumulate: true)
    }
}
