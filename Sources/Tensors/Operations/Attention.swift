import TandemDevices

extension Tensor {
    /// Multi-head attention: this tensor asks, `key` is compared and `value` is taken.
    ///
    /// For each sequence and head, `softmax(scale * query key^T + mask) value` (Vaswani et al., "Attention Is All You Need",
    /// 2017). The query has the shape `[.., T, heads * W]`, key and value `[.., S, heads * W]` with the same leading axes; the
    /// heads lie side by side in the last axis, and so they do in the result, `[.., T, heads * W]`.
    ///
    /// `mask` is added to the scores: its shape is broadcast to `[B, heads, T, S]`, where B is the product of the leading
    /// axes. It holds 0 for what may be seen and -infinity for what must not; a comparison becomes one by
    /// `zeros.masked(where: isHidden, with: -.infinity)`. With `isCausal` position i sees the positions up to i only. A
    /// position that sees none gets 0. `scale` is `1 / sqrt(W)` unless given.
    ///
    /// Throws when the shapes do not fit, when the operands belong to different devices or tapes, and when the mask is
    /// recorded: no gradient flows into it.
    public func attention(
        key: Tensor, value: Tensor, heads: Int = 1, mask: Tensor? = nil, isCausal: Bool = false,
        scale: Float? = nil
    ) throws -> Tensor {
        let device = try Self.commonDevice("attention", self, key, value, mask)
        let tape = try Self.commonTape("attention", [self, key, value])
        var sizes = try attentionShape(key, value, heads: heads)
        sizes.isCausal = isCausal
        if let scale { sizes.scale = scale }
        let mask = try mask.map { try $0.attentionMask(&sizes) }
        let output = try Tensor(uninitialized: shape, on: device)
        if sizes.keys == 0 {
            try device.fill(output.slice, value: 0)
            return output
        }
        let probabilities =
            tape == nil
            ? nil : try device.allocate(sizes.batch * heads * sizes.queries * sizes.keys).slice
        if output.count > 0 {
            try device.attention(
                query: slice, key: key.slice, value: value.slice, mask: mask?.slice,
                output: output.slice, probabilities: probabilities, sizes)
        }
        guard let tape, let probabilities else { return output }
        let operands = [detached, key.detached, value.detached]
        let indices = [node?.index, key.node?.index, value.node?.index]
        return tape.record(output) { [sizes] gradient, tape in
            guard gradient.count > 0 else { return }
            let results = try operands.map { try Tensor(uninitialized: $0.shape, on: device) }
            try device.attentionBackward(
                query: operands[0].slice, key: operands[1].slice, value: operands[2].slice,
                probabilities: probabilities, outputGradient: gradient.slice,
                queryGradient: results[0].slice, keyGradient: results[1].slice,
                valueGradient: results[2].slice, sizes)
            for case (let index?, let result) in zip(indices, results) {
                try tape.add(result, to: index, owned: true)
            }
        }
    }

    private func attentionShape(_ key: Tensor, _ value: Tensor, heads: Int) throws
        -> AttentionShape
    {
        let (rank, shapes) = (shape.rank, [shape, key.shape, value.shape])
        guard rank >= 2, key.shape == value.shape, key.shape.rank == rank,
            key.shape.replacing(axis: rank - 2, with: shape[at: rank - 2]) == shape
        else {
            throw TensorError.shapeMismatch(
                operation: "attention", shapes: shapes,
                advice: "a query [.., T, D] needs key and value [.., S, D]")
        }
        let features = shape[at: rank - 1]
        guard heads > 0, features > 0, features.isMultiple(of: heads) else {
            throw TensorError.invalidArgument(
                operation: "attention",
                detail: "\(features) features cannot be divided into \(heads) heads of equal width")
        }
        let width = features / heads
        return AttentionShape(
            batch: shape.product(0..<rank - 2), heads: heads, queries: shape[at: rank - 2],
            keys: key.shape[at: rank - 2], width: width, scale: 1 / Float(width).squareRoot())
    }

    /// This mask with its last two axes spread; tells `sizes` which of the others it has.
    private func attentionMask(_ sizes: inout AttentionShape) throws -> Tensor {
        guard !isRecorded else {
            throw TensorError.invalidArgument(
                operation: "attention",
                detail: "the mask was recorded, but no gradient flows into it; pass "
                    + "`mask.detached`, or make attention of matmul and softmax")
        }
        let scores: Shape = [sizes.batch, sizes.heads, sizes.queries, sizes.keys]
        guard shape.rank <= 4, shape.broadcast(with: scores) == scores else {
            throw TensorError.shapeMismatch(
                operation: "attention", shapes: [shape, scores],
                advice: "the mask must spread over the scores [B, heads, T, S]")
        }
        let own = shape.aligned(to: 4)
        sizes.maskHasBatch = own[at: 0] > 1
        sizes.maskHasHeads = own[at: 1] > 1
        let wanted: Shape = [own[at: 0], own[at: 1], sizes.queries, sizes.keys]
        return own == wanted ? self : try spread(to: wanted)
    }
}
