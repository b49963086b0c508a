extension NormalizationOperations where Self: Device {
    /// Default L2 normalisation made of primitives.
    public func l2Normalize(
        input: BufferSlice, output: BufferSlice, norms: BufferSlice, rows: Int, columns: Int,
        epsilon: Float
    ) throws(DeviceError) {
        guard rows > 0 else { return }
        try rowDots(input, input, dots: norms, rows: rows, columns: columns)
        try unary(.squareRoot, input: norms, output: norms)
        let floor = try allocate(rows).slice
        try fill(floor, value: epsilon)
        try binary(.maximum, left: norms, right: floor, output: norms)
        try binaryBroadcast(
            .divide, left: input, right: norms, output: output,
            .matrix(rows: rows, columns: columns, vector: .perRow))
    }

    /// Default gradient of L2 normalisation made of primitives.
    ///
    /// The projection `g . y` is passed through the derivative of `relu(norm - epsilon)`, which is 0 exactly where the
    /// norm was clamped.
    public func l2NormalizeBackward(
        output: BufferSlice, norms: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, rows: Int, columns: Int, epsilon: Float
    ) throws(DeviceError) {
        guard rows > 0, columns > 0 else { return }
        let dots = try allocate(rows).slice
        try rowDots(output, outputGradient, dots: dots, rows: rows, columns: columns)
        let excess = try allocate(rows).slice
        try affine(input: norms, output: excess, scale: 1, offset: -epsilon)
        try unaryBackward(
            .relu, input: excess, output: excess, outputGradient: dots, inputGradient: dots)
        let projection = try allocate(rows * columns).slice
        try binaryBroadcast(
            .multiply, left: output, right: dots, output: projection,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try binary(
            .subtract, left: outputGradient, right: projection, output: inputGradient)
        try binaryBroadcast(
            .divide, left: inputGradient, right: norms, output: inputGradient,
            .matrix(rows: rows, columns: columns, vector: .perRow))
    }
}
