extension Device {
    /// Default attention made of primitives, on copies of the heads one after the other.
    public func run(_ o: DeviceOperation.Attention) throws(DeviceError) {
        guard o.output.count > 0 else { return }
        let shape = o.shape
        guard shape.keys > 0 else { return try fill(o.output, value: 0) }
        let queries = try copied(o.query, shape.apart(shape.queries))
        let keys = try copied(o.key, shape.apart(shape.keys))
        let values = try copied(o.value, shape.apart(shape.keys))
        let scores = try given(o.probabilities, orNew: shape.scoreCount)
        try matmul(
            left: queries, right: keys, bias: nil, output: scores,
            shape.product(shape.queries, shape.keys, shape.width, turnsRight: true, shape.scale))
        if let mask = o.mask {
            let sizes = [shape.batch, shape.heads, shape.queries, shape.keys]
            let batch = shape.maskHasBatch ? shape.batch : 1
            let heads = shape.maskHasHeads ? shape.heads : 1
            try binaryBroadcast(
                .add, left: scores, right: mask, output: scores,
                StridedShape(broadcasting: [sizes, [batch, heads, shape.queries, shape.keys]]))
        }
        if shape.isCausal { try hideLaterKeys(scores, shape) }
        try softmaxOfVisible(
            scores, rows: shape.batch * shape.heads * shape.queries, columns: shape.keys)
        // The queries' copy has served.
        try matmul(
            left: scores, right: values, bias: nil, output: queries,
            shape.product(shape.queries, shape.width, shape.keys))
        try copyStrided(input: queries, output: o.output, shape.together(shape.queries))
    }

    /// Default gradients of attention made of primitives.
    public func run(_ o: DeviceOperation.AttentionBackward) throws(DeviceError) {
        let shape = o.shape
        guard shape.queries > 0, shape.keys > 0 else {
            for gradient in [o.queryGradient, o.keyGradient, o.valueGradient] {
                try fill(gradient, value: 0)
            }
            return
        }
        let gradients = try copied(o.outputGradient, shape.apart(shape.queries))
        let result = try allocate(o.value.count).slice
        try matmul(
            left: o.probabilities, right: gradients, bias: nil, output: result,
            shape.product(shape.keys, shape.width, shape.queries, turnsLeft: true))
        try copyStrided(input: result, output: o.valueGradient, shape.together(shape.keys))

        let values = try copied(o.value, shape.apart(shape.keys))
        let scores = try allocate(shape.scoreCount).slice
        try matmul(
            left: gradients, right: values, bias: nil, output: scores,
            shape.product(shape.queries, shape.keys, shape.width, turnsRight: true))
        try softmaxBackward(
            .probabilities, output: o.probabilities, outputGradient: scores, inputGradient: scores,
            outer: shape.batch * shape.heads * shape.queries, count: shape.keys, inner: 1)

        let queries = try copied(o.query, shape.apart(shape.queries))
        try matmul(
            left: scores, right: queries, bias: nil, output: result,
            shape.product(shape.keys, shape.width, shape.queries, turnsLeft: true, shape.scale))
        try copyStrided(input: result, output: o.keyGradient, shape.together(shape.keys))
        let keys = try copied(o.key, shape.apart(shape.keys))
        try matmul(
            left: scores, right: keys, bias: nil, output: gradients,
            shape.product(shape.queries, shape.width, shape.keys, shape.scale))
        try copyStrided(input: gradients, output: o.queryGradient, shape.together(shape.queries))
    }

    private func copied(_ source: BufferSlice, _ shape: StridedShape) throws(DeviceError)
        -> BufferSlice
    {
        let copy = try allocate(shape.count).slice
        try copyStrided(input: source, output: copy, shape)
        return copy
    }

    /// Adds -infinity to the scores of keys behind the query's own place.
    ///
    /// A run of `P = queries + keys` elements with -infinity at `1 ..< keys` is repeated for every query and read with rows
    /// `P - 1` apart: element `(i, j)` is then number `j - i` (modulo P) of the run.
    private func hideLaterKeys(_ scores: BufferSlice, _ shape: AttentionShape) throws(DeviceError) {
        let period = shape.queries + shape.keys
        let run = try allocate(period).slice
        try fill(run, value: 0)
        try fill(run.part(from: 1, count: shape.keys - 1), value: -.infinity)
        let runs = try copied(run, StridedShape([shape.queries, period], strides: [[0, 1]]))
        let (rows, columns) = (shape.queries, shape.keys)
        try binaryBroadcast(
            .add, left: scores, right: runs, output: scores,
            StridedShape(
                [shape.batch * shape.heads, rows, columns],
                strides: [[rows * columns, columns, 1], [0, period - 1, 1]]))
    }

    /// Softmax of each row in place; a row of -infinity alone becomes 0.
    ///
    /// The largest element counts as finite at least, and the sum as 1 at least, which it is wherever there is a largest one.
    private func softmaxOfVisible(_ scores: BufferSlice, rows: Int, columns: Int)
        throws(DeviceError)
    {
        let perRow = StridedShape.matrix(rows: rows, columns: columns, vector: .perRow)
        let (vector, bound) = (try allocate(rows).slice, try allocate(1).slice)
        let all = StridedShape.matrix(rows: 1, columns: rows, vector: .perRow)
        try reduce(
            .maximum, input: scores, output: vector, outer: rows, count: columns, inner: 1,
            scale: 1, accumulate: false)
        try fill(bound, value: -.greatestFiniteMagnitude)
        try binaryBroadcast(.maximum, left: vector, right: bound, output: vector, all)
        try binaryBroadcast(.subtract, left: scores, right: vector, output: scores, perRow)
        try unary(.exponential, input: scores, output: scores)
        try sumRows(scores, to: vector, rows: rows, columns: columns)
        try fill(bound, value: 1)
        try binaryBroadcast(.maximum, left: vector, right: bound, output: vector, all)
        try binaryBroadcast(.divide, left: scores, right: vector, output: scores, perRow)
    }
}

extension AttentionShape {
    /// Takes heads apart: `[batch, positions, heads, width] -> [batch, heads, positions, width]`.
    fileprivate func apart(_ positions: Int) throws(DeviceError) -> StridedShape {
        try .permuted([batch, positions, heads, width], [0, 2, 1, 3])
    }

    /// Puts them together again.
    fileprivate func together(_ positions: Int) throws(DeviceError) -> StridedShape {
        try .permuted([batch, heads, positions, width], [0, 2, 1, 3])
    }

    /// One product per sequence and head.
    fileprivate func product(
        _ m: Int, _ n: Int, _ k: Int, turnsLeft: Bool = false, turnsRight: Bool = false,
        _ scale: Float = 1
    ) -> MatmulParameters {
        MatmulParameters(
            m: m, n: n, k: k, transposeLeft: turnsLeft, transposeRight: turnsRight,
            batch: batch * heads, alpha: scale)
    }
}
