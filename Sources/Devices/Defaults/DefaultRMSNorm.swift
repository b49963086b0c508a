extension Device {
    /// Default RMS norm made of primitives.
    public func run(_ o: DeviceOperation.RMSNorm) throws(DeviceError) {
        let (rows, columns) = (o.shape.rows, o.shape.columns)
        guard rows > 0, columns > 0 else { return }
        try rowDots(
            o.input, o.input, dots: o.reciprocalRoot, rows: rows, columns: columns,
            scale: 1 / Float(columns))
        try affine(
            input: o.reciprocalRoot, output: o.reciprocalRoot, scale: 1, offset: o.shape.epsilon)
        try unary(.squareRoot, input: o.reciprocalRoot, output: o.reciprocalRoot)
        try unary(.reciprocal, input: o.reciprocalRoot, output: o.reciprocalRoot)
        try binaryBroadcast(
            .multiply, left: o.input, right: o.reciprocalRoot, output: o.output,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try binaryBroadcast(
            .multiply, left: o.output, right: o.gamma, output: o.output,
            .matrix(rows: rows, columns: columns, vector: .perColumn))
    }

    /// Default gradients of RMS norm made of primitives.
    ///
    /// With `n` the normalised input and `d = gamma * outputGradient`: `inputGradient = rrms * (d - n * mean(d * n))`.
    public func run(_ o: DeviceOperation.RMSNormBackward) throws(DeviceError) {
        let (rows, columns) = (o.shape.rows, o.shape.columns)
        guard rows > 0, columns > 0 else { return }
        let perRow = StridedShape.matrix(rows: rows, columns: columns, vector: .perRow)
        let normalized = try allocate(rows * columns).slice
        try binaryBroadcast(
            .multiply, left: o.input, right: o.reciprocalRoot, output: normalized, perRow)
        let products = try allocate(rows * columns).slice
        try binary(.multiply, left: o.outputGradient, right: normalized, output: products)
        try reduce(
            .sum, input: products, output: o.gammaGradient, outer: 1, count: rows, inner: columns,
            scale: 1, accumulate: true)
        try binaryBroadcast(
            .multiply, left: o.outputGradient, right: o.gamma, output: o.inputGradient,
            .matrix(rows: rows, columns: columns, vector: .perColumn))
        let means = try allocate(rows).slice
        try rowDots(
            o.inputGradient, normalized, dots: means, rows: rows, columns: columns,
            scale: 1 / Float(columns))
        try binaryBroadcast(.multiply, left: normalized, right: means, output: normalized, perRow)
        try axpy(alpha: -1, x: normalized, y: o.inputGradient)
        try binaryBroadcast(
            .multiply, left: o.inputGradient, right: o.reciprocalRoot, output: o.inputGradient,
            perRow)
    }
}
