public import TandemTensors
import TandemDevices

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

/// An array of a module that is kept with its parameters but not trained, PyTorch's buffer: a fixed matrix, a memory.
///
/// Its memory lies in a `ParameterArena`; it is saved, loaded and restored with the parameters and has no gradient.
public final class Buffer {
    /// Sizes of the axes.
    public let shape: Shape
    /// How the values start.
    public let initializer: Initializer
    /// Whether the values are stored and loaded with the parameters; others follow from the model's settings.
    public let isStored: Bool
    /// How often the values were replaced.
    private(set) var version = 0
    private(set) var memory: (value: Tensor, arena: ArenaState)?

    /// A buffer without memory yet.
    ///
    /// `isStored: false` is PyTorch's `persistent=False`: for tables that the module can always make again.
    public init(
        _ shape: Shape, _ initializer: Initializer = .constant(0), isStored: Bool = true
    ) {
        self.shape = shape
        self.initializer = initializer
        self.isStored = isStored
    }

    /// The values, which change when the buffer is replaced: a constant for the backward pass.
    ///
    /// Throws `NetworkError.unboundParameter` before an arena took the buffer in. In a forward pass use
    /// `ForwardContext.tensor`, which notices a replacement between the forward and the backward pass.
    public var value: Tensor {
        get throws { try bound() }
    }

    /// Copies `values` into the buffer on the device, without a gradient; it has the buffer's shape and device.
    ///
    /// The memory stays the same, so that recorded steps read the new values.
    public func replace(with values: Tensor) throws {
        let own = try bound()
        guard values.shape == shape else {
            throw TensorError.shapeMismatch(
                operation: "Buffer.replace", shapes: [shape, values.shape],
                advice: "a buffer keeps its shape")
        }
        guard values.device === own.device else {
            throw TensorError.deviceMismatch(
                operation: "Buffer.replace", left: own.device.identifier,
                right: values.device.identifier)
        }
        version += 1
        guard values.count > 0, values.slice.buffer !== own.slice.buffer else { return }
        try own.device.copy(
            Region(values.slice, rowStride: values.count),
            to: Region(own.slice, rowStride: values.count), rows: 1, columns: values.count,
            accumulate: false)
    }

    func bind(_ value: Tensor, in arena: ArenaState, named name: String) {
        memory?.arena.lose(name)
        memory = (value, arena)
    }

    private func bound() throws -> Tensor {
        guard let memory else { throw NetworkError.unboundParameter(shape: shape) }
        return memory.value
    }
}
