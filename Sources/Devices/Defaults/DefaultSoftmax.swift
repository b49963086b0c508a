extension NormalizationOperations where Self: Device {
    /// Default softmax made of primitives: maximum, subtract, exponential, sum, divide.
    public func softmax(input: BufferSlice, output: BufferSlice, rows: Int, columns: Int)
        throws(DeviceError)
    {
        guard rows > 0, columns > 0 else { return }
        let perRow = try allocate(rows).slice
        try subtractRowMaximum(
            input: input, output: output, maximum: perRow, rows: rows, columns: columns)
        try unary(.exponential, input: output, output: output)
        try reduce(
            .sum, input: output, output: perRow, outer: rows, count: columns, inner: 1,
            scale: 1, accumulate: false)
        try binaryBroadcast(
            .divide, left: output, right: perRow, output: output,
            .matrix(rows: rows, columns: columns, vector: .perRow))
    }

    /// Default gradient of softmax made of primitives.
    public func softmaxBackward(
        output: BufferSlice, outputGradient: BufferSlice, inputGradient: BufferSlice, rows: Int,
        columns: Int
    ) throws(DeviceError) {
        guard rows > 0, columns > 0 else { return }
        let dots = try allocate(rows).slice
        try rowDots(output, outputGradient, dots: dots, rows: rows, columns: columns)
        try binaryBroadcast(
            .subtract, left: outputGradient, right: dots, output: inputGradient,
            .matrix(rows: rows, columns: columns, vector: .perRow))
        try binary(.multiply, left: inputGradient, right: output, output: inputGradient)
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
