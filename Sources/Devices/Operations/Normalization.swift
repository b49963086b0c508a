/// The arrays of one layer-norm call; rows are normalised independently.
public struct LayerNormShape: Sendable {
    /// Number of rows.
    public var rows: Int
    /// Elements per row.
    public var columns: Int
    /// Added to the variance inside the root.
    public var epsilon: Float

    /// A layer norm over `rows` rows of `columns` elements.
    public init(rows: Int, columns: Int, epsilon: Float) {
        self.rows = rows
        self.columns = columns
        self.epsilon = epsilon
    }
}

/// Row-wise normalisations and losses.
///
/// Fused: the default implementations are made of primitives.
public protocol NormalizationOperations {
    /// `output[r, :] = softmax(input[r, :])`, the row maximum subtracted first; `[rows, columns]`. In place allowed.
    func softmax(input: BufferSlice, output: BufferSlice, rows: Int, columns: Int)
        throws(DeviceError)

    /// `inputGradient[r, c] = y[r, c] * (g[r, c] - sum_j g[r, j] y[r, j])` with `y = output`, `g = outputGradient`.
    /// `inputGradient` may be the same slice as `outputGradient`.
    func softmaxBackward(
        output: BufferSlice, outputGradient: BufferSlice, inputGradient: BufferSlice, rows: Int,
        columns: Int) throws(DeviceError)

    /// Softmax and cross-entropy in one: `losses[r] = logsumexp(logits[r, :]) - logits[r, targets[r]]` and, when wanted,
    /// `gradient[r, :] = softmax(logits[r, :]) - onehot(targets[r])`.
    ///
    /// logits and gradient `[rows, columns]`, targets `Int32 [rows]`, losses `[rows]`. A row whose target equals
    /// `ignoreIndex` gives loss 0 and gradient 0. Other targets outside `0..<columns` were refused by the caller.
    func softmaxCrossEntropy(
        logits: BufferSlice, targets: BufferSlice, losses: BufferSlice, gradient: BufferSlice?,
        rows: Int, columns: Int, ignoreIndex: Int32) throws(DeviceError)

    /// `output = gamma * (x - mean) * rstd + beta` per row, `rstd = 1 / sqrt(var + epsilon)`, biased variance by two passes.
    ///
    /// input and output `[R, C]`, gamma and beta `[C]`; `mean [R]` and `reciprocalDeviation [R]` are written for the
    /// backward pass.
    func layerNorm(
        input: BufferSlice, gamma: BufferSlice, beta: BufferSlice, output: BufferSlice,
        mean: BufferSlice, reciprocalDeviation: BufferSlice, _ shape: LayerNormShape)
        throws(DeviceError)

    /// Gradients of `layerNorm`: overwrites `inputGradient [R, C]`, adds to `gammaGradient [C]` and `betaGradient [C]`.
    func layerNormBackward(
        input: BufferSlice, gamma: BufferSlice, mean: BufferSlice,
        reciprocalDeviation: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, gammaGradient: BufferSlice, betaGradient: BufferSlice,
        _ shape: LayerNormShape) throws(DeviceError)

    /// `output[r, :] = input[r, :] / norms[r]` with `norms[r] = max(||input[r, :]||, epsilon)`; `[rows, columns]`.
    func l2Normalize(
        input: BufferSlice, output: BufferSlice, norms: BufferSlice, rows: Int, columns: Int,
        epsilon: Float) throws(DeviceError)

    /// `inputGradient[r, :] = (g - (g . y) y) / norms[r]`; where the norm was clamped to `epsilon`, `g / epsilon`.
    ///
    /// `output` and `norms` are those of the forward call; `g = outputGradient`.
    func l2NormalizeBackward(
        output: BufferSlice, norms: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, rows: Int, columns: Int, epsilon: Float) throws(DeviceError)
}
