extension NormalizationOperations where Self: Device {
    /// Default RMS norm made of primitives.
    public func rmsNorm(
        input: BufferSlice, gamma: BufferSlice, output: BufferSlice, reciprocalRoot: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        let (rows, columns) = (shape.rows, shape.columns)
        guard rows > 0, columns > 0 else { return }
        try rowDots(
            input, input, dots: reciprocalRoot, rows: rows, columns: columns,
            scale: 1 / Float(columns))
        try affine(input: reciprocalRoot, output: reciprocalRoot, scale: 1, offset: shape.epsilon)
        try unary(.squareRoot, input: reciprocalRoot, output: reciprocalRoot)
        try unary(.reciprocal, input: reciprocalRoot, output: reciprocalRoot)
        try binaryBroadcast(
            .multiply, left: input, right: reciprocalRoot, output: output,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try binaryBroadcast(
            .multiply, left: output, right: gamma, output: output,
            .matrix(rows: rows, columns: columns, vector: .perColumn))
    }

    /// Default gradients of RMS norm made of primitives.
    ///
    /// With `n` the normalised input and `d = gamma * outputGradient`: `inputGradient = rrms * (d - n * mean(d * n))`.
    public func rmsNormBackward(
        input: BufferSlice, gamma: BufferSlice, reciprocalRoot: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice, gammaGradient: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        let (rows, columns) = (shape.rows, shape.columns)
        guard rows > 0, columns > 0 else { return }
        let perRow = StridedShape.matrix(rows: rows, columns: columns, vector: .perRow)
        let normalized = try allocate(rows * columns).slice
        try binaryBroadcast(
            .multiply, left: input, right: reciprocalRoot, output: normalized, perRow)
        let products = try allocate(rows * columns).slice
        try binary(.multiply, left: outputGradient, right: normalized, output: products)
        try reduce(
            .sum, input: products, output: gammaGradient, outer: 1, count: rows, inner: columns,
            scale: 1, accumulate: true)
        try binaryBroadcast(
            .multiply, left: outputGradient, right: gamma, output: inputGradient,
            .matrix(rows: rows, columns: columns, vector: .perColumn))
        let means = try allocate(rows).slice
        try rowDots(
            inputGradient, normalized, dots: means, rows: rows, columns: columns,
            scale: 1 / Float(columns))
        try binaryBroadcast(.multiply, left: normalized, right: means, output: normalized, perRow)
        try axpy(alpha: -1, x: normalized, y: inputGradient)
        try binaryBroadcast(
            .multiply, left: inputGradient, right: reciprocalRoot, output: inputGradient, perRow)
    }
}
