extension Device {
    /// Default attention made of primitives, on copies of the heads one after the other.
    public func run(_ o: DeviceOperation.Attention) throws(DeviceError) {
        guard o.output.count > 0 else { return }
        guard o.shape.keys > 0 else { return try fill(o.output, value: 0) }
        let heads = try AttentionHeads(o.shape)
        let queries = try copied(o.query, heads.queriesApart)
        let keys = try copied(o.key, heads.keysApart)
        let values = try copied(o.value, heads.keysApart)
        let scores: BufferSlice
        if let probabilities = o.probabilities {
            scores = probabilities
        } else {
            scores = try allocate(o.shape.scoreCount).slice
        }
        try matmul(
            left: queries, right: keys, bias: nil, output: scores,
            heads.product(
                o.shape.queries, o.shape.keys, o.shape.width, turnsRight: true, o.shape.scale))
        if let mask = o.mask {
            try binaryBroadcast(
                .add, left: scores, right: mask, output: scores,
                StridedShape(broadcasting: [
                    [o.shape.batch, o.shape.heads, o.shape.queries, o.shape.keys],
                    [
                        o.shape.maskHasBatch ? o.shape.batch : 1,
                        o.shape.maskHasHeads ? o.shape.heads : 1,
                        o.shape.queries, o.shape.keys,
                    ],
                ]))
        }
        if o.shape.isCausal { try hideLaterKeys(scores, o.shape) }
        try softmaxOfVisible(
            scores, rows: o.shape.batch * o.shape.heads * o.shape.queries, columns: o.shape.keys)
        // The queries' copy has served.
        try matmul(
            left: scores, right: values, bias: nil, output: queries,
            heads.product(o.shape.queries, o.shape.width, o.shape.keys))
        try copyStrided(input: queries, output: o.output, heads.queriesTogether)
    }

    /// Default gradients of attention made of primitives.
    public func run(_ o: DeviceOperation.AttentionBackward) throws(DeviceError) {
        guard o.shape.queries > 0, o.shape.keys > 0 else {
            for gradient in [o.queryGradient, o.keyGradient, o.valueGradient] {
                try fill(gradient, value: 0)
            }
            return
        }
        let heads = try AttentionHeads(o.shape)
        let gradients = try copied(o.outputGradient, heads.queriesApart)
        let result = try allocate(o.value.count).slice
        try matmul(
            left: o.probabilities, right: gradients, bias: nil, output: result,
            heads.product(o.shape.keys, o.shape.width, o.shape.queries, turnsLeft: true))
        try copyStrided(input: result, output: o.valueGradient, heads.keysTogether)

        let values = try copied(o.value, heads.keysApart)
        let scores = try allocate(o.shape.scoreCount).slice
        try matmul(
            left: gradients, right: values, bias: nil, output: scores,
            heads.product(o.shape.queries, o.shape.keys, o.shape.width, turnsRight: true))
        try softmaxBackward(
            .probabilities, output: o.probabilities, outputGradient: scores, inputGradient: scores,
            outer: o.shape.batch * o.shape.heads * o.shape.queries, count: o.shape.keys, inner: 1)

        let queries = try copied(o.query, heads.queriesApart)
        try matmul(
            left: scores, right: queries, bias: nil, output: result,
            heads.product(
                o.shape.keys, o.shape.width, o.shape.queries, turnsLeft: true, o.shape.scale))
        try copyStrided(input: result, output: o.keyGradient, heads.keysTogether)
        let keys = try copied(o.key, heads.keysApart)
        try matmul(
            left: scores, right: keys, bias: nil, output: gradients,
            heads.product(o.shape.queries, o.shape.width, o.shape.keys, o.shape.scale))
        try copyStrided(input: gradients, output: o.queryGradient, heads.queriesTogether)
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
        try reduce(
            .sum, input: scores, output: vector, outer: rows, count: columns, inner: 1, scale: 1,
            accumulate: false)
        try fill(bound, value: 1)
        try binaryBroadcast(.maximum, left: vector, right: bound, output: vector, all)
        try binaryBroadcast(.divide, left: scores, right: vector, output: scores, perRow)
    }
}

/// How heads are taken apart and put together again, and the products between them.
private struct AttentionHeads {
    /// `[batch, queries, heads, width] -> [batch, heads, queries, width]`.
    let queriesApart: StridedShape
    /// The same for keys and values.
    let keysApart: StridedShape
    /// Back again.
    let queriesTogether: StridedShape
    /// Back again.
    let keysTogether: StridedShape
    private let batch: Int

    init(_ shape: AttentionShape) throws(DeviceError) {
        batch = shape.batch * shape.heads
        func apart(_ positions: Int) throws(DeviceError) -> StridedShape {
            try .permuted([shape.batch, positions, shape.heads, shape.width], [0, 2, 1, 3])
        }
        func together(_ positions: Int) throws(DeviceError) -> StridedShape {
            try .permuted([shape.batch, shape.heads, positions, shape.width], [0, 2, 1, 3])
        }
        queriesApart = try apart(shape.queries)
        keysApart = try apart(shape.keys)
        queriesTogether = try together(shape.queries)
        keysTogether = try together(shape.keys)
    }

    /// One product per sequence and head.
    func product(
        _ m: Int, _ n: Int, _ k: Int, turnsLeft: Bool = false, turnsRight: Bool = false,
        _ scale: Float = 1
    ) -> MatmulParameters {
        MatmulParameters(
            m: m, n: n, k: k, transposeLeft: turnsLeft, transposeRight: turnsRight, batch: batch,
            alpha: scale)
    }
}
