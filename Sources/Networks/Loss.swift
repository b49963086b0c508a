public import TandemTensors

/// Loss functions: tensors in, a scalar out, averaged as PyTorch's defaults are.
public enum Loss {
    /// Mean of the squared differences over all elements.
    public static func meanSquaredError(_ prediction: Tensor, _ target: Tensor) throws -> Tensor {
        try requireEqualShapes("meanSquaredError", prediction, target)
        return try (prediction - target).squared().mean()
    }

    /// Mean of the absolute differences over all elements.
    public static func l1(_ prediction: Tensor, _ target: Tensor) throws -> Tensor {
        try requireEqualShapes("l1", prediction, target)
        return try (prediction - target).absolute().mean()
    }

    /// `1 - mean cosine` of the rows of two matrices `[B, d]`; rows need not have unit length.
    public static func cosine(_ prediction: Tensor, _ target: Tensor) throws -> Tensor {
        try cosineSimilarity(prediction, target).mean().affine(scale: -1, offset: 1)
    }

    /// The cosine of each pair of rows of two matrices `[B, d]`: `[B]`.
    public static func cosineSimilarity(_ left: Tensor, _ right: Tensor) throws -> Tensor {
        try requireEqualShapes("cosineSimilarity", left, right)
        return try (left.l2Normalized() * right.l2Normalized()).sumOverLastAxis()
    }

    /// Binary cross-entropy of logits against targets in `[0, 1]`: mean of `softplus(x) - x t`.
    ///
    /// With a `positiveWeight` p, PyTorch's `pos_weight`, it is the mean of `p t softplus(-x) + (1 - t) softplus(x)`.
    /// The formulas are stable for logits of any size.
    public static func binaryCrossEntropyWithLogits(
        _ logits: Tensor, _ target: Tensor, positiveWeight: Float = 1
    ) throws -> Tensor {
        try requireEqualShapes("binaryCrossEntropyWithLogits", logits, target)
        guard positiveWeight != 1 else {
            return try (logits.softplus() - logits * target).mean()
        }
        let positives = try target * positiveWeight * (logits * -1).softplus()
        let negatives = try target.affine(scale: -1, offset: 1) * logits.softplus()
        return try (positives + negatives).mean()
    }

    /// Cross-entropy of logits `[R, C]` against class numbers `[R]`, the mean over all rows that count.
    ///
    /// Rows whose target is `ignoreIndex` do not count. Throws when no row counts, where PyTorch would give NaN, and when
    /// it is open which rows count (targets of an `IndexBuffer` whose bound admits `ignoreIndex`).
    public static func crossEntropy(
        _ logits: Tensor, targets: IndexTensor, ignoreIndex: Int32 = -100
    ) throws -> Tensor {
        guard let counted = targets.count(except: ignoreIndex) else {
            throw NetworkError.invalidArgument(
                where: "crossEntropy",
                detail: "the targets are replaced later and may then be \(ignoreIndex), which is "
                    + "ignored, so the number of rows that count is not known; ignore a number "
                    + "outside the bound of the IndexBuffer")
        }
        guard counted > 0 else {
            throw NetworkError.invalidArgument(
                where: "crossEntropy",
                detail: "all \(targets.shape.count) rows have the target \(ignoreIndex), "
                    + "which is ignored; leave such a batch out")
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
        try requireEqualShapes("infoNCE", predictions, targets)
        guard temperature > 0 else {
            throw NetworkError.invalidArgument(
                where: "infoNCE", detail: "the temperature \(temperature) is not above 0")
        }
        var scores = try predictions.matmul(targets, transposeRight: true) * (1 / temperature)
        if let mask { scores = try scores + mask }
        return try scores.softmaxCrossEntropy(targets: classes).mean()
    }

    /// Broadcasting a target over a prediction is a mistake that no number shows, so losses refuse it.
    private static func requireEqualShapes(_ loss: String, _ left: Tensor, _ right: Tensor) throws {
        guard left.shape == right.shape else {
            throw TensorError.shapeMismatch(
                operation: loss, shapes: [left.shape, right.shape],
                advice: "prediction and target need the same shape")
        }
    }
}
