public import TandemTensors

/// A trainable array of a module; its memory lies in a `ParameterArena`.
public final class Parameter {
    /// Sizes of the axes.
    public let shape: Shape
    /// How the values start.
    public let initializer: Initializer

    /// A parameter's place in its arena.
    struct Memory {
        let value: Tensor
        let gradient: Tensor
        let arena: ArenaState
        /// Number among the parameters of the arena.
        let number: Int
    }

    private(set) var memory: Memory?

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

    /// Takes new memory; the arena that the parameter was in before learns that it lost it.
    func bind(_ memory: Memory, named name: String) {
        self.memory?.arena.lose(name)
        self.memory = memory
    }

    private func bound() throws -> Memory {
        guard let memory else { throw NetworkError.unboundParameter(shape: shape) }
        return memory
    }
}
