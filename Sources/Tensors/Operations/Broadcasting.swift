import TandemDevices

extension Tensor {
    /// A copy spread to `target` by NumPy's rule: `[3, 1]` to `[2, 3, 4]`; the gradient is summed over the copies.
    ///
    /// Aligned at the end, every size equals that of the target or is 1. Throws when it does not.
    public func expanded(to target: Shape) throws -> Tensor {
        try target.validated(for: "expanded")
        guard shape.broadcast(with: target) == target else {
            throw TensorError.shapeMismatch(
                operation: "expanded", shapes: [shape, target],
                advice: "aligned at the end, every size must be that of the target or 1")
        }
        if shape == target { return self }
        if count == target.count { return view(of: target) }
        let original = shape
        return try spread(to: target).recorded(from: self) { gradient in
            try gradient.summed(to: original)
        }
    }
}

extension Shape {
    /// The shape in which two shapes meet by NumPy's rule (axes aligned at the end, sizes equal or 1); `nil` when they do
    /// not fit.
    func broadcast(with other: Shape) -> Shape? {
        if self == other { return self }
        let (long, short) = rank >= other.rank ? (self, other) : (other, self)
        var sizes = long.dimensions
        let offset = long.rank - short.rank
        for axis in 0..<short.rank where short[at: axis] != sizes[offset + axis] {
            if short[at: axis] == 1 { continue }
            guard sizes[offset + axis] == 1 else { return nil }
            sizes[offset + axis] = short[at: axis]
        }
        let result = Shape(sizes)
        return result.flaw == nil ? result : nil
    }

    /// The shape with ones before it, of `rank` axes.
    func aligned(to rank: Int) -> Shape {
        Shape(Array(repeating: 1, count: max(0, rank - self.rank)) + dimensions)
    }

    /// For each axis of `target`, over which this shape is spread, the elements from one place to the next.
    func strides(in target: Shape) -> [Int] {
        let aligned = aligned(to: target.rank)
        return (0..<target.rank).map { axis in
            aligned[at: axis] == 1 ? 0 : aligned.product(axis + 1..<target.rank)
        }
    }
}

extension Tensor {
    /// The shape in which the operands of `operation` meet; throws when they do not fit.
    static func broadcastShape(_ operation: String, _ operands: Tensor...) throws -> Shape {
        var shape = Shape.scalar
        for operand in operands {
            guard let joint = shape.broadcast(with: operand.shape) else {
                throw TensorError.shapeMismatch(
                    operation: operation, shapes: operands.map(\.shape),
                    advice: "aligned at the end, the sizes of every axis must be equal or 1")
            }
            shape = joint
        }
        return shape
    }

    /// `operation(left, right)` of operands that fit, not recorded.
    static func combined(_ operation: BinaryOperation, _ left: Tensor, _ right: Tensor) throws
        -> Tensor
    {
        let shape = try broadcastShape("\(operation)", left, right)
        let output = try Tensor(uninitialized: shape, on: left.device)
        if left.shape == right.shape {
            try left.device.binary(
                operation, left: left.slice, right: right.slice, output: output.slice)
        } else {
            let layout = try StridedShape(
                shape.dimensions,
                strides: [left.shape.strides(in: shape), right.shape.strides(in: shape)])
            try left.device.binaryBroadcast(
                operation, left: left.slice, right: right.slice, output: output.slice, layout)
        }
        return output
    }

    /// `condition != 0 ? ifTrue : ifFalse` of operands that fit, not recorded.
    static func chosen(_ condition: Tensor, _ ifTrue: Tensor, _ ifFalse: Tensor) throws -> Tensor {
        let shape = try broadcastShape("where", condition, ifTrue, ifFalse)
        let output = try Tensor(uninitialized: shape, on: condition.device)
        let strides = [condition, ifTrue, ifFalse].map { $0.shape.strides(in: shape) }
        try condition.device.select(
            condition: condition.slice, ifTrue: ifTrue.slice, ifFalse: ifFalse.slice,
            output: output.slice, StridedShape(shape.dimensions, strides: strides))
        return output
    }

    /// A scalar beside this tensor.
    func scalar(_ value: Float) throws -> Tensor { try Tensor(value, on: device) }

    /// The elements spread to a larger shape, not recorded, and multiplied by `scale`.
    func spread(to target: Shape, scale: Float = 1) throws -> Tensor {
        let result = try Tensor(uninitialized: target, on: device)
        let (sizes, strides) = (target.dimensions, shape.strides(in: target))
        if scale == 1 {
            try device.copyStrided(
                input: slice, output: result.slice, StridedShape(sizes, strides: [strides]))
            return result
        }
        let layout = try StridedShape(sizes, strides: [strides, sizes.map { _ in 0 }])
        try device.binaryBroadcast(
            .multiply, left: slice, right: scalar(scale).slice, output: result.slice, layout)
        return result
    }

    /// The elements summed over the axes along which a tensor of shape `target` was spread to this one, not recorded.
    func summed(to target: Shape) throws -> Tensor {
        if shape == target { return detached }
        let sum = try reduced(.sum, spreadAxes(of: target))
        return Tensor(shape: target, slice: sum.slice, node: nil)
    }

    /// The axes of this tensor over which one of shape `target` was spread.
    private func spreadAxes(of target: Shape) -> [Int] {
        let aligned = target.aligned(to: shape.rank)
        return (0..<shape.rank).filter { aligned[at: $0] != shape[at: $0] }
    }

    /// Hands this gradient of a result to an operand of shape `target` that was spread over the result, `scale` times.
    ///
    /// With `owned` the memory belongs to the caller alone.
    func hand(
        to index: Int, of target: Shape, scale: Float = 1, owned: Bool, on tape: Tape
    ) throws {
        if shape == target {
            if scale == 1 { return try tape.add(self, to: index, owned: owned) }
            return try tape.accumulate(into: index, on: device) { destination, adds in
                try write(scale: scale, to: destination, adds: adds)
            }
        }
        try tape.accumulate(into: index, on: device) { destination, adds in
            try reduce(
                .sum, spreadAxes(of: target), scale: scale, into: destination, adds: adds)
        }
    }
}
