public import TandemTensors

/// The gated feed-forward part of a transformer block: `w2(silu(w1 x) * w3 x)`, all three without bias.
///
/// Names are those of Llama's own code; Hugging Face calls `w1` `gate_proj`, `w3` `up_proj` and `w2` `down_proj`.
/// (Shazeer 2020.)
public final class SwiGLU: UnaryLayer {
    /// The gate, `weight [hidden, features]`.
    public let w1: Linear
    /// The way back, `weight [features, hidden]`.
    public let w2: Linear
    /// What the gate lets through, `weight [hidden, features]`.
    public let w3: Linear

    /// From `features` to `hidden` features and back; Llama takes two thirds of four times the features.
    ///
    /// `initializer` replaces PyTorch's default for `w1` and `w3`, `outputInitializer` that for `w2`.
    public init(
        _ features: Int, hidden: Int, initializer: Initializer? = nil,
        outputInitializer: Initializer? = nil
    ) {
        w1 = Linear(features, hidden, bias: false, initializer: initializer)
        w2 = Linear(hidden, features, bias: false, initializer: outputInitializer)
        w3 = Linear(features, hidden, bias: false, initializer: initializer)
    }

    /// `w1`, `w2` and `w3`.
    public var submodules: [(name: String, module: any Module)] {
        [("w1", w1), ("w2", w2), ("w3", w3)]
    }

    /// Applies the layer to x `[.., features]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try w2(w1(x, context).silu() * w3(x, context), context)
    }
}
