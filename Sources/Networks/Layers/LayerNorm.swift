public import TandemTensors

/// Layer normalisation over the last axis, PyTorch's `nn.LayerNorm`.
public final class LayerNorm: UnaryLayer {
    /// Scale `weight [C]`, ones at first.
    public let weight: Parameter
    /// Offset `bias [C]`, zeros at first.
    public let bias: Parameter
    /// Added to the variance inside the root.
    public let epsilon: Float

    /// What is wrong with the settings, if anything.
    public let problems: [String]

    /// Normalises rows of `features` elements.
    public init(_ features: Int, epsilon: Float = 1e-5) {
        var settings = LayerSettings()
        let features = settings.size(features, "features")
        settings.epsilon(epsilon)
        problems = settings.problems
        weight = Parameter([features], .constant(1))
        bias = Parameter([features], .constant(0))
        self.epsilon = epsilon
    }

    /// `weight` and `bias`.
    public var parameters: [(name: String, parameter: Parameter)] {
        [("weight", weight), ("bias", bias)]
    }

    /// Applies the layer to x `[.., C]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try x.layerNorm(
            gamma: context.tensor(weight), beta: context.tensor(bias), epsilon: epsilon)
    }
}
