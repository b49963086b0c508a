public import TandemTensors

/// A module that makes one tensor of one tensor, so that it can stand in a `Sequential`.
public protocol UnaryLayer: Module {
    /// Applies the layer.
    func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor
}
