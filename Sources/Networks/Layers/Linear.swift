public import TandemDevices
public import TandemTensors

/// A linear layer `activation(x W^T + b)`, PyTorch's `nn.Linear`: x `[.., I]` to `[.., O]`.
public final class Linear: UnaryLayer {
    /// `weight [O, I]`, uniform within `1 / sqrt(I)` at first.
    public let weight: Parameter
    /// `bias [O]`, uniform within `1 / sqrt(I)` at first, or `nil`.
    public let bias: Parameter?
    /// Applied to the result inside the product.
    public let activation: MatmulActivation

    /// What is wrong with the sizes, if anything.
    public let problems: [String]

    /// A layer from `inputs` to `outputs` features.
    ///
    /// `initializer` replaces PyTorch's default for weight and bias; one that needs a matrix (`orthogonal`, say) that for the
    /// weight alone; `biasInitializer` that for the bias.
    public init(
        _ inputs: Int, _ outputs: Int, bias: Bool = true,
        activation: MatmulActivation = .identity, initializer: Initializer? = nil,
        biasInitializer: Initializer? = nil
    ) {
        var settings = LayerSettings()
        let inputs = settings.size(inputs, "inputs")
        let outputs = settings.size(outputs, "outputs")
        problems = settings.problems
        let initial = initializer ?? .inverseSquareRoot(of: inputs)
        let biasInitial =
            biasInitializer ?? (initial.needsMatrix ? .inverseSquareRoot(of: inputs) : initial)
        weight = Parameter([outputs, inputs], initial)
        self.bias = bias ? Parameter([outputs], biasInitial) : nil
        self.activation = activation
    }

    /// `weight` and, when there is one, `bias`.
    public var parameters: [(name: String, parameter: Parameter)] {
        [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
    }

    /// Applies the layer to x `[.., I]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try x.linear(
            weight: context.tensor(weight), bias: bias.map { try context.tensor($0) },
            activation: activation)
    }
}
