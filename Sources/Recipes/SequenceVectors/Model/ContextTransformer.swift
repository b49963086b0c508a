import TandemDevices
public import TandemNetworks
public import TandemTensors

import Glibc

/// Causal decoder layers with attention: context `[C, B, d]` to a raw step `[B, d]`.
///
/// `e = input(x) + positions`; L layers over e whose cross-attention looks at e; then, at the last step,
/// `raw = output(norm(gelu(head(h))))`. Positions are `sin(p w_i)` at the even and `cos(p w_i)` at the odd features,
/// `w_i = 10000^(-2i/H)`. With d features, H units and L layers it has `dH+H + L(16H^2+19H) + H^2+3H+Hd+d` parameters.
public final class ContextTransformer: StepNetwork {
    private let input: Linear
    private let layers: [DecoderLayer]
    private let head: Linear
    private let headNorm: LayerNorm
    private let output: Linear
    private let positions: Buffer

    /// A network for contexts of at most `contextLength` vectors of `features` elements; with `startsAtZero` the raw output is
    /// zero until training moves it.
    public init(
        features: Int, contextLength: Int, _ configuration: SequenceModelConfiguration,
        startsAtZero: Bool
    ) {
        let hidden = configuration.hidden
        input = Linear(features, hidden)
        layers = (0..<configuration.layers).map { _ in
            DecoderLayer(
                hidden: hidden, heads: configuration.heads, dropout: Float(configuration.dropout))
        }
        head = Linear(hidden, hidden, activation: .gelu)
        headNorm = LayerNorm(hidden)
        output = Linear(hidden, features, initializer: startsAtZero ? .constant(0) : nil)
        let table = Self.positions(count: max(1, contextLength), hidden: hidden)
        positions = Buffer([max(1, contextLength), hidden], .values(table), isStored: false)
    }

    /// The positions `[count, H]`: sines and cosines.
    static func positions(count: Int, hidden: Int) -> [Float] {
        (0..<count).flatMap { step in
            (0..<hidden).map { feature in
                let frequency = pow(10_000, -Double(feature / 2 * 2) / Double(hidden))
                let angle = Double(step) * frequency
                return Float(feature % 2 == 0 ? sin(angle) : cos(angle))
            }
        }
    }

    /// The positions.
    public var buffers: [(name: String, buffer: Buffer)] { [("positions", positions)] }

    /// `input`, `layers.0`, `layers.1`, ..., `head`, `head_norm`, `output`.
    public var submodules: [(name: String, module: any Module)] {
        [("input", input)] + layers.enumerated().map { ("layers.\($0)", $1) } + [
            ("head", head), ("head_norm", headNorm), ("output", output),
        ]
    }

    /// The raw step after each context of a time-major batch `[C, B, d]`.
    public func callAsFunction(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let steps = context.shape[at: 0]
        guard steps <= positions.shape[at: 0] else {
            throw NetworkError.invalidArgument(
                where: "ContextTransformer",
                detail: "the context has \(steps) vectors, the model was made for at most "
                    + "\(positions.shape[at: 0])")
        }
        let table = try pass.tensor(positions).slice(axis: 0, 0..<steps)
        let embedded = try input(context.transposed(0, 1), pass) + table
        var h = embedded
        for layer in layers { h = try layer(h, memory: embedded, pass) }
        return try output(headNorm(head(h.select(axis: 1, -1), pass), pass), pass)
    }
}

/// A post-norm decoder layer, PyTorch's `nn.TransformerDecoderLayer` with ReLU and causal masks: `[B, T, H]` to `[B, T, H]`.
final class DecoderLayer: Module {
    private let selfAttention: MultiHeadAttention
    private let crossAttention: MultiHeadAttention
    private let wide: Linear
    private let narrow: Linear
    private let norms: [LayerNorm]
    private let dropout: Dropout

    init(hidden: Int, heads: Int, dropout: Float) {
        selfAttention = MultiHeadAttention(hidden, heads: heads, dropout: dropout)
        crossAttention = MultiHeadAttention(hidden, heads: heads, dropout: dropout)
        wide = Linear(hidden, 4 * hidden, activation: .relu)
        narrow = Linear(4 * hidden, hidden)
        norms = (0..<3).map { _ in LayerNorm(hidden) }
        self.dropout = Dropout(dropout)
    }

    var submodules: [(name: String, module: any Module)] {
        [
            ("self_attn", selfAttention), ("multihead_attn", crossAttention), ("linear1", wide),
            ("linear2", narrow),
        ] + norms.enumerated().map { ("norm\($0 + 1)", $1) }
    }

    func callAsFunction(_ x: Tensor, memory: Tensor, _ pass: ForwardContext) throws -> Tensor {
        var h = try norms[0](x + dropout(selfAttention(x, mask: .causal, pass), pass), pass)
        h = try norms[1](
            h + dropout(crossAttention(h, keys: memory, mask: .causal, pass), pass), pass)
        return try norms[2](
            h + dropout(narrow(dropout(wide(h, pass), pass), pass), pass), pass)
    }
}
