import TandemDevices

extension Tensor {
    /// The same elements in the same row-major order under another shape of equal size; free, no copy.
    public func reshaped(_ shape: Shape) throws -> Tensor {
        guard shape.count == count else {
            throw TensorError.shapeMismatch(
                operation: "reshape", shapes: [self.shape, shape],
                advice: "the numbers of elements must be equal")
        }
        let result = Tensor(shape: shape, slice: slice)
        guard let node else { return result }
        let index = node.index
        return node.tape.record(result) { gradient, tape in
            try tape.add(gradient, to: index, owned: false)
        }
    }

    /// A copy with two neighbouring axes exchanged, for example `[B, T, D]` to `[T, B, D]` with `transposed(0, 1)`.
    public func transposed(_ first: Int, _ second: Int) throws -> Tensor {
        guard first >= 0, second == first + 1, second < shape.rank else {
            throw TensorError.invalidArgument(
                operation: "transpose",
                detail: "axes \(first) and \(second) of shape \(shape) are not neighbours inside it"
            )
        }
        var axes = Array(0..<shape.rank)
        axes.swapAt(first, second)
        let swapped = shape.replacing(axis: first, with: shape[second])
            .replacing(axis: second, with: shape[first])
        let output = try Tensor(uninitialized: swapped, on: device)
        try device.copyStrided(
            input: slice, output: output.slice, .permuted(shape.dimensions, axes))
        let original = shape
        return output.recorded(from: self) { gradient in
            let result = try Tensor(uninitialized: original, on: gradient.device)
            try gradient.device.copyStrided(
                input: gradient.slice, output: result.slice, .permuted(swapped.dimensions, axes))
            return result
        }
    }

    /// Elements `range` of one axis; slices of the first axis share the storage.
    public func slice(axis: Int, _ range: Range<Int>) throws -> Tensor {
        guard axis >= 0, axis < shape.rank, range.lowerBound >= 0, range.upperBound <= shape[axis]
        else {
            throw TensorError.invalidArgument(
                operation: "slice",
                detail: "range \(range) of axis \(axis) is outside the shape \(shape)")
        }
        let outer = shape.product(0..<axis)
        let inner = shape.product(axis + 1..<shape.rank)
        let (start, columns, stride) = (
            range.lowerBound * inner, range.count * inner, shape[axis] * inner
        )
        let sliced = shape.replacing(axis: axis, with: range.count)
        let output: Tensor
        if outer == 1 {
            output = Tensor(shape: sliced, slice: try slice.part(from: start, count: columns))
        } else {
            output = try Tensor(uninitialized: sliced, on: device)
            try device.copy(
                Region(slice, start: start, rowStride: stride),
                to: Region(output.slice, rowStride: columns), rows: outer, columns: columns,
                accumulate: false)
        }
        return output.recorded(from: self) { gradient, destination, adds in
            let device = gradient.device
            if !adds { try device.fill(destination, value: 0) }
            try device.copy(
                Region(gradient.slice, rowStride: columns),
                to: Region(destination, start: start, rowStride: stride), rows: outer,
                columns: columns, accumulate: true)
        }
    }

    /// One element of an axis, the axis removed: `x.select(axis: 0, T - 1)` is the last time step of `[T, B, H]`.
    public func select(axis: Int, _ index: Int) throws -> Tensor {
        guard axis >= 0, axis < shape.rank, index >= 0, index < shape[axis] else {
            throw TensorError.invalidArgument(
                operation: "select",
                detail: "element \(index) of axis \(axis) is outside the shape \(shape)")
        }
        return try slice(axis: axis, index..<index + 1).reshaped(shape.removing(axis: axis))
    }

    /// Tensors joined along one axis; all other sizes must be equal.
    public static func concatenate(_ tensors: [Tensor], axis: Int) throws -> Tensor {
        let joined = try joinedShape(tensors, axis: axis)
        let device = tensors[0].device
        for tensor in tensors { try requireDevice("concatenate", device, of: tensor.slice) }
        let tape = try commonTape("concatenate", tensors)
        let outer = joined.product(0..<axis)
        let inner = joined.product(axis + 1..<joined.rank)
        let stride = joined[axis] * inner
        let output = try Tensor(uninitialized: joined, on: device)
        var parts: [(index: Int?, start: Int, columns: Int)] = []
        var start = 0
        for tensor in tensors {
            let columns = tensor.shape[axis] * inner
            try device.copy(
                Region(tensor.slice, rowStride: columns),
                to: Region(output.slice, start: start, rowStride: stride), rows: outer,
                columns: columns, accumulate: false)
            parts.append((tensor.node?.index, start, columns))
            start += columns
        }
        guard let tape else { return output }
        return tape.record(output) { [parts] gradient, tape in
            for (index, start, columns) in parts {
                guard let index else { continue }
                try tape.accumulate(into: index, on: gradient.device) { destination, adds in
                    try gradient.device.copy(
                        Region(gradient.slice, start: start, rowStride: stride),
                        to: Region(destination, rowStride: columns), rows: outer,
                        columns: columns, accumulate: adds)
                }
            }
        }
    }

    private static func joinedShape(_ tensors: [Tensor], axis: Int) throws -> Shape {
        guard let first = tensors.first?.shape, axis >= 0, axis < first.rank else {
            throw TensorError.invalidArgument(
                operation: "concatenate",
                detail: "needs at least one tensor and an axis inside it; got \(tensors.count) "
                    + "tensors and axis \(axis)")
        }
        var total = 0
        for shape in tensors.map(\.shape) {
            guard shape.rank == first.rank, shape.replacing(axis: axis, with: first[axis]) == first
            else {
                throw TensorError.shapeMismatch(
                    operation: "concatenate", shapes: [first, shape],
                    advice: "all axes but axis \(axis) must be equal")
            }
            total += shape[axis]
        }
        return first.replacing(axis: axis, with: total)
    }
}
