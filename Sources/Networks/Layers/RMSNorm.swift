public import TandemTensors

/// Normalisation by the root of the mean square over the last axis, PyTorch's `nn.RMSNorm`:
/// `weight * x / sqrt(mean(x^2) + epsilon)`.
///
/// (Zhang and Sennrich 2019.)
public final class RMSNorm: UnaryLayer {
    /// Scale `weight [C]`, ones at first.
    public let weight: Parameter
    /// Added to the mean square inside the root.
    public let epsilon: Float
    /// What is wrong with the settings, if anything.
    public let problems: [String]

    /// Normalises rows of `features` elements.
    ///
    /// The default of `epsilon` is that of Llama; PyTorch's own is the smallest number that changes 1.
    public init(_ features: Int, epsilon: Float = 1e-5) {
        var settings = LayerSettings()
        let features = settings.size(features, "features")
        settings.epsilon(epsilon)
        problems = settings.problems
        weight = Parameter([features], .constant(1))
        self.epsilon = epsilon
    }

    /// `weight`.
    public var parameters: [(name: String, parameter: Parameter)] { [("weight", weight)] }

    /// Applies the layer to x `[.., C]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try x.rmsNorm(gamma: context.tensor(weight), epsilon: epsilon)
    }
}
