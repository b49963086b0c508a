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

    private let features: Int

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
        self.features = features
    }

    /// `weight`.
    public var parameters: [(name: String, parameter: Parameter)] { [("weight", weight)] }

    /// Applies the layer to x `[.., C]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        guard x.shape.dimensions.last == features else {
            throw TensorError.shapeMismatch(
                operation: "RMSNorm", shapes: [x.shape, weight.shape],
                advice: "the last axis needs one element per weight")
        }
        let meanSquare = try x.squared().sumOverLastAxis()
            .affine(scale: 1 / Float(features), offset: epsilon)
        let factor = try meanSquare.squareRoot().reciprocal()
            .reshaped(Shape(x.shape.dimensions.dropLast() + [1]))
        return try x * factor * context.tensor(weight)
    }
}
