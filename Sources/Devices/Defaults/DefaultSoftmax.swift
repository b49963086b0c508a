extension NormalizationOperations where Self: Device {
    /// Default softmax made of primitives: maximum, subtract, exponential, sum, divide.
    public func softmax(
        _ result: SoftmaxResult, input: BufferSlice, output: BufferSlice, outer: Int, count: Int,
        inner: Int
    ) throws(DeviceError) {
        let lines = outer * inner
        guard lines > 0, count > 0 else { return }
        let shape = StridedShape.lines(outer: outer, count: count, inner: inner)
        let perLine = try allocate(lines).slice
        try subtractMaximum(
            input: input, output: output, maximum: perLine, outer: outer, count: count,
            inner: inner)
        var exponentials = output
        if result == .logarithms { exponentials = try allocate(lines * count).slice }
        try unary(.exponential, input: output, output: exponentials)
        try reduce(
            .sum, input: exponentials, output: perLine, outer: outer, count: count, inner: inner,
            scale: 1, accumulate: false)
        switch result {
        case .probabilities:
            try binaryBroadcast(.divide, left: output, right: perLine, output: output, shape)
        case .logarithms:
            try unary(.logarithm, input: perLine, output: perLine)
            try binaryBroadcast(.subtract, left: output, right: perLine, output: output, shape)
        }
    }

    /// Default gradient of softmax made of primitives.
    public func softmaxBackward(
        _ result: SoftmaxResult, output: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, outer: Int, count: Int, inner: Int
    ) throws(DeviceError) {
        let lines = outer * inner
        guard lines > 0, count > 0 else { return }
        let shape = StridedShape.lines(outer: outer, count: count, inner: inner)
        let sums = try allocate(lines).slice
        let products = try allocate(lines * count).slice
        switch result {
        case .probabilities:
            try binary(.multiply, left: output, right: outputGradient, output: products)
            try reduce(
                .sum, input: products, output: sums, outer: outer, count: count, inner: inner,
                scale: 1, accumulate: false)
            try binaryBroadcast(
                .subtract, left: outputGradient, right: sums, output: inputGradient, shape)
            try binary(.multiply, left: inputGradient, right: output, output: inputGradient)
        case .logarithms:
            try reduce(
                .sum, input: outputGradient, output: sums, outer: outer, count: count,
                inner: inner, scale: 1, accumulate: false)
            try unary(.exponential, input: output, output: products)
            try binaryBroadcast(.multiply, left: products, right: sums, output: products, shape)
            try binary(
                .subtract, left: outputGradient, right: products, output: inputGradient)
        }
    }

    /// Computes `output = input - maximum` along the middle axis of `[outer, count, inner]`.
    ///
    /// The maxima are left in `maximum [outer, inner]`.
    func subtractMaximum(
        input: BufferSlice, output: BufferSlice, maximum: BufferSlice, outer: Int, count: Int,
        inner: Int
    ) throws(DeviceError) {
        try reduce(
            .maximum, input: input, output: maximum, outer: outer, count: count, inner: inner,
            scale: 1, accumulate: false)
        try binaryBroadcast(
            .subtract, left: input, right: maximum, output: output,
            .lines(outer: outer, count: count, inner: inner))
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
