/// Layer norm and RMS norm made of primitives.
extension Device {
    /// Default layer norm made of primitives; the variance is taken in a second pass over the centred values.
    public func run(_ o: DeviceOperation.LayerNorm) throws(DeviceError) {
        let (rows, columns) = (o.shape.rows, o.shape.columns)
        guard rows > 0, columns > 0 else { return }
        try sumRows(o.input, to: o.mean, rows: rows, columns: columns, scale: 1 / Float(columns))
        try binaryBroadcast(
            .subtract, left: o.input, right: o.mean, output: o.output, o.shape.perRow)
        try scaleToUnit(
            o.output, gamma: o.gamma, output: o.output, reciprocal: o.reciprocalDeviation, o.shape)
        try binaryBroadcast(
            .add, left: o.output, right: o.beta, output: o.output, o.shape.perColumn)
    }

    /// Default RMS norm made of primitives.
    public func run(_ o: DeviceOperation.RMSNorm) throws(DeviceError) {
        guard o.shape.rows > 0, o.shape.columns > 0 else { return }
        try scaleToUnit(
            o.input, gamma: o.gamma, output: o.output, reciprocal: o.reciprocalRoot, o.shape)
    }

    /// `output = gamma * x * reciprocal` per row, `reciprocal = 1 / sqrt(mean(x^2) + epsilon)`.
    private func scaleToUnit(
        _ input: BufferSlice, gamma: BufferSlice, output: BufferSlice, reciprocal: BufferSlice,
        _ shape: LayerNormShape
    ) throws(DeviceError) {
        try rowDots(
            input, input, to: reciprocal, rows: shape.rows, columns: shape.columns,
            scale: 1 / Float(shape.columns))
        try affine(input: reciprocal, output: reciprocal, scale: 1, offset: shape.epsilon)
        try unary(.squareRoot, input: reciprocal, output: reciprocal)
        try unary(.reciprocal, input: reciprocal, output: reciprocal)
        try binaryBroadcast(.multiply, left: input, right: reciprocal, output: output, shape.perRow)
        try binaryBroadcast(.multiply, left: output, right: gamma, output: output, shape.perColumn)
    }

    /// Default gradients of layer norm made of primitives.
    ///
    /// With `n` the normalised input and `d = gamma * outputGradient`:
    /// `inputGradient = rstd * (d - mean(d) - n * mean(d * n))`, means over each row.
    public func run(_ o: DeviceOperation.LayerNormBackward) throws(DeviceError) {
        guard o.shape.rows > 0, o.shape.columns > 0 else { return }
        let normalized = try allocate(o.shape.rows * o.shape.columns).slice
        try binaryBroadcast(
            .subtract, left: o.input, right: o.mean, output: normalized, o.shape.perRow)
        try addColumnSums(
            o.outputGradient, to: o.betaGradient, rows: o.shape.rows, columns: o.shape.columns)
        try normalizeBackward(
            normalized, normalized, gamma: o.gamma, reciprocal: o.reciprocalDeviation,
            outputGradient: o.outputGradient, inputGradient: o.inputGradient,
            gammaGradient: o.gammaGradient, isCentered: true, o.shape)
    }

    /// Default gradients of RMS norm made of primitives.
    ///
    /// As those of layer norm, without `mean(d)`: `inputGradient = rrms * (d - n * mean(d * n))`.
    public func run(_ o: DeviceOperation.RMSNormBackward) throws(DeviceError) {
        guard o.shape.rows > 0, o.shape.columns > 0 else { return }
        try normalizeBackward(
            o.input, try allocate(o.shape.rows * o.shape.columns).slice, gamma: o.gamma,
            reciprocal: o.reciprocalRoot, outputGradient: o.outputGradient,
            inputGradient: o.inputGradient, gammaGradient: o.gammaGradient, isCentered: false,
            o.shape)
    }

    /// The gradients of both from the input, centred or not; `normalized` may be the same memory.
    private func normalizeBackward(
        _ input: BufferSlice, _ normalized: BufferSlice, gamma: BufferSlice,
        reciprocal: BufferSlice, outputGradient: BufferSlice, inputGradient: BufferSlice,
        gammaGradient: BufferSlice, isCentered: Bool, _ shape: LayerNormShape
    ) throws(DeviceError) {
        let (rows, columns, perElement) = (shape.rows, shape.columns, 1 / Float(shape.columns))
        let (perRow, perColumn) = (shape.perRow, shape.perColumn)
        try binaryBroadcast(.multiply, left: input, right: reciprocal, output: normalized, perRow)
        let products = try allocate(rows * columns).slice
        try binary(.multiply, left: outputGradient, right: normalized, output: products)
        try addColumnSums(products, to: gammaGradient, rows: rows, columns: columns)
        try binaryBroadcast(
            .multiply, left: outputGradient, right: gamma, output: inputGradient, perColumn)
        let means = try allocate(rows).slice
        try rowDots(
            inputGradient, normalized, to: means, rows: rows, columns: columns, scale: perElement)
        try binaryBroadcast(.multiply, left: normalized, right: means, output: normalized, perRow)
        if isCentered {
            try sumRows(inputGradient, to: means, rows: rows, columns: columns, scale: perElement)
            try binaryBroadcast(
                .subtract, left: inputGradient, right: means, output: inputGradient, perRow)
        }
        try axpy(alpha: -1, x: normalized, y: inputGradient)
        try binaryBroadcast(
            .multiply, left: inputGradient, right: reciprocal, output: inputGradient, perRow)
    }
}

extension LayerNormShape {
    fileprivate var perRow: StridedShape { .matrix(rows: rows, columns: columns, vector: .perRow) }
    fileprivate var perColumn: StridedShape {
        .matrix(rows: rows, columns: columns, vector: .perColumn)
    }
}

/// L2 normalisation made of primitives.
extension Device {
    /// Default L2 normalisation made of primitives.
    public func run(_ o: DeviceOperation.L2Normalize) throws(DeviceError) {
        guard o.rows > 0 else { return }
        try rowDots(o.input, o.input, to: o.norms, rows: o.rows, columns: o.columns)
        try unary(.squareRoot, input: o.norms, output: o.norms)
        let floor = try allocate(o.rows).slice
        try fill(floor, value: o.epsilon)
        try binary(.maximum, left: o.norms, right: floor, output: o.norms)
        try binaryBroadcast(
            .divide, left: o.input, right: o.norms, output: o.output,
            .matrix(rows: o.rows, columns: o.columns, vector: .perRow))
    }

    /// Default gradient of L2 normalisation made of primitives.
    ///
    /// The projection `g . y` is passed through the derivative of `relu(norm - epsilon)`, which is 0 exactly where the
    /// norm was clamped.
    public func run(_ o: DeviceOperation.L2NormalizeBackward) throws(DeviceError) {
        guard o.rows > 0, o.columns > 0 else { return }
        let perRow = StridedShape.matrix(rows: o.rows, columns: o.columns, vector: .perRow)
        let dots = try allocate(o.rows).slice
        try rowDots(o.output, o.outputGradient, to: dots, rows: o.rows, columns: o.columns)
        let excess = try allocate(o.rows).slice
        try affine(input: o.norms, output: excess, scale: 1, offset: -o.epsilon)
        try unaryBackward(
            .relu, input: excess, output: excess, outputGradient: dots, inputGradient: dots)
        let projection = try allocate(o.rows * o.columns).slice
        try binaryBroadcast(.multiply, left: o.output, right: dots, output: projection, perRow)
        try binary(.subtract, left: o.outputGradient, right: projection, output: o.inputGradient)
        try binaryBroadcast(
            .divide, left: o.inputGradient, right: o.norms, output: o.inputGradient, perRow)
    }
}
