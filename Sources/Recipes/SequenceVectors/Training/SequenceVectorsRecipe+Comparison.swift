import TandemNetworks
import TandemTensors

/// What the loss compares: predictions with next vectors, or steps with differences.
extension SequenceVectorsRecipe {
    /// What the loss compares with the targets, of unit length `[B, d]`, for contexts `[C, B, d]`.
    ///
    /// Where only some windows are computed at once, all others are computed again in the backward pass, in which they are
    /// needed one part at a time; `recomputes: false` keeps them and gives the same numbers.
    func compared(_ contexts: Tensor, _ context: ForwardContext, recomputes: Bool = true) throws
        -> Tensor
    {
        let count = contexts.shape[at: 1]
        let limit = loss.windowsAtOnce
        guard limit > 0, limit < count else { return try unitRows(contexts, context) }
        return try Tensor.concatenate(
            stride(from: 0, to: count, by: limit).map { start in
                let part = start..<min(start + limit, count)
                func compute(_ context: ForwardContext) throws -> Tensor {
                    try unitRows(try contexts.slice(axis: 1, part), context)
                }
                return recomputes ? try context.recomputed(compute) : try compute(context)
            })
    }

    private func unitRows(_ contexts: Tensor, _ context: ForwardContext) throws -> Tensor {
        switch loss.space {
        case .vector: try predictor(contexts, context)
        case .delta: try predictor.step(contexts, context).l2Normalized()
        }
    }

    /// What predictions are compared with, of unit length `[B, d]`, for the vectors after contexts `[C, B, d]`.
    func compared(_ targets: Tensor, with contexts: Tensor) throws -> Tensor {
        switch loss.space {
        case .vector: targets
        case .delta:
            try (targets - contexts.select(axis: 0, contexts.shape[at: 0] - 1)).l2Normalized()
        }
    }

    private var loss: SequenceLossConfiguration { configuration.loss }
}
