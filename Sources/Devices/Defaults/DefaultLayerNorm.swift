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
            .sum, input: input, output: mean, rows: rows, columns: columns, axis: .alongRows,
            scale: perElement, accumulate: false)
        try binaryBroadcast(
            .subtract, matrix: input, vector: mean, axis: .perRow, output: output, rows: rows,
            columns: columns)
        try rowDots(
            output, output, dots: reciprocalDeviation, rows: rows, columns: columns,
            scale: perElement)
        try affine(
            input: reciprocalDeviation, output: reciprocalDeviation, scale: 1,
            offset: shape.epsilon)
        try unary(.squareRoot, input: reciprocalDeviation, output: reciprocalDeviation)
        try unary(.reciprocal, input: reciprocalDeviation, output: reciprocalDeviation)
        try binaryBroadcast(
            .multiply, matrix: output, vector: reciprocalDeviation, axis: .perRow, output: output,
            rows: rows, columns: columns)
        try binaryBroadcast(
            .multiply, matrix: output, vector: gamma, axis: .perColumn, output: output, rows: rows,
            columns: columns)
        try binaryBroadcast(
            .add, matrix: output, vector: beta, axis: .perColumn, output: output, rows: rows,
            columns: columns)
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
            .subtract, matrix: input, vector: mean, axis: .perRow, output: normalized, rows: rows,
            columns: columns)
        try binaryBroadcast(
            .multiply, matrix: normalized, vector: reciprocalDeviation, axis: .perRow,
            output: normalized, rows: rows, columns: columns)
        try addParameterGradients(
            normalized: normalized, outputGradient: outputGradient, gammaGradient: gammaGradient,
            betaGradient: betaGradient, rows: rows, columns: columns)

        let perElement = 1 / Float(columns)
        let scaled = try allocate(rows * columns).slice
        try binaryBroadcast(
            .multiply, matrix: outputGradient, vector: gamma, axis: .perColumn, output: scaled,
            rows: rows, columns: columns)
        let means = try allocate(rows).slice
        try reduce(
            .sum, input: scaled, output: means, rows: rows, columns: columns, axis: .alongRows,
            scale: perElement, accumulate: false)
        try binaryBroadcast(
            .subtract, matrix: scaled, vector: means, axis: .perRow, output: inputGradient,
            rows: rows, columns: columns)
        try rowDots(
            scaled, normalized, dots: means, rows: rows, columns: columns, scale: perElement)
        try binaryBroadcast(
            .multiply, matrix: normalized, vector: means, axis: .perRow, output: normalized,
            rows: rows, columns: columns)
        try axpy(alpha: -1, x: normalized, y: inputGradient)
        try binaryBroadcast(
            .multiply, matrix: inputGradient, vector: reciprocalDeviation, axis: .perRow,
            output: inputGradient, rows: rows, columns: columns)
    }

    /// `gammaGradient += sum_r outputGradient * normalized`, `betaGradient += sum_r outputGradient`.
    private func addParameterGradients(
        normalized: BufferSlice, outputGradient: BufferSlice, gammaGradient: BufferSlice,
        betaGradient: BufferSlice, rows: Int, columns: Int
    ) throws(DeviceError) {
        let products = try allocate(rows * columns).slice
        try binary(.multiply, left: outputGradient, right: normalized, output: products)
        try reduce(
            .sum, input: products, output: gammaGradient, rows: rows, columns: columns,
            axis: .alongColumns, scale: 1, accumulate: true)
        try reduce(
            .sum, input: outputGradient, output: betaGradient, rows: rows, columns: columns,
            axis: .alongColumns, scale: 1, accumulate: true)
    }
}
