import TandemDatasets

/// Takes candidates that are no negatives out of InfoNCE.
enum OwnContextMask {
    /// Large enough to silence a candidate, small enough to add without loss of the other scores.
    static let silenced: Float = -1e4

    /// `[B, B + E]` for the targets of a batch of B windows and E `further` rows: `silenced` where candidate j lies in the context
    /// of window i, unless `own` is false, and where a further row is the target of window i; else 0.
    static func values(of batch: WindowBatch, further: [Int32] = [], own: Bool = true) -> [Float] {
        let (count, length) = (batch.count, batch.contextLength)
        let width = count + further.count
        var mask = [Float](repeating: 0, count: count * width)
        let (contexts, targets) = (batch.contextRows, batch.targetRows)
        let ownRows: Int32 = own ? 0 : Int32(length)
        for i in 0..<count {
            let first = contexts[i * length]
            for j in 0..<count where j != i {
                let offset = targets[j] - first
                if offset >= ownRows, offset < length { mask[i * width + j] = silenced }
            }
            for (j, row) in further.enumerated() {
                let offset = row - first
                if offset >= ownRows, offset <= length { mask[i * width + count + j] = silenced }
            }
        }
        return mask
    }
}
