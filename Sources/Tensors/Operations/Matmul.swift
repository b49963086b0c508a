import TandemDevices

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
        let tape = try Self.commonTape("matmul", [self, right])
        let sizes = shape.dimensions.dropLast(2) + [parameters.m, parameters.n]
        let output = try Tensor(uninitialized: Shape(sizes), on: device)
        try device.matmul(
            left: slice, right: right.slice, bias: nil, output: output.slice, parameters)
        guard let tape else { return output }
        let (leftIndex, rightIndex) = (node?.index, right.node?.index)
        let (leftValue, rightValue) = (detached, right.detached)
        return tape.record(output) { gradient, tape in
            if let leftIndex {
                try tape.accumulate(into: leftIndex, on: device) { destination, adds in
                    try Self.leftGradient(gradient, rightValue, destination, adds, parameters)
                }
            }
            if let rightIndex {
                try tape.accumulate(into: rightIndex, on: device) { destination, adds in
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
    static func leftGradient(
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
    static func rightGradient(
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
}
