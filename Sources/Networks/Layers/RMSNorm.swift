public import TandemTensors

/// Normalisation by the root of the mean square over the last axis, PyTorch's `nn.RMSNorm`:
/// `weight * x / sqrt(mean(x^2) + epsilon)`.
///
/// (Zhang and Sennrich 2019.)
public final class RMSNorm: UnaryLayer {
    /// Scale `weight [C]`, ones at first, or `nil`.
    public let weight: Parameter?
    /// Added to the mean square inside the root.
    public let epsilon: Float
    /// What is wrong with the settings, if anything.
    public let problems: [String]

    private let ones: Buffer

    /// Normalises rows of `features` elements.
    ///
    /// The default of `epsilon` is that of Llama; PyTorch's own is the smallest number that changes 1. Without a scale,
    /// PyTorch's `elementwise_affine=False`, it has no parameters.
    public init(_ features: Int, epsilon: Float = 1e-5, isScaled: Bool = true) {
        var settings = LayerSettings()
        let features = settings.size(features, "features")
        settings.epsilon(epsilon)
        problems = settings.problems
        weight = isScaled ? Parameter([features], .constant(1)) : nil
        ones = Buffer([features], .constant(1), isStored: false)
        self.epsilon = epsilon
    }

    /// `weight`, when there is one.
    public var parameters: [(name: String, parameter: Parameter)] {
        weight.map { [("weight", $0)] } ?? []
    }

    /// The ones in place of a scale.
    public var buffers: [(name: String, buffer: Buffer)] {
        weight == nil ? [("ones", ones)] : []
    }

    /// Applies the layer to x `[.., C]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        let gamma = try weight.map { try context.tensor($0) } ?? context.tensor(ones)
        return try x.rmsNorm(gamma: gamma, epsilon: epsilon)
    }
}
