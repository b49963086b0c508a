public import Devices

extension Tensor {
    /// Matrix product of two matrices, or of equally many matrices (`[batch, M, K] x [batch, K, N]`).
    ///
    /// With `transposeLeft` the left operand is stored as `[.., K, M]`, with `transposeRight` the right one as
    /// `[.., N, K]`. Throws when ranks, batches or inner dimensions differ.
    public func matmul(
        _ right: Tensor, transposeLeft: Bool = false, transposeRight: Bool = false
    ) throws -> Tensor {
        let device = try Self.commonDevice("matmul", self, right)
        let parameters = try matmulParameters(
            right, transposeLeft: transposeLeft, transposeRight: transposeRight)
        var sizes = Array(shape.dimensions.dropLast(2))
        sizes += [parameters.m, parameters.n]
        let output = try Tensor(uninitialized: Shape(sizes), on: device)
        try device.matmul(
            left: slice, right: right.slice, bias: nil, output: output.slice, parameters)
        guard let tape = try Self.commonTape("matmul", self, right) else { return output }
        let (leftNode, rightNode) = (node, right.node)
        let (leftValue, rightValue) = (detached, right.detached)
        return tape.record(output) { gradient, tape in
            if let node = leftNode {
                try tape.accumulate(into: node.index, on: device) { destination, adds in
                    try Self.leftGradient(gradient, rightValue, destination, adds, parameters)
                }
            }
            if let node = rightNode {
                try tape.accumulate(into: node.index, on: device) { destination, adds in
                    try Self.rightGradient(gradient, leftValue, destination, adds, parameters)
                }
            }
        }
    }

    private func matmulParameters(_ right: Tensor, transposeLeft: Bool, transposeRight: Bool)
        throws -> MatmulParameters
    {
        let (a, b) = (shape, right.shape)
        func mismatch(_ advice: String) -> TensorError {
            .shapeMismatch(operation: "matmul", shapes: [a, b], advice: advice)
        }
        guard a.rank >= 2, a.rank == b.rank else {
            throw mismatch("both operands need the same rank of at least 2")
        }
        let batch = a.product(0..<a.rank - 2)
        guard a.dimensions.dropLast(2) == b.dimensions.dropLast(2) else {
            throw mismatch("the leading (batch) sizes must be equal")
        }
        let inner = transposeLeft ? a[-2] : a[-1]
        guard inner == (transposeRight ? b[-1] : b[-2]) else {
            throw mismatch("the inner dimensions differ; transpose an operand or check the sizes")
        }
        return MatmulParameters(
            m: transposeLeft ? a[-1] : a[-2], n: transposeRight ? b[-2] : b[-1], k: inner,
            transposeLeft: transposeLeft, transposeRight: transposeRight, batch: batch)
    }

    /// `dA = G op(B)^T`, stored transposed when A is.
    private static func leftGradient(
        _ gradient: Tensor, _ right: Tensor, _ destination: BufferSlice, _ adds: Bool,
        _ forward: MatmulParameters
    ) throws {
        var parameters = MatmulParameters(
            m: forward.m, n: forward.k, k: forward.n, transposeRight: !forward.transposeRight,
            batch: forward.batch, beta: adds ? 1 : 0)
        var operands = (gradient.slice, right.slice)
        if forward.transposeLeft {
            parameters.m = forward.k
            parameters.n = forward.m
            parameters.transposeLeft = forward.transposeRight
            parameters.transposeRight = true
            operands = (right.slice, gradient.slice)
        }
        try gradient.device.matmul(
            left: operands.0, right: operands.1, bias: nil, output: destination, parameters)
    }

    /// `dB = op(A)^T G`, stored transposed when B is.
    private static func rightGradient(
        _ gradient: Tensor, _ left: Tensor, _ destination: BufferSlice, _ adds: Bool,
        _ forward: MatmulParameters
    ) throws {
        var parameters = MatmulParameters(
            m: forward.k, n: forward.n, k: forward.m, transposeLeft: !forward.transposeLeft,
            batch: forward.batch, beta: adds ? 1 : 0)
        var operands = (left.slice, gradient.slice)
        if forward.transposeRight {
            parameters.m = forward.n
            parameters.n = forward.k
            parameters.transposeLeft = true
            parameters.transposeRight = forward.transposeLeft
            operands = (gradient.slice, left.slice)
        }
        try gradient.device.matmul(
            left: operands.0, right: operands.1, bias: nil, output: destination, parameters)
    }

    /// A fused linear layer: `activation(x W^T + b)`, x `[.., I]`, weight `[O, I]`, bias `[O]`, result `[.., O]`.
    public func linear(
        weight: Tensor, bias: Tensor? = nil, activation: MatmulActivation = .identity
    ) throws -> Tensor {
        let device = try Self.commonDevice("linear", self, weight)
        let (rows, inputs) = shape.asMatrix
        guard weight.shape.rank == 2, shape.rank >= 1, weight.shape[1] == inputs else {
            throw TensorError.shapeMismatch(
                operation: "linear", shapes: [shape, weight.shape],
                advice: "the last axis of the input must equal the weight's second axis")
        }
        let outputs = weight.shape[0]
        if let bias, bias.shape != [outputs] {
            throw TensorError.shapeMismatch(
                operation: "linear", shapes: [weight.shape, bias.shape],
                advice: "the bias needs one element per row of the weight")
        }
        let output = try Tensor(
            uninitialized: shape.replacing(axis: shape.rank - 1, with: outputs), on: device)
        try device.matmul(
            left: slice, right: weight.slice, bias: bias?.slice, output: output.slice,
            MatmulParameters(
                m: rows, n: outputs, k: inputs, transposeRight: true, activation: activation))
        guard let tape = try Self.commonTape("linear", self, weight, bias) else { return output }
        return recordLinear(output, weight, bias, activation, tape)
    }

    private func recordLinear(
        _ output: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: MatmulActivation,
        _ tape: Tape
    ) -> Tensor {
        let (inputNode, weightNode, biasNode) = (node, weight.node, bias?.node)
        let (input, weightValue, biasSlice) = (detached, weight.detached, bias?.slice)
        let (rows, inputs) = shape.asMatrix
        let outputs = weight.shape[0]
        let product = MatmulParameters(m: rows, n: outputs, k: inputs, transposeRight: true)
        let outputSlice = output.slice
        return tape.record(output) { gradient, tape in
            let device = gradient.device
            var inner = gradient.detached
            if let operation = activation.unaryOperation {
                inner = try Tensor(uninitialized: gradient.shape, on: device)
                var preActivation = outputSlice
                if activation == .gelu {
                    // Only GELU's derivative needs the value before the activation: it is computed again.
                    preActivation = try device.allocate(rows * outputs).slice
                    try device.matmul(
                        left: input.slice, right: weightValue.slice, bias: biasSlice,
                        output: preActivation, product)
                }
                try device.unaryBackward(
                    operation, input: preActivation, output: outputSlice,
                    outputGradient: gradient.slice, inputGradient: inner.slice)
            }
            if let node = inputNode {
                try tape.accumulate(into: node.index, on: device) { destination, adds in
                    try Self.leftGradient(inner, weightValue, destination, adds, product)
                }
            }
            if let node = weightNode {
                try tape.accumulate(into: node.index, on: device) { destination, adds in
                    try Self.rightGradient(inner, input, destination, adds, product)
                }
            }
            if let node = biasNode {
                try tape.accumulate(into: node.index, on: device) { destination, adds in
                    try device.reduce(
                        .sum, input: inner.slice, output: destination, rows: rows,
                        columns: outputs, axis: .alongColumns, scale: 1, accumulate: adds)
                }
            }
        }
    }
}
