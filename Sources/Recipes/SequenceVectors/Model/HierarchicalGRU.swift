public import TandemNetworks
public import TandemTensors

/// A GRU over every chunk of the context and one over the chunks' summaries: context `[C, B, d]` to a raw step `[B, d]`.
///
/// The context is K chunks of s vectors. `local`, from a state of zeros in every chunk, gives summaries `norm(last state)`;
/// `global` runs over them; `raw = output(gelu(expand(norm(last state)))) + residual(x_C)`; dropout between the layers of
/// both and behind the function. With d features, H units and L layers in each GRU it has
/// `[3H(d+H)+6H] + (2L-1)(6H^2+6H) + 4H + [2H^2+2H+2Hd+d] + [d^2+d]` parameters.
public final class HierarchicalGRU: StepNetwork {
    private let local: GRU
    private let localNorm: LayerNorm
    private let global: GRU
    private let globalNorm: LayerNorm
    private let head: PerceptronHead
    private let residual: Linear
    private let cut: ChunkCut?
    /// A context that cannot be cut into the chunks asked for.
    public let problems: [String]

    /// A network for contexts of `contextLength` vectors of `features` elements; with `startsAtZero` the raw output is zero
    /// until training moves it.
    public init(
        features: Int, contextLength: Int, _ configuration: SequenceModelConfiguration,
        startsAtZero: Bool
    ) {
        let (hidden, rate) = (configuration.hidden, Float(configuration.dropout))
        let layers = configuration.layers
        local = GRU(input: features, hidden: hidden, layers: layers, dropout: rate)
        localNorm = LayerNorm(hidden)
        global = GRU(input: hidden, hidden: hidden, layers: layers, dropout: rate)
        globalNorm = LayerNorm(hidden)
        head = PerceptronHead(
            hidden: hidden, features: features, dropout: rate, startsAtZero: startsAtZero)
        residual = Linear(features, features, initializer: startsAtZero ? .constant(0) : nil)
        cut = ChunkCut(chunks: configuration.chunks, contextLength: contextLength)
        problems =
            ChunkCut.problem(chunks: configuration.chunks, contextLength: contextLength)
            .map { ["chunks is \(configuration.chunks), expected \($0)"] } ?? []
    }

    /// `local`, `local_norm`, `global`, `global_norm`, `expand`, `output`, `residual`.
    public var submodules: [(name: String, module: any Module)] {
        [
            ("local", local), ("local_norm", localNorm), ("global", global),
            ("global_norm", globalNorm),
        ] + head.submodules + [("residual", residual)]
    }

    /// The raw step after each context of a time-major batch `[C, B, d]`.
    public func callAsFunction(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let sizes = context.shape.dimensions
        guard let cut, sizes.count == 3, sizes[0] == cut.chunks * cut.length else {
            throw NetworkError.invalidArgument(
                where: "HierarchicalGRU",
                detail: "a context of shape \(context.shape) cannot be cut into "
                    + (cut.map { "\($0.chunks) chunks of \($0.length) vectors" } ?? "chunks"))
        }
        // All chunks of all windows are one batch [s, K B, d], so that s + K steps follow one another instead of C.
        let (batch, features) = (sizes[1], sizes[2])
        let chunks = try context.reshaped([cut.chunks, cut.length, batch, features])
            .transposed(0, 1).reshaped([cut.length, cut.chunks * batch, features])
        let summaries = try localNorm(local(chunks, pass).select(axis: 0, -1), pass)
        let sequence = try summaries.reshaped([cut.chunks, batch, -1])
        let whole = try globalNorm(global(sequence, pass).select(axis: 0, -1), pass)
        return try head(whole, pass) + residual(context.select(axis: 0, -1), pass)
    }
}
