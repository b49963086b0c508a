extension Device {
    /// Default softmax made of primitives: maximum, subtract, exponential, sum, divide.
    public func run(_ o: DeviceOperation.Softmax) throws(DeviceError) {
        let lines = o.outer * o.inner
        guard lines > 0, o.count > 0 else { return }
        let shape = StridedShape.lines(outer: o.outer, count: o.count, inner: o.inner)
        let perLine = try allocate(lines).slice
        try subtractMaximum(
            input: o.input, output: o.output, maximum: perLine, outer: o.outer, count: o.count,
            inner: o.inner)
        var exponentials = o.output
        if o.result == .logarithms { exponentials = try allocate(lines * o.count).slice }
        try unary(.exponential, input: o.output, output: exponentials)
        try reduce(
            .sum, input: exponentials, output: perLine, outer: o.outer, count: o.count,
            inner: o.inner,
            scale: 1, accumulate: false)
        switch o.result {
        case .probabilities:
            try binaryBroadcast(.divide, left: o.output, right: perLine, output: o.output, shape)
        case .logarithms:
            try unary(.logarithm, input: perLine, output: perLine)
            try binaryBroadcast(.subtract, left: o.output, right: perLine, output: o.output, shape)
        }
    }

    /// Default gradient of softmax made of primitives.
    public func run(_ o: DeviceOperation.SoftmaxBackward) throws(DeviceError) {
        let lines = o.outer * o.inner
        guard lines > 0, o.count > 0 else { return }
        let shape = StridedShape.lines(outer: o.outer, count: o.count, inner: o.inner)
        let sums = try allocate(lines).slice
        let products = try allocate(lines * o.count).slice
        switch o.result {
        case .probabilities:
            try binary(.multiply, left: o.output, right: o.outputGradient, output: products)
            try reduce(
                .sum, input: products, output: sums, outer: o.outer, count: o.count, inner: o.inner,
                scale: 1, accumulate: false)
            try binaryBroadcast(
                .subtract, left: o.outputGradient, right: sums, output: o.inputGradient, shape)
            try binary(.multiply, left: o.inputGradient, right: o.output, output: o.inputGradient)
        case .logarithms:
            try reduce(
                .sum, input: o.outputGradient, output: sums, outer: o.outer, count: o.count,
                inner: o.inner, scale: 1, accumulate: false)
            try unary(.exponential, input: o.output, output: products)
            try binaryBroadcast(.multiply, left: products, right: sums, output: products, shape)
            try binary(
                .subtract, left: o.outputGradient, right: products, output: o.inputGradient)
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
