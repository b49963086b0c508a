public import TandemTensors

/// Layers applied one after the other, PyTorch's `nn.Sequential`; the parameters are called `0.weight`, `1.weight`, ...
public final class Sequential: UnaryLayer {
    /// The layers in their order.
    public let layers: [any UnaryLayer]

    /// Layers applied in the order given.
    public init(_ layers: [any UnaryLayer]) {
        self.layers = layers
    }

    /// Layers applied in the order given.
    public convenience init(_ layers: any UnaryLayer...) {
        self.init(layers)
    }

    /// The layers by number.
    public var submodules: [(name: String, module: any Module)] {
        layers.enumerated().map { ("\($0.offset)", $0.element) }
    }

    /// Applies all layers to x.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try layers.reduce(x) { try $1($0, context) }
    }
}
