public import TandemDevices
public import TandemNetworks
public import TandemTensors

/// Linear, ReLU and dropout, once per hidden layer, then a linear layer to one output: `[B, F]` to `[B, 1]`.
///
/// Layers bear the numbers they would have in PyTorch's `nn.Sequential` of Linear, ReLU and Dropout: `model.0`, `model.3`, ...
public final class FeedForwardNetwork: Module {
    /// The linear layers, from the input on.
    let layers: [Linear]
    private let dropout: Dropout

    /// A network over `features` inputs.
    ///
    /// With `outputActivation` identity the output is the pre-activation, which stable losses want.
    public init(
        features: Int, hidden: [Int], dropout: Float, outputActivation: MatmulActivation
    ) {
        let sizes = [features] + hidden
        layers =
            zip(sizes, hidden).map { Linear($0, $1, activation: .relu) }
            + [Linear(sizes[sizes.count - 1], 1, activation: outputActivation)]
        self.dropout = Dropout(dropout)
    }

    /// `model.0`, `model.3`, ...
    public var submodules: [(name: String, module: any Module)] {
        layers.enumerated().map { (Self.name(ofLayer: $0), $1) }
    }

    /// The name of linear layer number `index`.
    static func name(ofLayer index: Int) -> String { "model.\(3 * index)" }

    /// Applies the network to x `[B, F]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        var x = x
        for layer in layers.dropLast() { x = try dropout(try layer(x, context), context) }
        return try layers[layers.count - 1](x, context)
    }
}
