extension Device {
    /// Default softmax made of primitives: maximum, subtract, exponential, sum, divide.
    public func run(_ o: DeviceOperation.Softmax) throws(DeviceError) {
        guard o.rows > 0, o.columns > 0 else { return }
        let perRow = try allocate(o.rows).slice
        try subtractRowMaximum(
            input: o.input, output: o.output, maximum: perRow, rows: o.rows, columns: o.columns)
        try unary(.exponential, input: o.output, output: o.output)
        try reduce(
            .sum, input: o.output, output: perRow, outer: o.rows, count: o.columns, inner: 1,
            scale: 1, accumulate: false)
        try binaryBroadcast(
            .divide, left: o.output, right: perRow, output: o.output,
            .matrix(rows: o.rows, columns: o.columns, vector: .perRow))
    }

    /// Default gradient of softmax made of primitives.
    public func run(_ o: DeviceOperation.SoftmaxBackward) throws(DeviceError) {
        guard o.rows > 0, o.columns > 0 else { return }
        let dots = try allocate(o.rows).slice
        try rowDots(o.output, o.outputGradient, dots: dots, rows: o.rows, columns: o.columns)
        try binaryBroadcast(
            .subtract, left: o.outputGradient, right: dots, output: o.inputGradient,
            .matrix(rows: o.rows, columns: o.columns, vector: .perRow))
        try binary(.multiply, left: o.inputGradient, right: o.output, output: o.inputGradient)
    }

    /// Computes `output[r, c] = input[r, c] - max(input[r, :])`.
    ///
    /// The maxima are left in `maximum [rows]`.
    func subtractRowMaximum(
        input: BufferSlice, output: BufferSlice, maximum: BufferSlice, rows: Int, columns: Int
    ) throws(DeviceError) {
        try reduce(
            .maximum, input: input, output: maximum, outer: rows, count: columns, inner: 1,
            scale: 1, accumulate: false)
        try binaryBroadcast(
            .subtract, left: input, right: maximum, output: output,
            .matrix(rows: rows, columns: columns, vector: .perRow))
    }

    /// Computes `dots[r] = scale * sum_c left[r, c] * right[r, c]`.
    func rowDots(
        _ left: BufferSlice, _ right: BufferSlice, dots: BufferSlice, rows: Int, columns: Int,
        scale: Float = 1
    ) throws(DeviceError) {
        let products = try allocate(rows * columns).slice
        try binary(.multiply, left: left, right: right, output: products)
        try reduce(
            .sum, input: products, output: dots, outer: rows, count: columns, inner: 1,
            scale: scale, accumulate: false)
    }
}
