public import TandemNetworks
public import TandemTensors

/// LSTM layers: context `[C, B, d]` to a raw step `[B, d]`.
///
/// `raw = output(last state of the top layer)`. With d features, H units and L layers it has
/// `4H(d+H)+8H + (L-1)(8H^2+8H) + Hd+d` parameters.
public final class ContextLSTM: StepNetwork {
    private let lstm: LSTM
    private let output: Linear

    /// A network for vectors of `features` elements; with `startsAtZero` the raw output is zero until training moves it.
    public init(features: Int, _ configuration: SequenceModelConfiguration, startsAtZero: Bool) {
        lstm = LSTM(
            input: features, hidden: configuration.hidden, layers: configuration.layers,
            dropout: Float(configuration.dropout))
        output = Linear(
            configuration.hidden, features, initializer: startsAtZero ? .constant(0) : nil)
    }

    /// `lstm` and `output`.
    public var submodules: [(name: String, module: any Module)] {
        [("lstm", lstm), ("output", output)]
    }

    /// The raw step after each context of a time-major batch `[C, B, d]`.
    public func callAsFunction(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor {
        try output(lstm(context, pass).select(axis: 0, -1), pass)
    }
}
