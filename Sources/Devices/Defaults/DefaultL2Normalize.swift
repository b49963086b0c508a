extension Device {
    /// Default L2 normalisation made of primitives.
    public func run(_ o: DeviceOperation.L2Normalize) throws(DeviceError) {
        guard o.rows > 0 else { return }
        try rowDots(o.input, o.input, dots: o.norms, rows: o.rows, columns: o.columns)
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
        let dots = try allocate(o.rows).slice
        try rowDots(o.output, o.outputGradient, dots: dots, rows: o.rows, columns: o.columns)
        let excess = try allocate(o.rows).slice
        try affine(input: o.norms, output: excess, scale: 1, offset: -o.epsilon)
        try unaryBackward(
            .relu, input: excess, output: excess, outputGradient: dots, inputGradient: dots)
        let projection = try allocate(o.rows * o.columns).slice
        try binaryBroadcast(
            .multiply, left: o.output, right: dots, output: projection,
            .matrix(rows: o.rows, columns: o.columns, vector: .perRow))
        try binary(
            .subtract, left: o.outputGradient, right: projection, output: o.inputGradient)
        try binaryBroadcast(
            .divide, left: o.inputGradient, right: o.norms, output: o.inputGradient,
            .matrix(rows: o.rows, columns: o.columns, vector: .perRow))
    }
}
