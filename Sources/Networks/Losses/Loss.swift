public import Tensors

/// Loss functions: tensors in, a scalar out, averaged as PyTorch's defaults are.
public enum Loss {
    /// Mean of the squared differences over all elements.
    public static func meanSquaredError(_ prediction: Tensor, _ target: Tensor) throws -> Tensor {
        try (prediction - target).squared().mean()
    }

    /// Mean of the absolute differences over all elements.
    public static func l1(_ prediction: Tensor, _ target: Tensor) throws -> Tensor {
        try (prediction - target).absolute().mean()
    }

    /// `1 - mean cosine` of the rows of two matrices `[B, d]`; rows need not have unit length.
    public static func cosine(_ prediction: Tensor, _ target: Tensor) throws -> Tensor {
        try cosineSimilarity(prediction, target).mean().affine(scale: -1, offset: 1)
    }

    /// The cosine of each pair of rows of two matrices `[B, d]`: `[B]`.
    public static func cosineSimilarity(_ left: Tensor, _ right: Tensor) throws -> Tensor {
        try (left.l2Normalized() * right.l2Normalized()).sumOverLastAxis()
    }

    /// Binary cross-entropy of logits against targets in `[0, 1]`: mean of `softplus(x) - x t`.
    ///
    /// The formula is stable for logits of any size.
    public static func binaryCrossEntropyWithLogits(_ logits: Tensor, _ target: Tensor) throws
        -> Tensor
    {
        try (logits.softplus() - logits * target).mean()
    }

    /// Cross-entropy of logits `[R, C]` against class numbers `[R]`, the mean over all rows that are not ignored.
    ///
    /// `ignoredRows` is the number of rows whose target is `ignoreIndex`. Throws when every row is ignored.
    public static func crossEntropy(
        _ logits: Tensor, targets: IndexTensor, ignoreIndex: Int32 = -100, ignoredRows: Int = 0
    ) throws -> Tensor {
        let counted = targets.shape.count - ignoredRows
        guard counted > 0 else {
            throw NetworkError.invalidArgument(
                where: "crossEntropy", detail: "no row is left: \(ignoredRows) rows are ignored")
        }
        return try logits.softmaxCrossEntropy(targets: targets, ignoreIndex: ignoreIndex).sum()
            .affine(scale: 1 / Float(counted))
    }

    /// InfoNCE, one-directional with the batch as negatives: `mean_b(logsumexp_j S_bj - S_bb)`, `S = p t^T / temperature`.
    ///
    /// predictions and targets `[B, d]` with rows of unit length; `mask [B, B]` is added to S (a large negative number
    /// takes a pair out of the negatives). `classes` are the numbers `0 ..< B`, kept by the caller between calls. The
    /// loss of a model that has learned nothing is about ln B. (van den Oord et al. 2018.)
    public static func infoNCE(
        predictions: Tensor, targets: Tensor, temperature: Float, mask: Tensor? = nil,
        classes: IndexTensor
    ) throws -> Tensor {
        var scores = try predictions.matmul(targets, transposeRight: true) * (1 / temperature)
        if let mask { scores = try scores + mask }
        return try scores.softmaxCrossEntropy(targets: classes).mean()
    }
}
