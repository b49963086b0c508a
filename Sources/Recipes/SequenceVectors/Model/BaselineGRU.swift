public import TandemNetworks
public import TandemTensors

/// A residual stack of GRU layers: context `[C, B, d]` to a raw step `[B, d]`.
///
/// `h = input(x)`; per block `h = norm(h + dropout(gru(h)))`; `raw = output(h of the last time step)`. With d features, H
/// hidden units and L blocks it has `2dH + H + d + L(6H^2 + 8H)` parameters.
public final class BaselineGRU: StepNetwork {
    private let input: Linear
    private let blocks: [ResidualGRUBlock]
    private let output: Linear

    /// A stack for vectors of `features` elements; with `startsAtZero` the raw output is zero until training moves it.
    public init(features: Int, _ configuration: SequenceModelConfiguration, startsAtZero: Bool) {
        let hidden = configuration.hidden
        input = Linear(features, hidden)
        blocks = (0..<configuration.layers).map { _ in
            ResidualGRUBlock(hidden: hidden, dropout: Float(configuration.dropout))
        }
        output = Linear(hidden, features, initializer: startsAtZero ? .constant(0) : nil)
    }

    /// `input`, `blocks.0`, `blocks.1`, ..., `output`.
    public var submodules: [(name: String, module: any Module)] {
        [("input", input)] + blocks.enumerated().map { ("blocks.\($0)", $1) } + [("output", output)]
    }

    /// The raw step after each context of a time-major batch `[C, B, d]`.
    public func callAsFunction(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor {
        var h = try input(context, pass)
        for block in blocks.dropLast() { h = try block(h, pass) }
        guard let last = blocks.last else { return try output(h, pass) }
        return try output(try last.lastStep(h, pass), pass)
    }
}

/// One block of the stack: a GRU layer, dropout, the residual sum and a layer norm.
final class ResidualGRUBlock: Module {
    private let gru: GRU
    private let dropout: Dropout
    private let norm: LayerNorm

    init(hidden: Int, dropout: Float) {
        gru = GRU(input: hidden, hidden: hidden)
        self.dropout = Dropout(dropout)
        norm = LayerNorm(hidden)
    }

    var submodules: [(name: String, module: any Module)] { [("gru", gru), ("norm", norm)] }

    /// h `[C, B, H]` to `[C, B, H]`.
    func callAsFunction(_ h: Tensor, _ pass: ForwardContext) throws -> Tensor {
        try norm(try h + dropout(gru(h, pass), pass), pass)
    }

    /// The block's result at the last time step alone, `[B, H]`: all that the layer above the last block needs.
    func lastStep(_ h: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let last = h.shape[at: 0] - 1
        let state = try gru(h, pass).select(axis: 0, last)
        return try norm(try h.select(axis: 0, last) + dropout(state, pass), pass)
    }
}
