import TandemDevices

/// Is told which of its variables a backward pass reached.
package protocol GradientObserver: AnyObject {
    /// A gradient reached variable number `number`; may be called several times in one pass.
    func gradientReached(_ number: Int)
}

/// The place of a tensor on a tape.
///
/// Backward closures must hold the index alone: a tape that its own closures hold would never be released.
struct TapeNode {
    let tape: Tape
    let index: Int
}

/// An explicit record of differentiable operations, walked backwards once.
///
/// A tape is an array of nodes in the order of their creation, so the backward pass is a reverse scan without recursion or
/// sorting. The first gradient that reaches a node is moved in, later ones are added. What a node saved for its backward
/// step is released as soon as that step ran; a tape that is dropped without a backward pass releases everything.
/// Without a tape (evaluation) nothing is recorded.
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
        /// Whether the node lets no gradient pass where its value is 0, and no value is below 0.
        var isRectified = false
        /// Who wants to know that a gradient reached this variable, and the variable's number there.
        var observer: (any GradientObserver)?
        var number = 0
    }

    private var nodes: [Node] = []
    private var isUsedUp = false

    /// An empty tape.
    public init() {}

    /// Number of recorded nodes.
    public var count: Int { nodes.count }

    /// Makes `value` a variable whose gradient is kept: read it with `gradient(of:)` after `backward`.
    ///
    /// A value that was recorded before (on this tape or another) starts anew: no gradient flows past the variable.
    public func variable(_ value: Tensor) -> Tensor {
        append(Node(shape: value.shape, isLeaf: true), value)
    }

    /// Makes `value` a variable whose gradient is **added** to the existing memory of `gradient`, as parameters need it.
    ///
    /// Throws when the two differ in shape or device.
    public func variable(_ value: Tensor, addingGradientTo gradient: Tensor) throws -> Tensor {
        try variable(value, addingGradientTo: gradient, observer: nil, number: 0)
    }

    /// A variable like that of `variable(_:addingGradientTo:)`; `observer` is told when a gradient reaches it.
    package func variable(
        _ value: Tensor, addingGradientTo gradient: Tensor, observer: (any GradientObserver)?,
        number: Int
    ) throws -> Tensor {
        try Self.check(gradient, fits: value, "variable")
        return append(
            Node(
                shape: value.shape, gradient: gradient.detached, ownsGradient: true, isLeaf: true,
                observer: observer, number: number),
            value)
    }

    /// Records an operation: `backward` receives the gradient of `output` and hands gradients on to the inputs.
    ///
    /// `isRectified` says that no element of the output is below 0 and that `backward` ignores the gradient where one is 0.
    func record(_ output: Tensor, isRectified: Bool = false, backward: @escaping Backward)
        -> Tensor
    {
        append(
            Node(shape: output.shape, backward: backward, isRectified: isRectified), output)
    }

    /// Records a value that was computed without this tape; `backward` is given its gradient and hands it on by itself.
    package func record(
        constant: Tensor, backward: @escaping (_ gradient: Tensor) throws -> Void
    ) -> Tensor {
        record(constant.detached) { gradient, _ in try backward(gradient) }
    }

    /// Whether what node `index` is given as the gradient where its value is 0 makes no difference.
    func isRectified(_ index: Int) -> Bool { nodes[index].isRectified }

    private func append(_ node: Node, _ value: Tensor) -> Tensor {
        nodes.append(node)
        return Tensor(
            shape: value.shape, slice: value.slice,
            node: TapeNode(tape: self, index: nodes.count - 1))
    }

    /// The gradient that reached a variable, or `nil` when none did.
    ///
    /// Throws when the tensor is no variable of this tape: the gradients of intermediate results are not kept.
    public func gradient(of variable: Tensor) throws -> Tensor? {
        let node = nodes[try index(of: variable, "gradient")]
        guard node.isLeaf else {
            throw TensorError.invalidArgument(
                operation: "gradient",
                detail: "the tensor of shape \(variable.shape) is an intermediate result, whose "
                    + "gradient is not kept; ask for that of a variable")
        }
        return node.gradient
    }

    private func index(of tensor: Tensor, _ operation: String) throws -> Int {
        guard let node = tensor.node, node.tape === self else {
            throw TensorError.notRecorded(operation: operation)
        }
        return node.index
    }

    private static func check(_ gradient: Tensor, fits value: Tensor, _ operation: String) throws {
        guard gradient.shape == value.shape else {
            throw TensorError.shapeMismatch(
                operation: operation, shapes: [value.shape, gradient.shape],
                advice: "a gradient has the shape of its tensor")
        }
        _ = try Tensor.commonDevice(operation, value, gradient)
    }

    /// Computes the gradients of `scale * loss` for all variables; the loss has one element.
    ///
    /// The tape is used up: a second call throws `TensorError.tapeUsedUp`. When a device operation fails on the way,
    /// the gradients of the variables are incomplete.
    public func backward(from loss: Tensor, scale: Float = 1) throws {
        try backward(from: [loss], scales: [scale])
    }

    /// Computes the gradients of the sum of `losses`, each times its scale, which need not be computed for that.
    ///
    /// Every loss has one element; there are as many scales. See `backward(from:scale:)`.
    public func backward(from losses: [Tensor], scales: [Float]) throws {
        guard losses.count == scales.count, !losses.isEmpty else {
            throw TensorError.invalidArgument(
                operation: "backward",
                detail: "\(losses.count) losses with \(scales.count) scales; give every loss one")
        }
        for loss in losses where loss.count != 1 {
            throw TensorError.invalidArgument(
                operation: "backward",
                detail: "the loss has shape \(loss.shape), expected one element; "
                    + "reduce it with mean() or sum(), or give the gradient of the output")
        }
        try propagate(
            zip(losses, scales).map { loss, scale in
                (
                    try index(of: loss, "backward"),
                    try Tensor(repeating: scale, shape: loss.shape, on: loss.device)
                )
            }, owned: true)
    }

    /// Propagates a given gradient of `output`, of the same shape, to all variables; see `backward(from:scale:)`.
    public func backward(from output: Tensor, gradient: Tensor) throws {
        let last = try index(of: output, "backward")
        try Self.check(gradient, fits: output, "backward")
        try propagate([(last, gradient)], owned: false)
    }

    private func propagate(_ seeds: [(index: Int, gradient: Tensor)], owned: Bool) throws {
        guard !isUsedUp else { throw TensorError.tapeUsedUp(operation: "backward") }
        isUsedUp = true
        defer { releaseSavedMemory() }
        var last = 0
        for seed in seeds {
            try add(seed.gradient, to: seed.index, owned: owned)
            last = max(last, seed.index)
        }
        for index in stride(from: last, through: 0, by: -1) {
            guard let backward = nodes[index].backward else { continue }
            nodes[index].backward = nil
            guard let gradient = nodes[index].gradient else { continue }
            nodes[index].gradient = nil
            try backward(gradient, self)
        }
    }

    /// Drops what was saved by nodes that the backward pass did not reach.
    private func releaseSavedMemory() {
        for index in nodes.indices where !nodes[index].isLeaf {
            nodes[index].backward = nil
            nodes[index].gradient = nil
        }
    }

    /// Hands a gradient to a node: moved in when it is the first, added otherwise.
    ///
    /// With `owned` the memory of `gradient` belongs to the caller alone and may later be added to in place.
    func add(_ gradient: Tensor, to index: Int, owned: Bool) throws {
        noteReached(index)
        guard let existing = nodes[index].gradient else {
            nodes[index].gradient = Tensor(
                shape: nodes[index].shape, slice: gradient.slice, node: nil)
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

    /// Gives a node a gradient of zeros when none has reached it.
    func ensureGradient(of index: Int, on device: any Device) throws {
        guard nodes[index].gradient == nil else { return }
        let zeros = try Tensor(repeating: 0, shape: nodes[index].shape, on: device)
        try add(zeros, to: index, owned: true)
    }

    private func noteReached(_ index: Int) {
        nodes[index].observer?.gradientReached(nodes[index].number)
    }

    /// Lets an operation write a gradient straight into a node's memory.
    ///
    /// `write` receives the destination and whether it must add to what is there (`true`) or overwrite it.
    func accumulate(
        into index: Int, on device: any Device, _ write: (BufferSlice, Bool) throws -> Void
    ) throws {
        if let existing = nodes[index].gradient, nodes[index].ownsGradient {
            noteReached(index)
            try write(existing.slice, true)
            return
        }
        let fresh = try Tensor(uninitialized: nodes[index].shape, on: device)
        try write(fresh.slice, false)
        try add(fresh, to: index, owned: true)
    }

    /// Lets a fused operation, which can only add, write the gradients of several operands at once.
    ///
    /// `write` receives one destination per operand. No two are the same memory, even when an operand occurs twice;
    /// operands without a node get scratch memory.
    func accumulate(
        into operands: [(index: Int?, shape: Shape)], on device: any Device,
        _ write: ([BufferSlice]) throws -> Void
    ) throws {
        var direct = Set<Int>()
        var repeated: [(gradient: Tensor, index: Int)] = []
        let destinations = try operands.map { operand in
            if let index = operand.index, direct.insert(index).inserted {
                return try addableGradient(of: index, on: device)
            }
            let zeros = try Tensor(repeating: 0, shape: operand.shape, on: device)
            if let index = operand.index { repeated.append((zeros, index)) }
            return zeros.slice
        }
        try write(destinations)
        for (gradient, index) in repeated { try add(gradient, to: index, owned: true) }
    }

    /// Memory of the node's own that holds its gradient so far, zeros when there is none.
    private func addableGradient(of index: Int, on device: any Device) throws -> BufferSlice {
        noteReached(index)
        if let existing = nodes[index].gradient, nodes[index].ownsGradient {
            return existing.slice
        }
        let own = try Tensor(uninitialized: nodes[index].shape, on: device)
        if let shared = nodes[index].gradient {
            try device.affine(input: shared.slice, output: own.slice, scale: 1, offset: 0)
        } else {
            try device.fill(own.slice, value: 0)
        }
        nodes[index].gradient = own
        nodes[index].ownsGradient = true
        return own.slice
    }

    /// What a fused operation works on: inputs, of which some may be missing, and weights.
    struct Operands {
        let inputs: [(index: Int?, shape: Shape)]
        let weights: [(index: Int?, shape: Shape)]

        init(_ inputs: [Tensor?], weights: [Tensor]) {
            self.inputs = inputs.map { ($0?.node?.index, $0?.shape ?? .scalar) }
            self.weights = weights.map { ($0.node?.index, $0.shape) }
        }
    }

    /// Records a fused operation: `backward` receives the gradient of `output`, memory that it fills with the gradients of
    /// the recorded inputs, and memory to which it adds those of the weights.
    func record(
        _ output: Tensor, _ operands: Operands,
        backward:
            @escaping (
                _ gradient: Tensor, _ gradients: (inputs: [BufferSlice?], weights: [BufferSlice])
            ) throws -> Void
    ) -> Tensor {
        record(output) { gradient, tape in
            let device = gradient.device
            let found = try operands.inputs.map { input in
                input.index == nil ? nil : try Tensor(uninitialized: input.shape, on: device)
            }
            try tape.accumulate(into: operands.weights, on: device) { weights in
                try backward(gradient, (found.map { $0?.slice }, weights))
            }
            for case (let index?, let result?) in zip(operands.inputs.map(\.index), found) {
                try tape.add(result, to: index, owned: true)
            }
        }
    }
}
