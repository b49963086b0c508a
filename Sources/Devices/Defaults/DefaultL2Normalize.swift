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
            .divide, matrix: input, vector: norms, axis: .perRow, output: output, rows: rows,
            columns: columns)
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
            .multiply, matrix: output, vector: dots, axis: .perRow, output: projection, rows: rows,
            columns: columns)
        try binary(
            .subtract, left: outputGradient, right: projection, output: inputGradient)
        try binaryBroadcast(
            .divide, matrix: inputGradient, vector: norms, axis: .perRow, output: inputGradient,
            rows: rows, columns: columns)
    }
}
