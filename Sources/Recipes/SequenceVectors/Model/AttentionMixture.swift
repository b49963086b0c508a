import TandemDevices
public import TandemNetworks
public import TandemTensors

/// The mean of the context, corrected by what attention finds in it: context `[C, B, d]` to a vector `[B, d]`.
///
/// `b = mean of x_t`; `w = sum of weight_t x_t` with weights `softmax(key(x_t) . query(b) / sqrt a)`;
/// `raw = b + output(norm(gelu(narrow(norm(gelu(wide([b ; w])))))))`. It predicts the vector itself, not a step. With d features,
/// H units and a key features it has `2(da+a) + 2dH+3H + H^2/2+3H/2 + Hd/2+d` parameters (H even).
public final class AttentionMixture: StepNetwork {
    private let key: Linear
    private let query: Linear
    private let wide: Linear
    private let wideNorm: LayerNorm
    private let narrow: Linear
    private let narrowNorm: LayerNorm
    private let output: Linear
    private let dropout: Dropout
    private let scale: Float

    /// A network for vectors of `features` elements; with `startsAtZero` the correction is zero until training moves it.
    public init(features: Int, _ configuration: SequenceModelConfiguration, startsAtZero: Bool) {
        let (hidden, keys) = (configuration.hidden, configuration.keyFeatures)
        key = Linear(features, keys)
        query = Linear(features, keys)
        wide = Linear(2 * features, hidden, activation: .gelu)
        wideNorm = LayerNorm(hidden)
        narrow = Linear(hidden, hidden / 2, activation: .gelu)
        narrowNorm = LayerNorm(hidden / 2)
        output = Linear(hidden / 2, features, initializer: startsAtZero ? .constant(0) : nil)
        dropout = Dropout(Float(configuration.dropout))
        scale = 1 / Float(max(1, keys)).squareRoot()
    }

    /// `key`, `query`, `wide`, `wide_norm`, `narrow`, `narrow_norm`, `output`.
    public var submodules: [(name: String, module: any Module)] {
        [
            ("key", key), ("query", query), ("wide", wide), ("wide_norm", wideNorm),
            ("narrow", narrow), ("narrow_norm", narrowNorm), ("output", output),
        ]
    }

    /// The vector after each context of a time-major batch `[C, B, d]`.
    public func callAsFunction(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let mean = try context.mean(axis: 0)
        let scores = try (key(context, pass) * query(mean, pass)).sum(axis: 2, keepingAxis: true)
        let weights = try (scores * scale).softmax(axis: 0)
        let mixture = try (context * weights).sum(axis: 0)
        let joined = try Tensor.concatenate([mean, mixture], axis: 1)
        let h = try dropout(wideNorm(wide(joined, pass), pass), pass)
        let narrowed = try dropout(narrowNorm(narrow(h, pass), pass), pass)
        return try mean + output(narrowed, pass)
    }
}
