public import TandemDevices

extension Tensor {
    /// A fused linear layer: `activation(x W^T + b)`, x `[.., I]`, weight `[O, I]`, bias `[O]`, result `[.., O]`.
    ///
    /// Throws when the shapes do not fit or the operands belong to different devices or tapes.
    public func linear(
        weight: Tensor, bias: Tensor? = nil, activation: MatmulActivation = .identity
    ) throws -> Tensor {
        let device = try Self.commonDevice("linear", self, weight, bias)
        let tape = try Self.commonTape("linear", [self, weight, bias])
        let (rows, inputs) = shape.asMatrix
        guard shape.rank >= 1, weight.shape.rank == 2, weight.shape[at: 1] == inputs else {
            throw TensorError.shapeMismatch(
                operation: "linear", shapes: [shape, weight.shape],
                advice: "the last axis of the input must equal the weight's second axis")
        }
        let outputs = weight.shape[at: 0]
        if let bias, bias.shape != [outputs] {
            throw TensorError.shapeMismatch(
                operation: "linear", shapes: [weight.shape, bias.shape],
                advice: "the bias needs one element per row of the weight")
        }
        let output = try Tensor(
            uninitialized: shape.replacing(axis: shape.rank - 1, with: outputs), on: device)
        var product = MatmulParameters(m: rows, n: outputs, k: inputs, transposeRight: true)
        product.activation = activation
        try device.matmul(
            left: slice, right: weight.slice, bias: bias?.slice, output: output.slice, product)
        guard let tape else { return output }
        let call = LinearCall(
            input: detached, weight: weight.detached, bias: bias?.slice, output: output.slice,
            product: product, inputIndex: node?.index, weightIndex: weight.node?.index,
            biasIndex: bias?.node?.index)
        return tape.record(output, isRectified: activation == .relu) { gradient, tape in
            try call.backward(gradient, tape)
        }
    }
}

/// What a linear layer saves for its backward pass.
private struct LinearCall {
    let input: Tensor
    let weight: Tensor
    let bias: BufferSlice?
    let output: BufferSlice
    let product: MatmulParameters
    let inputIndex: Int?
    let weightIndex: Int?
    let biasIndex: Int?

    func backward(_ gradient: Tensor, _ tape: Tape) throws {
        let device = gradient.device
        let inner = try beforeActivation(gradient)
        if let inputIndex {
            try tape.accumulate(into: inputIndex, on: device) { destination, adds in
                try Tensor.leftGradient(inner, weight, destination, adds, product)
            }
        }
        if let weightIndex {
            try tape.accumulate(into: weightIndex, on: device) { destination, adds in
                try Tensor.rightGradient(inner, input, destination, adds, product)
            }
        }
        if let biasIndex {
            try tape.accumulate(into: biasIndex, on: device) { destination, adds in
                try device.reduce(
                    .sum, input: inner.slice, output: destination, outer: 1, count: product.m,
                    inner: product.n, scale: 1, accumulate: adds)
            }
        }
    }

    /// The gradient of the value that enters the activation.
    private func beforeActivation(_ gradient: Tensor) throws -> Tensor {
        guard let operation = product.activation.unaryOperation else { return gradient }
        let device = gradient.device
        let result = try Tensor(uninitialized: gradient.shape, on: device)
        var entered = output
        if product.activation == .gelu {
            // Only GELU's derivative needs the value that entered it; computed again, it takes no memory in between.
            entered = try device.allocate(output.count).slice
            var plain = product
            plain.activation = .identity
            try device.matmul(
                left: input.slice, right: weight.slice, bias: bias, output: entered, plain)
        }
        try device.unaryBackward(
            operation, input: entered, output: output, outputGradient: gradient.slice,
            inputGradient: result.slice)
        return result
    }
}
