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
            inner: o.inner, scale: 1, accumulate: false)
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
            try binary(.subtract, left: o.outputGradient, right: products, output: o.inputGradient)
        }
    }

    /// Computes `output = input - maximum` along the middle axis of `[outer, count, inner]`.
    ///
    /// The maxima are left in `maximum [outer, inner]`.
    private func subtractMaximum(
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

    /// Default softmax with cross-entropy made of primitives.
    ///
    /// The targets are read back to the host, which waits for all issued work. Only the rows that are not ignored take
    /// part in the arithmetic, so that non-finite logits of an ignored row do no harm.
    public func run(_ o: DeviceOperation.SoftmaxCrossEntropy) throws(DeviceError) {
        guard o.rows > 0 else { return }
        try fill(o.losses, value: 0)
        if let gradient = o.gradient { try fill(gradient, value: 0) }
        let classes = try downloadIndices(o.targets)
        let keptRows = (0..<o.rows).filter { classes[$0] != o.ignoreIndex }
        let kept = keptRows.count
        guard kept > 0, o.columns > 0 else { return }

        let rowIndices = try uploaded(keptRows.map { Int32($0) })
        let targetIndices = try uploaded(
            keptRows.enumerated().map { position, row in
                (0..<Int32(o.columns)).contains(classes[row])
                    ? Int32(position * o.columns) + classes[row] : -1
            })
        let shifted = try allocate(kept * o.columns).slice
        try gatherRows(
            table: o.logits, indices: rowIndices, output: shifted, count: kept, columns: o.columns,
            tableRows: o.rows)
        let sums = try allocate(kept).slice
        try subtractMaximum(
            input: shifted, output: shifted, maximum: sums, outer: kept, count: o.columns, inner: 1)
        let targetLogits = try allocate(kept).slice
        try gatherRows(
            table: shifted, indices: targetIndices, output: targetLogits, count: kept, columns: 1,
            tableRows: kept * o.columns)

        try unary(.exponential, input: shifted, output: shifted)
        try sumRows(shifted, to: sums, rows: kept, columns: o.columns)
        if let gradient = o.gradient {
            try binaryBroadcast(
                .divide, left: shifted, right: sums, output: shifted,
                .matrix(rows: kept, columns: o.columns, vector: .perRow))
            let minusOnes = try allocate(kept).slice
            try fill(minusOnes, value: -1)
            try scatterAddRows(
                rows: minusOnes, indices: targetIndices, table: shifted, count: kept, columns: 1,
                tableRows: kept * o.columns)
            try scatterAddRows(
                rows: shifted, indices: rowIndices, table: gradient, count: kept,
                columns: o.columns, tableRows: o.rows)
        }
        try unary(.logarithm, input: sums, output: sums)
        try axpy(alpha: -1, x: targetLogits, y: sums)
        try scatterAddRows(
            rows: sums, indices: rowIndices, table: o.losses, count: kept, columns: 1,
            tableRows: o.rows)
    }

    private func uploaded(_ indices: [Int32]) throws(DeviceError) -> BufferSlice {
        let slice = try allocate(indices.count).slice
        try upload(indices, to: slice)
        return slice
    }
}
