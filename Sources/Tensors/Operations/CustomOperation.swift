import TandemDevices

extension Tensor {
    /// A differentiable operation of one's own.
    ///
    /// `forward` computes the results from the inputs, with other tensor operations or with operations of the device;
    /// it sees the inputs detached, so nothing inside it is recorded. `backward` is called once in a backward pass that
    /// reaches a result, and returns one gradient per input, of the input's shape, or `nil` where there is none. What it
    /// needs from the forward pass it finds in its argument, or captures.
    ///
    ///     let cubes = try Tensor.custom("cube", inputs: [x]) { inputs in
    ///         [try inputs[0] * inputs[0] * inputs[0]]
    ///     } backward: { pass in
    ///         [try pass.gradients[0] * pass.inputs[0].squared() * 3]
    ///     }[0]
    ///
    /// Without a recorded input only `forward` runs. Throws what the two throw; when the inputs belong to different
    /// devices or tapes; and in the backward pass, naming the operation, when the number, the shapes or the devices of the
    /// gradients are not those of the inputs.
    public static func custom(
        _ name: String, inputs: [Tensor], forward: (_ inputs: [Tensor]) throws -> [Tensor],
        backward: @escaping (_ pass: CustomBackwardPass) throws -> [Tensor?]
    ) throws -> [Tensor] {
        if let first = inputs.first {
            for input in inputs { try requireDevice(name, first.device, of: input.slice) }
        }
        let tape = try commonTape(name, inputs)
        let plain = inputs.map(\.detached)
        let outputs = try forward(plain).map(\.detached)
        guard let tape else { return outputs }
        let call = CustomCall(
            name: name, inputs: plain, outputs: outputs, indices: inputs.map { $0.node?.index },
            backward: backward)
        return call.record(on: tape)
    }
}

/// What the backward half of an operation of one's own works from; see `Tensor.custom`.
public struct CustomBackwardPass {
    /// The inputs of the forward call.
    public let inputs: [Tensor]
    /// The results of the forward call.
    public let outputs: [Tensor]
    /// The gradient of every result, of its shape; zeros for a result that no gradient reached.
    public let gradients: [Tensor]
}

/// An operation of a person's own on its way through a tape.
///
/// Every result has a node. That of the first was made first and is thus visited last: it knows all gradients by then
/// and runs the backward half.
private struct CustomCall {
    /// The gradients that have reached the results, by their places.
    final class Gradients {
        var byPlace: [Int: Tensor] = [:]
    }

    let name: String
    let inputs: [Tensor]
    let outputs: [Tensor]
    let indices: [Int?]
    let backward: (CustomBackwardPass) throws -> [Tensor?]
    let gradients = Gradients()

    func record(on tape: Tape) -> [Tensor] {
        guard let first = outputs.first else { return [] }
        let recorded = tape.record(first) { gradient, tape in
            gradients.byPlace[0] = gradient.detached
            try finish(tape)
        }
        guard let firstIndex = recorded.node?.index else { return outputs }
        let others = outputs.indices.dropFirst().map { place in
            tape.record(outputs[place]) { gradient, tape in
                gradients.byPlace[place] = gradient.detached
                try tape.ensureGradient(of: firstIndex, on: gradient.device)
            }
        }
        return [recorded] + others
    }

    private func finish(_ tape: Tape) throws {
        let reached = try outputs.enumerated().map { place, output in
            try gradients.byPlace[place]
                ?? Tensor(repeating: 0, shape: output.shape, on: output.device)
        }
        let results = try backward(
            CustomBackwardPass(inputs: inputs, outputs: outputs, gradients: reached))
        guard results.count == inputs.count else {
            throw TensorError.invalidArgument(
                operation: name,
                detail: "its backward half returned \(results.count) gradients for "
                    + "\(inputs.count) inputs; return one for each, nil where there is none")
        }
        for (place, result) in results.enumerated() {
            guard let result else { continue }
            guard result.shape == inputs[place].shape else {
                throw TensorError.shapeMismatch(
                    operation: name, shapes: [inputs[place].shape, result.shape],
                    advice: "the gradient of input \(place) needs the shape of that input")
            }
            try Tensor.requireDevice(name, inputs[place].device, of: result.slice)
            // The memory may belong to a tensor of the person's own, so it is never added to in place.
            if let index = indices[place] { try tape.add(result, to: index, owned: false) }
        }
    }
}
