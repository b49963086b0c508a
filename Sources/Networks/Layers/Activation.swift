public import TandemDevices
public import TandemTensors

/// A function of every element as a layer, PyTorch's `nn.GELU`, `nn.Tanh` and the like.
public final class Activation: UnaryLayer {
    /// The function.
    public let operation: UnaryOperation

    /// A layer that applies `operation`.
    public init(_ operation: UnaryOperation) {
        self.operation = operation
    }

    /// Applies the function to every element of x.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try x.unary(operation)
    }
}
