public import TandemTensors

/// A trainable array of a module; its memory lies in a `ParameterArena`.
public final class Parameter {
    /// Sizes of the axes.
    public let shape: Shape
    /// How the values start.
    public let initializer: Initializer
    private var memory: (value: Tensor, gradient: Tensor)?

    /// A parameter without memory yet.
    public init(_ shape: Shape, _ initializer: Initializer) {
        self.shape = shape
        self.initializer = initializer
    }

    /// The values; throws `NetworkError.unboundParameter` before an arena took the parameter in.
    public var value: Tensor {
        get throws { try bound().value }
    }

    /// The sum of the gradients since the arena's were last set to zero.
    public var gradient: Tensor {
        get throws { try bound().gradient }
    }

    func bind(value: Tensor, gradient: Tensor) {
        memory = (value, gradient)
    }

    private func bound() throws -> (value: Tensor, gradient: Tensor) {
        guard let memory else { throw NetworkError.unboundParameter(shape: shape) }
        return memory
    }
}
