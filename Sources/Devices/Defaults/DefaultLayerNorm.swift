extension Device {
    /// Default layer norm made of primitives; the variance is taken in a second pass over the centred values.
    public func run(_ o: DeviceOperation.LayerNorm) throws(DeviceError) {
        let (rows, columns) = (o.shape.rows, o.shape.columns)
        guard rows > 0, columns > 0 else { return }
        let perElement = 1 / Float(columns)
        try reduce(
            .sum, input: o.input, output: o.mean, outer: rows, count: columns, inner: 1,
            scale: perElement, accumulate: false)
        try binaryBroadcast(
            .subtract, left: o.input, right: o.mean, output: o.output,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try rowDots(
            o.output, o.output, dots: o.reciprocalDeviation, rows: rows, columns: columns,
            scale: perElement)
        try affine(
            input: o.reciprocalDeviation, output: o.reciprocalDeviation, scale: 1,
            offset: o.shape.epsilon)
        try unary(.squareRoot, input: o.reciprocalDeviation, output: o.reciprocalDeviation)
        try unary(.reciprocal, input: o.reciprocalDeviation, output: o.reciprocalDeviation)
        try binaryBroadcast(
            .multiply, left: o.output, right: o.reciprocalDeviation, output: o.output,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try binaryBroadcast(
            .multiply, left: o.output, right: o.gamma, output: o.output,
            .matrix(rows: rows, columns: columns, vector: .perColumn))
        try binaryBroadcast(
            .add, left: o.output, right: o.beta, output: o.output,
            .matrix(rows: rows, columns: columns, vector: .perColumn))
    }

    /// Default gradients of layer norm made of primitives.
    ///
    /// With `x'` the normalised input and `d = gamma * outputGradient`:
    /// `inputGradient = rstd * (d - mean(d) - x' * mean(d * x'))`, means over each row.
    public func run(_ o: DeviceOperation.LayerNormBackward) throws(DeviceError) {
        let (rows, columns) = (o.shape.rows, o.shape.columns)
        guard rows > 0, columns > 0 else { return }
        let normalized = try allocate(rows * columns).slice
        try binaryBroadcast(
            .subtract, left: o.input, right: o.mean, output: normalized,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try binaryBroadcast(
            .multiply, left: normalized, right: o.reciprocalDeviation, output: normalized,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try addParameterGradients(
            normalized: normalized, outputGradient: o.outputGradient,
            gammaGradient: o.gammaGradient,
            betaGradient: o.betaGradient, rows: rows, columns: columns)

        let perElement = 1 / Float(columns)
        let scaled = try allocate(rows * columns).slice
        try binaryBroadcast(
            .multiply, left: o.outputGradient, right: o.gamma, output: scaled,
            .matrix(rows: rows, columns: columns, vector: .perColumn))
        let means = try allocate(rows).slice
        try reduce(
            .sum, input: scaled, output: means, outer: rows, count: columns, inner: 1,
            scale: perElement, accumulate: false)
        try binaryBroadcast(
            .subtract, left: scaled, right: means, output: o.inputGradient,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try rowDots(
            scaled, normalized, dots: means, rows: rows, columns: columns, scale: perElement)
        try binaryBroadcast(
            .multiply, left: normalized, right: means, output: normalized,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try axpy(alpha: -1, x: normalized, y: o.inputGradient)
        try binaryBroadcast(
            .multiply, left: o.inputGradient, right: o.reciprocalDeviation, output: o.inputGradient,
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
