public import TandemDevices

extension Tensor {
    /// Matrix product of two matrices, or of as many as their leading (batch) axes hold: `[.., M, K] x [.., K, N]`.
    ///
    /// With `transposeLeft` the left operand is stored as `[.., K, M]`, with `transposeRight` the right one as
    /// `[.., N, K]`. The batch axes are broadcast: `[B, 1, M, K] x [H, K, N]` gives `[B, H, M, N]`. Throws when an operand is
    /// no matrix, when the batch axes do not fit or the inner dimensions differ.
    public func matmul(
        _ right: Tensor, transposeLeft: Bool = false, transposeRight: Bool = false
    ) throws -> Tensor {
        let device = try Self.commonDevice("matmul", self, right)
        let tape = try Self.commonTape("matmul", [self, right])
        let (parameters, batch) = try matmulParameters(
            right, transposeLeft: transposeLeft, transposeRight: transposeRight)
        let result = try Shape(batch.dimensions + [parameters.m, parameters.n])
            .validated(for: "matmul")
        if right.shape.rank == 2, shape.rank > 2, !transposeLeft {
            // One right matrix for all: the rows of the left ones are the rows of one matrix.
            return try view(of: [parameters.batch * parameters.m, parameters.k])
                .matmul(right, transposeRight: transposeRight).view(of: result)
        }
        let (left, right) = (
            try expandedBatch(batch), try right.expandedBatch(batch)
        )
        let output = try Tensor(uninitialized: result, on: device)
        try device.matmul(
            left: left.slice, right: right.slice, bias: nil, output: output.slice, parameters)
        guard let tape else { return output }
        let operands = MatmulOperands(left, right)
        return tape.record(output) { gradient, tape in
            try operands.backward(gradient, parameters, tape)
        }
    }

    /// The matrices repeated along the batch axes where these have size 1 or are missing.
    private func expandedBatch(_ batch: Shape) throws -> Tensor {
        let own = shape.dimensions.suffix(2)
        let wanted = Shape(batch.dimensions + own)
        return wanted == shape ? self : try expanded(to: wanted)
    }

    private func matmulParameters(_ right: Tensor, transposeLeft: Bool, transposeRight: Bool)
        throws -> (MatmulParameters, batch: Shape)
    {
        func mismatch(_ advice: String) -> TensorError {
            .shapeMismatch(operation: "matmul", shapes: [shape, right.shape], advice: advice)
        }
        let (a, b) = (shape.dimensions, right.shape.dimensions)
        guard a.count >= 2, b.count >= 2 else {
            throw mismatch("both operands need at least two axes; reshape a vector into a matrix")
        }
        guard let batch = Shape(a.dropLast(2)).broadcast(with: Shape(b.dropLast(2))) else {
            throw mismatch("the leading (batch) sizes must be equal or 1")
        }
        let (leftRows, leftColumns) = (a[a.count - 2], a[a.count - 1])
        let (rightRows, rightColumns) = (b[b.count - 2], b[b.count - 1])
        let inner = transposeLeft ? leftRows : leftColumns
        guard inner == (transposeRight ? rightColumns : rightRows) else {
            throw mismatch("the inner dimensions differ; transpose an operand or check the sizes")
        }
        let parameters = MatmulParameters(
            m: transposeLeft ? leftColumns : leftRows, n: transposeRight ? rightRows : rightColumns,
            k: inner, transposeLeft: transposeLeft, transposeRight: transposeRight,
            batch: batch.count)
        return (parameters, batch)
    }

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
            operands: MatmulOperands(self, weight), bias: bias?.slice,
            biasIndex: bias?.node?.index, output: output.slice, product: product)
        return tape.record(output, isRectified: activation == .relu) { gradient, tape in
            try call.backward(gradient, tape)
        }
    }
}

/// What a product saves for its backward pass.
private struct MatmulOperands {
    let left: BufferSlice
    let right: BufferSlice
    private let leftIndex: Int?
    private let rightIndex: Int?

    init(_ left: Tensor, _ right: Tensor) {
        (self.left, self.right) = (left.slice, right.slice)
        (leftIndex, rightIndex) = (left.node?.index, right.node?.index)
    }

    /// Hands on the gradients that follow from that of the product `forward`.
    func backward(_ gradient: Tensor, _ forward: MatmulParameters, _ tape: Tape) throws {
        let device = gradient.device
        if let leftIndex {
            try tape.accumulate(into: leftIndex, on: device) { destination, adds in
                try leftGradient(gradient.slice, destination, adds, forward, device)
            }
        }
        if let rightIndex {
            try tape.accumulate(into: rightIndex, on: device) { destination, adds in
                try rightGradient(gradient.slice, destination, adds, forward, device)
            }
        }
    }

    /// `dA = G op(B)^T`, stored transposed when A is.
    private func leftGradient(
        _ gradient: BufferSlice, _ destination: BufferSlice, _ adds: Bool,
        _ forward: MatmulParameters, _ device: any Device
    ) throws {
        var parameters = MatmulParameters(
            m: forward.m, n: forward.k, k: forward.n, transposeRight: !forward.transposeRight,
            batch: forward.batch, beta: adds ? 1 : 0)
        var operands = (gradient, right)
        if forward.transposeLeft {
            (parameters.m, parameters.n) = (forward.k, forward.m)
            parameters.transposeLeft = forward.transposeRight
            parameters.transposeRight = true
            operands = (right, gradient)
        }
        try device.matmul(
            left: operands.0, right: operands.1, bias: nil, output: destination, parameters)
    }

    /// `dB = op(A)^T G`, stored transposed when B is.
    private func rightGradient(
        _ gradient: BufferSlice, _ destination: BufferSlice, _ adds: Bool,
        _ forward: MatmulParameters, _ device: any Device
    ) throws {
        var parameters = MatmulParameters(
            m: forward.k, n: forward.n, k: forward.m, transposeLeft: !forward.transposeLeft,
            batch: forward.batch, beta: adds ? 1 : 0)
        var operands = (left, gradient)
        if forward.transposeRight {
            (parameters.m, parameters.n) = (forward.n, forward.k)
            parameters.transposeLeft = true
            parameters.transposeRight = forward.transposeLeft
            operands = (gradient, left)
        }
        try device.matmul(
            left: operands.0, right: operands.1, bias: nil, output: destination, parameters)
    }
}

/// What a linear layer saves for its backward pass.
private struct LinearCall {
    let operands: MatmulOperands
    let bias: BufferSlice?
    let biasIndex: Int?
    let output: BufferSlice
    let product: MatmulParameters

    func backward(_ gradient: Tensor, _ tape: Tape) throws {
        let inner = try beforeActivation(gradient)
        try operands.backward(inner, product, tape)
        guard let biasIndex else { return }
        try tape.accumulate(into: biasIndex, on: gradient.device) { destination, adds in
            try gradient.device.reduce(
                .sum, input: inner.slice, output: destination, outer: 1, count: product.m,
                inner: product.n, scale: 1, accumulate: adds)
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
                left: operands.left, right: operands.right, bias: bias, output: entered, plain)
        }
        try device.unaryBackward(
            operation, input: entered, output: output, outputGradient: gradient.slice,
            inputGradient: result.slice)
        return result
    }
}
