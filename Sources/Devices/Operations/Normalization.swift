/// The sizes of one layer norm or RMS norm; rows are normalised independently.
public struct LayerNormShape: Sendable {
    /// Number of rows.
    public var rows: Int
    /// Elements per row.
    public var columns: Int
    /// Added to the variance (RMS norm: to the mean square) inside the root.
    public var epsilon: Float

    /// A layer norm over `rows` rows of `columns` elements.
    public init(rows: Int, columns: Int, epsilon: Float) {
        self.rows = rows
        self.columns = columns
        self.epsilon = epsilon
    }
}

/// What a softmax writes.
///
/// Raw values are shared with the kernels.
public enum SoftmaxResult: Int32, Sendable, CaseIterable {
    /// The probabilities, which add up to 1.
    case probabilities = 0
    /// The natural logarithms of the probabilities, exact also where a probability underflows.
    case logarithms = 1
}

/// Normalisations and losses, over rows unless they say otherwise.
///
/// Fused: the default implementations are made of primitives.
public protocol NormalizationOperations {
    /// Softmax along the middle axis of `[outer, count, inner]`, the largest element of each line subtracted first.
    ///
    /// `probabilities`: `output = e^(x - m) / s` with the line's maximum `m` and `s = sum e^(x - m)`; `logarithms`:
    /// `output = x - m - log(s)`. A line of -infinity alone gives NaN, as in PyTorch. In place allowed.
    func softmax(
        _ result: SoftmaxResult, input: BufferSlice, output: BufferSlice, outer: Int, count: Int,
        inner: Int) throws(DeviceError)

    /// Gradient of `softmax` from its `output` y, with `g = outputGradient` and sums along the middle axis:
    /// `y (g - sum g y)` for `probabilities`, `g - e^y sum g` for `logarithms`.
    ///
    /// All `[outer, count, inner]`. `inputGradient` may be the same slice as `outputGradient`.
    func softmaxBackward(
        _ result: SoftmaxResult, output: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, outer: Int, count: Int, inner: Int) throws(DeviceError)

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

    /// `output = gamma * x * rrms` per row, `rrms = 1 / sqrt(mean(x^2) + epsilon)`: layer norm without mean and shift.
    ///
    /// input and output `[R, C]`, gamma `[C]`; `reciprocalRoot [R]` is written for the backward pass. In place allowed.
    /// Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
    func rmsNorm(
        input: BufferSlice, gamma: BufferSlice, output: BufferSlice, reciprocalRoot: BufferSlice,
        _ shape: LayerNormShape) throws(DeviceError)

    /// Gradients of `rmsNorm`: overwrites `inputGradient [R, C]`, adds to `gammaGradient [C]`.
    ///
    /// `inputGradient` may be the same slice as `outputGradient`.
    func rmsNormBackward(
        input: BufferSlice, gamma: BufferSlice, reciprocalRoot: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice, gammaGradient: BufferSlice,
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
