import Devices

/// The place of a tensor on a tape.
struct TapeNode {
    let tape: Tape
    let index: Int
}

/// An explicit record of differentiable operations, walked backwards once.
///
/// A tape is an array of nodes in the order of their creation, so the backward pass is a reverse scan without recursion or
/// sorting. The first gradient that reaches a node is moved in, later ones are added. What a node saved for its backward
/// step is released as soon as that step ran. Without a tape (evaluation) nothing is recorded.
public final class Tape {
    typealias Backward = (_ gradient: Tensor, _ tape: Tape) throws -> Void

    private struct Node {
        var shape: Shape
        var backward: Backward?
        var gradient: Tensor?
        /// Whether the gradient's memory belongs to this node alone and may be added to in place.
        var ownsGradient = false
        /// Leaves keep their gradient after the backward pass.
        var isLeaf = false
    }

    private var nodes: [Node] = []

    /// An empty tape.
    public init() {}

    /// Number of recorded nodes.
    public var count: Int { nodes.count }

    /// Makes `value` a variable whose gradient is kept: read it with `gradient(of:)` after `backward`.
    public func variable(_ value: Tensor) -> Tensor {
        var node = Node(shape: value.shape)
        node.isLeaf = true
        return append(node, value)
    }

    /// Makes `value` a variable whose gradient is **added** to the existing memory of `gradient`, as parameters need it.
    public func variable(_ value: Tensor, addingGradientTo gradient: Tensor) -> Tensor {
        var node = Node(shape: value.shape)
        node.isLeaf = true
        node.gradient = gradient.detached
        node.ownsGradient = true
        return append(node, value)
    }

    /// Records an operation: `backward` receives the gradient of `output` and hands gradients on to the inputs.
    func record(_ output: Tensor, backward: @escaping Backward) -> Tensor {
        append(Node(shape: output.shape, backward: backward), output)
    }

    private func append(_ node: Node, _ value: Tensor) -> Tensor {
        nodes.append(node)
        return Tensor(
            shape: value.shape, slice: value.slice,
            node: TapeNode(tape: self, index: nodes.count - 1))
    }

    /// The gradient that reached a variable, or `nil` when none did.
    public func gradient(of variable: Tensor) throws -> Tensor? {
        try nodes[index(of: variable, "gradient")].gradient
    }

    private func index(of tensor: Tensor, _ operation: String) throws -> Int {
        guard let node = tensor.node, node.tape === self else {
            throw TensorError.notRecorded(operation: operation)
        }
        return node.index
    }

    /// Computes the gradients of `scale * loss` for all variables; the loss has one element.
    ///
    /// The tape is used up.
    public func backward(from loss: Tensor, scale: Float = 1) throws {
        guard loss.count == 1 else {
            throw TensorError.invalidArgument(
                operation: "backward",
                detail: "the loss has shape \(loss.shape), expected one element")
        }
        let seed = try Tensor(repeating: scale, shape: loss.shape, on: loss.device)
        try backward(from: loss, gradient: seed)
    }

    /// Propagates a given gradient of `output`, of the same shape, to all variables.
    ///
    /// The tape is used up.
    public func backward(from output: Tensor, gradient: Tensor) throws {
        let last = try index(of: output, "backward")
        try add(gradient, to: last, owned: false)
        for index in stride(from: last, through: 0, by: -1) {
            guard let backward = nodes[index].backward else { continue }
            nodes[index].backward = nil
            guard let gradient = nodes[index].gradient else { continue }
            nodes[index].gradient = nil
            try backward(gradient, self)
        }
    }

    /// Hands a gradient to a node: moved in when it is the first, added otherwise.
    ///
    /// With `owned` the memory of `gradient` belongs to the caller alone and may later be added to in place.
    func add(_ gradient: Tensor, to index: Int, owned: Bool) throws {
        guard let existing = nodes[index].gradient else {
            nodes[index].gradient = Tensor(shape: nodes[index].shape, slice: gradient.slice)
            nodes[index].ownsGradient = owned
            return
        }
        if nodes[index].ownsGradient {
            try gradient.device.axpy(alpha: 1, x: gradient.slice, y: existing.slice)
        } else {
            let sum = try Tensor(uninitialized: nodes[index].shape, on: gradient.device)
            try gradient.device.binary(
                .add, left: existing.slice, right: gradient.slice, output: sum.slice)
            nodes[index].gradient = sum
            nodes[index].ownsGradient = true
        }
    }

    /// Lets an operation write a gradient straight into a node's memory.
    ///
    /// `write` receives the destination and whether it must add to what is there (`true`) or overwrite it.
    func accumulate(
        into index: Int, on device: any Device, _ write: (BufferSlice, Bool) throws -> Void
    ) throws {

        if let existing = nodes[index].gradient, nodes[index].ownsGradient {
            try write(existing.slice, true)
            return
        }
        let fresh = try Tensor(uninitialized: nodes[index].shape, on: device)
        try write(fresh.slice, false)
        try add(fresh, to: index, owned: true)
    }

    /// Memory holding the node's gradient so far (zeros when there is none), for operations that can only add.
    func addableGradient(of index: Int, on device: any Device) throws -> BufferSlice {
        if let existing = nodes[index].gradient, nodes[index].ownsGradient {
            return existing.slice
        }
        let zeros = try Tensor(repeating: 0, shape: nodes[index].shape, on: device)
        try add(zeros, to: index, owned: true)
        guard let gradient = nodes[index].gradient else {
            throw TensorError.notRecorded(operation: "addableGradient")
        }
        return gradient.slice
    }
}
