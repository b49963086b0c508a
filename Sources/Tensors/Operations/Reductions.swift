import TandemDevices

extension Tensor {
    /// Sum of all elements: a scalar.
    public func sum() throws -> Tensor { try reduceAll(scale: 1) }

    /// Mean of all elements: a scalar.
    ///
    /// Throws when there are none.
    public func mean() throws -> Tensor {
        guard count > 0 else {
            throw TensorError.invalidArgument(operation: "mean", detail: "the tensor is empty")
        }
        return try reduceAll(scale: 1 / Float(count))
    }

    /// Sum over the last axis: `[.., C] -> [..]`.
    public func sumOverLastAxis() throws -> Tensor {
        let (rows, columns) = shape.asMatrix
        guard shape.rank > 0 else { return self }
        return try reduced(
            outer: rows, count: columns, inner: 1, scale: 1,
            to: shape.removing(axis: shape.rank - 1))
    }

    /// Sum over the first axis: `[R, ..] -> [..]`.
    public func sumOverFirstAxis() throws -> Tensor {
        guard shape.rank > 0 else { return self }
        let rows = shape[0]
        return try reduced(
            outer: 1, count: rows, inner: shape.product(1..<shape.rank), scale: 1,
            to: shape.removing(axis: 0))
    }

    private func reduceAll(scale: Float) throws -> Tensor {
        try reduced(outer: 1, count: count, inner: 1, scale: scale, to: .scalar)
    }

    private func reduced(
        outer: Int, count: Int, inner: Int, scale: Float, to result: Shape
    ) throws -> Tensor {
        let output = try Tensor(uninitialized: result, on: device)
        try device.reduce(
            .sum, input: slice, output: output.slice, outer: outer, count: count,
            inner: inner, scale: scale, accumulate: false)
        let original = shape
        return output.recorded(from: self) { gradient in
            let spread = try Tensor(repeating: scale, shape: original, on: gradient.device)
            try gradient.device.binaryBroadcast(
                .multiply, left: spread.slice, right: gradient.slice, output: spread.slice,
                StridedShape(broadcasting: [[outer, count, inner], [outer, 1, inner]]))
            return spread
        }
    }
}
