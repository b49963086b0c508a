import TandemDevices
public import TandemNetworks
public import TandemTensors

/// GRU layers with a memory of slots: context `[C, B, d]` to a raw step `[B, d]`.
///
/// With `read` the memory's answer to a query: `m0 = read(0)`; h the last state of the top layer over the inputs
/// `[norm(x_t) ; m0]`; `f = norm(gelu(fusion([h ; read(h)])))`; `raw = output(gelu(expand(f)))`; dropout between the layers and
/// behind both functions. With d features, H units, L layers and M slots it has, in mode `original`,
/// `[3H(2d+H)+6H] + (L-1)(6H^2+6H) + [Hd+d] + [HM+M] + 2d + [(H+d)H+3H] + [2H^2+2H+2Hd+d]` parameters and M d numbers
/// of memory; in mode `learned` those are parameters, there is one more, and no gate `[HM+M]`.
public final class MemoryGRU: StepNetwork {
    private let norm: InputNorm
    private let gru: GRU
    private let memory: SlotMemory
    private let fusion: Linear
    private let fusionNorm: LayerNorm
    private let head: PerceptronHead
    private let dropout: Dropout

    /// A network for vectors of `features` elements; with `startsAtZero` the raw output is zero until training moves it.
    public init(features: Int, _ configuration: SequenceModelConfiguration, startsAtZero: Bool) {
        let (hidden, rate) = (configuration.hidden, Float(configuration.dropout))
        norm = InputNorm(features)
        gru = GRU(
            input: 2 * features, hidden: hidden, layers: configuration.layers, dropout: rate)
        memory = SlotMemory(
            features: features, hidden: hidden, slots: configuration.slots,
            mode: configuration.memory)
        fusion = Linear(hidden + features, hidden, activation: .gelu)
        fusionNorm = LayerNorm(hidden)
        head = PerceptronHead(
            hidden: hidden, features: features, dropout: rate, startsAtZero: startsAtZero)
        dropout = Dropout(rate)
    }

    /// `input_norm`, `gru`, `memory`, `fusion`, `fusion_norm`, `expand`, `output`.
    public var submodules: [(name: String, module: any Module)] {
        [
            ("input_norm", norm), ("gru", gru), ("memory", memory), ("fusion", fusion),
            ("fusion_norm", fusionNorm),
        ] + head.submodules
    }

    /// The raw step after each context of a time-major batch `[C, B, d]`.
    public func callAsFunction(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let open = try memory.opened(pass)
        let shared = try open.readZero()
        // The input [norm(x_t) ; m0] through one weight: the norm's scale goes into the columns of x, everything that all
        // steps have in common into the bias. No tensor [C, B, 2d] exists, and none has a gradient.
        let h = try gru(norm.plain(context, pass), pass) { weight, bias in
            let columns = weight.shape[at: 1]
            let first = columns / 2
            let folded = try norm.fold(
                into: weight.slice(axis: 1, 0..<first), bias: bias, pass)
            let constant = try shared.linear(
                weight: weight.slice(axis: 1, first..<columns), bias: folded.bias)
            return (folded.weight, try constant.reshaped(bias.shape))
        }.select(axis: 0, -1)
        let joined = try Tensor.concatenate([h, memory.read(h, open, pass)], axis: 1)
        let raw = try head(fusionNorm(dropout(fusion(joined, pass), pass), pass), pass)
        memory.write(raw, at: h, pass)
        return raw
    }
}

/// A layer norm whose scale and offset go into the layer above it.
final class InputNorm: Module {
    private let weight: Parameter
    private let bias: Parameter
    private let ones: Buffer
    private let zeros: Buffer

    init(_ features: Int) {
        let shape: Shape = [features]
        weight = Parameter(shape, .constant(1))
        bias = Parameter(shape, .constant(0))
        ones = Buffer(shape, .constant(1), isStored: false)
        zeros = Buffer(shape, .constant(0), isStored: false)
    }

    var parameters: [(name: String, parameter: Parameter)] {
        [("weight", weight), ("bias", bias)]
    }

    var buffers: [(name: String, buffer: Buffer)] { [("ones", ones), ("zeros", zeros)] }

    /// x `[.., d]` with mean 0 and variance 1 in every row.
    func plain(_ x: Tensor, _ pass: ForwardContext) throws -> Tensor {
        try x.layerNorm(gamma: pass.tensor(ones), beta: pass.tensor(zeros))
    }

    /// A layer over the norm's result, weight `[O, d]` and bias `[O]`, as one over the plain rows.
    func fold(into layer: Tensor, bias layerBias: Tensor, _ pass: ForwardContext) throws -> (
        weight: Tensor, bias: Tensor
    ) {
        let offset = try pass.tensor(bias)
        let constant = try offset.reshaped([1, offset.count]).linear(weight: layer, bias: layerBias)
        return (try layer * pass.tensor(weight), try constant.reshaped(layerBias.shape))
    }
}

/// The last part of the larger networks: `output(dropout(gelu(expand(f))))`, `[B, H]` to `[B, d]`.
final class PerceptronHead: Module {
    private let expand: Linear
    private let output: Linear
    private let dropout: Dropout

    init(hidden: Int, features: Int, dropout: Float, startsAtZero: Bool) {
        expand = Linear(hidden, 2 * hidden, activation: .gelu)
        output = Linear(2 * hidden, features, initializer: startsAtZero ? .constant(0) : nil)
        self.dropout = Dropout(dropout)
    }

    var submodules: [(name: String, module: any Module)] {
        [("expand", expand), ("output", output)]
    }

    func callAsFunction(_ f: Tensor, _ pass: ForwardContext) throws -> Tensor {
        try output(dropout(expand(f, pass), pass), pass)
    }
}
