/// The sizes and options of multi-head attention.
public struct AttentionShape: Sendable, Hashable {
    /// Independent sequences.
    public var batch: Int
    /// Heads, which lie side by side in every position: `heads * width` elements.
    public var heads: Int
    /// Positions that ask.
    public var queries: Int
    /// Positions that are asked.
    public var keys: Int
    /// Elements of one head.
    public var width: Int
    /// Factor of the products of queries and keys, usually `1 / sqrt(width)`.
    public var scale: Float
    /// Whether query `i` sees the keys up to number `i` only, as PyTorch's `is_causal` does also for unequal numbers.
    public var isCausal: Bool
    /// Whether each sequence has a mask of its own.
    public var maskHasBatch: Bool
    /// Whether each head has a mask of its own.
    public var maskHasHeads: Bool

    /// Attention over the given sizes; by default one mask, if there is one, serves all sequences and heads.
    public init(
        batch: Int, heads: Int, queries: Int, keys: Int, width: Int, scale: Float,
        isCausal: Bool = false, maskHasBatch: Bool = false, maskHasHeads: Bool = false
    ) {
        self.batch = batch
        self.heads = heads
        self.queries = queries
        self.keys = keys
        self.width = width
        self.scale = scale
        self.isCausal = isCausal
        self.maskHasBatch = maskHasBatch
        self.maskHasHeads = maskHasHeads
    }

    /// Elements of the scores and probabilities `[batch, heads, queries, keys]`.
    var scoreCount: Int { batch * heads * queries * keys }
}

extension DeviceOperation {
    /// The operands of `Device.attention`.
    public struct Attention: OperationPayload {
        package var query, key, value: BufferSlice
        package var mask: BufferSlice?
        package var output: BufferSlice
        package var probabilities: BufferSlice?
        package let shape: AttentionShape

        package var floatingPointOperations: Int { (4 * shape.width + 5) * shape.scoreCount }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let (queries, keys, scores) = try operands.sizes(shape)
            let masks = try operands.elements(
                shape.maskHasBatch ? shape.batch : 1, shape.maskHasHeads ? shape.heads : 1,
                shape.queries, shape.keys)
            try operands.take(&query, "query", queries)
            try operands.take(&key, "key", &value, "value", keys)
            try operands.take(&mask, "mask", masks)
            try operands.take(&output, "output", queries)
            try operands.take(&probabilities, "probabilities", scores)
        }
    }

    /// The operands of `Device.attentionBackward`.
    public struct AttentionBackward: OperationPayload {
        package var query, key, value, probabilities, outputGradient, queryGradient, keyGradient,
            valueGradient: BufferSlice
        package let shape: AttentionShape

        package var floatingPointOperations: Int { (8 * shape.width + 4) * shape.scoreCount }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let (queries, keys, scores) = try operands.sizes(shape)
            try operands.take(&query, "query", queries)
            try operands.take(&key, "key", &value, "value", keys)
            try operands.take(&probabilities, "probabilities", scores)
            try operands.take(
                &outputGradient, "outputGradient", &queryGradient, "queryGradient", queries)
            try operands.take(&keyGradient, "keyGradient", &valueGradient, "valueGradient", keys)
        }
    }
}

extension Operands {
    /// Elements of the arrays with a row per query, of those with a row per key, and of the probabilities.
    fileprivate func sizes(_ shape: AttentionShape) throws(DeviceError)
        -> (queries: Int, keys: Int, scores: Int)
    {
        let width = try elements(shape.heads, shape.width)
        return (
            try elements(shape.batch, shape.queries, width),
            try elements(shape.batch, shape.keys, width),
            try elements(shape.batch, shape.heads, shape.queries, shape.keys)
        )
    }
}

/// Multi-head attention on heads that lie side by side, without copies of the heads.
///
/// Fused: the default implementation is made of primitives. Vaswani et al., "Attention Is All You Need", 2017.
extension Device {
    /// For each sequence and head: `output = P value` with `P = softmax(scale * query key^T + mask)` along the keys.
    ///
    /// query and output `[batch, queries, heads * width]`, key and value `[batch, keys, heads * width]`. The mask, if any, is
    /// added to the scores: `[batch or 1, heads or 1, queries, keys]`, -infinity for what must not be seen. A query that sees
    /// no key gets 0. `probabilities [batch, heads, queries, keys]` receives P for the backward pass; `nil` when none follows.
    /// Outputs overlap no input.
    public func attention(
        query: BufferSlice, key: BufferSlice, value: BufferSlice, mask: BufferSlice?,
        output: BufferSlice, probabilities: BufferSlice?, _ shape: AttentionShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.Attention(
                query: query, key: key, value: value, mask: mask, output: output,
                probabilities: probabilities, shape: shape))
    }

    /// Gradients of `attention`; overwrites `queryGradient`, `keyGradient` and `valueGradient`.
    ///
    /// The mask is a constant. With the output's gradient `g`, per sequence and head: `dV = P^T g`, `dS = P (g V^T - rowsum(P * g V^T))`,
    /// `dQ = scale * dS K`, `dK = scale * dS^T Q`. Outputs overlap no input.
    public func attentionBackward(
        query: BufferSlice, key: BufferSlice, value: BufferSlice, probabilities: BufferSlice,
        outputGradient: BufferSlice, queryGradient: BufferSlice, keyGradient: BufferSlice,
        valueGradient: BufferSlice, _ shape: AttentionShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.AttentionBackward(
                query: query, key: key, value: value, probabilities: probabilities,
                outputGradient: outputGradient, queryGradient: queryGradient,
                keyGradient: keyGradient, valueGradient: valueGradient, shape: shape))
    }
}
