import TandemDevices

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
        let (leftIndex, rightIndex) = (left.node?.index, right.node?.index)
        let (leftValue, rightValue) = (left.detached, right.detached)
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
