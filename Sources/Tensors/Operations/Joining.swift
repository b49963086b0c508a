import TandemDevices

extension Tensor {
    /// Tensors joined along one axis, negative ones from the end; all other sizes must be equal.
    public static func concatenate(_ tensors: [Tensor], axis: Int = 0) throws -> Tensor {
        guard let first = tensors.first else {
            throw TensorError.invalidArgument(
                operation: "concatenate", detail: "needs at least one tensor")
        }
        let axis = try first.shape.place(of: axis, "concatenate")
        let joined = try joinedShape(tensors.map(\.shape), axis: axis)
        let device = first.device
        for tensor in tensors { try requireDevice("concatenate", device, of: tensor.slice) }
        let tape = try commonTape("concatenate", tensors)
        let (outer, size, inner) = joined.around(axis)
        let stride = size * inner
        let output = try Tensor(uninitialized: joined, on: device)
        var parts: [(index: Int?, start: Int, columns: Int)] = []
        var start = 0
        for tensor in tensors {
            let columns = tensor.shape[at: axis] * inner
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

    /// Tensors of one shape side by side along a new axis: three of `[B, D]` give `[3, B, D]`, with axis -1 `[B, D, 3]`.
    public static func stack(_ tensors: [Tensor], axis: Int = 0) throws -> Tensor {
        guard let first = tensors.first?.shape else {
            throw TensorError.invalidArgument(
                operation: "stack", detail: "needs at least one tensor")
        }
        for tensor in tensors where tensor.shape != first {
            throw TensorError.shapeMismatch(
                operation: "stack", shapes: [first, tensor.shape],
                advice: "all tensors need the same shape; concatenate joins along an axis")
        }
        let longer = try first.inserting(axis: axis).validated(for: "stack")
        return try concatenate(
            tensors.map { $0.view(of: longer) }, axis: axis < 0 ? first.rank + 1 + axis : axis)
    }

    /// The parts of an axis with the given sizes, in order; the sizes add up to that of the axis.
    public func split(sizes: [Int], axis: Int = 0) throws -> [Tensor] {
        let place = try shape.place(of: axis, "split")
        var total = 0
        var ranges: [Range<Int>] = []
        for size in sizes where (0...shape[at: place] - total).contains(size) {
            ranges.append(total..<total + size)
            total += size
        }
        guard ranges.count == sizes.count, total == shape[at: place] else {
            throw TensorError.invalidArgument(
                operation: "split",
                detail: "the sizes \(sizes) do not add up to the \(shape[at: place]) elements of "
                    + "axis \(axis) of the shape \(shape)")
        }
        return try ranges.map { try slice(place: place, $0) }
    }

    /// `parts` parts of equal size along an axis; throws when the axis cannot be divided so.
    public func split(into parts: Int, axis: Int = 0) throws -> [Tensor] {
        let size = shape[at: try shape.place(of: axis, "split")]
        guard parts > 0, size.isMultiple(of: parts) else {
            throw TensorError.invalidArgument(
                operation: "split",
                detail: "axis \(axis) of the shape \(shape) cannot be divided into \(parts) equal "
                    + "parts; give their sizes")
        }
        return try split(sizes: Array(repeating: size / parts, count: parts), axis: axis)
    }

    private static func joinedShape(_ shapes: [Shape], axis: Int) throws -> Shape {
        let first = shapes[0]
        var total = 0
        for shape in shapes {
            guard shape.rank == first.rank,
                shape.replacing(axis: axis, with: first[at: axis]) == first
            else {
                throw TensorError.shapeMismatch(
                    operation: "concatenate", shapes: [first, shape],
                    advice: "all axes but axis \(axis) must be equal")
            }
            total += shape[at: axis]
        }
        return try first.replacing(axis: axis, with: total).validated(for: "concatenate")
    }
}
