import TandemDevices

extension Tensor {
    /// The same elements in the same row-major order under another shape of equal size; free, no copy.
    ///
    /// One size may be -1: it stands for what the others leave, `[6, 4]` to `[2, 12]` with `reshaped([2, -1])`.
    public func reshaped(_ shape: Shape) throws -> Tensor {
        view(of: try self.shape.reshaped(shape, "reshaped"))
    }

    /// The same memory under another shape of equal size.
    func view(of shape: Shape) -> Tensor {
        let result = Tensor(shape: shape, slice: slice, node: nil)
        guard let node else { return result }
        let index = node.index
        return node.tape.record(result) { gradient, tape in
            try tape.add(gradient, to: index, owned: false)
        }
    }

    /// The same elements without an axis of size 1; negative axes count from the end.
    public func removingAxis(_ axis: Int) throws -> Tensor {
        let place = try shape.place(of: axis, "removingAxis")
        guard shape[at: place] == 1 else {
            throw TensorError.invalidArgument(
                operation: "removingAxis",
                detail: "axis \(axis) of the shape \(shape) has size \(shape[at: place]), not 1; "
                    + "take one element with select, or reduce the axis")
        }
        return view(of: shape.removing(axis: place))
    }

    /// The same elements with a further axis of size 1 before axis `axis`; -1 adds a last axis.
    public func insertingAxis(_ axis: Int) throws -> Tensor {
        view(of: try shape.inserting(axis: axis).validated(for: "insertingAxis"))
    }

    /// A copy with two axes exchanged, by default the last two; negative axes count from the end.
    ///
    /// `[B, T, D]` becomes `[T, B, D]` with `transposed(0, 1)`.
    public func transposed(_ first: Int = -2, _ second: Int = -1) throws -> Tensor {
        var order = Array(0..<shape.rank)
        let (first, second) = (
            try shape.place(of: first, "transposed"), try shape.place(of: second, "transposed")
        )
        order.swapAt(first, second)
        return try permuted(places: order)
    }

    /// A copy whose axis `i` is axis `axes[i]` of this tensor; every axis is named once, negative ones from the end.
    ///
    /// `[B, T, H, D]` becomes `[B, H, T, D]` with `permuted(0, 2, 1, 3)`.
    public func permuted(_ axes: Int...) throws -> Tensor { try permuted(axes) }

    /// A copy with the axes in another order; see above.
    public func permuted(_ axes: [Int]) throws -> Tensor {
        guard axes.count == shape.rank else {
            throw TensorError.invalidArgument(
                operation: "permuted",
                detail: "\(axes.count) axes \(axes) for the shape \(shape); name each of its "
                    + "\(shape.rank) axes once")
        }
        _ = try shape.places(of: axes, "permuted")
        return try permuted(places: try axes.map { try shape.place(of: $0, "permuted") })
    }

    private func permuted(places order: [Int]) throws -> Tensor {
        let output = try copyPermuted(order)
        var inverse = order
        for (place, axis) in order.enumerated() { inverse[axis] = place }
        return output.recorded(from: self) { [inverse] gradient in
            try gradient.copyPermuted(inverse)
        }
    }

    /// The elements with the axes in another order, not recorded; shares the memory when their order stays.
    private func copyPermuted(_ order: [Int]) throws -> Tensor {
        let result = Shape(order.map { shape[at: $0] })
        let wide = order.filter { shape[at: $0] != 1 }
        if wide == wide.sorted() { return Tensor(shape: result, slice: slice, node: nil) }
        let output = try Tensor(uninitialized: result, on: device)
        try device.copyStrided(
            input: slice, output: output.slice, .permuted(shape.dimensions, order))
        return output
    }

    /// A copy with the elements of one axis in the opposite order; negative axes count from the end.
    ///
    /// One device operation per element of the axis.
    public func flipped(axis: Int = 0) throws -> Tensor {
        let place = try shape.place(of: axis, "flipped")
        let output = try copyFlipped(place)
        return output.recorded(from: self) { gradient in try gradient.copyFlipped(place) }
    }

    private func copyFlipped(_ axis: Int) throws -> Tensor {
        let output = try Tensor(uninitialized: shape, on: device)
        guard count > 0 else { return output }
        let (outer, size, inner) = shape.around(axis)
        for index in 0..<size {
            try device.copy(
                Region(slice, start: index * inner, rowStride: size * inner),
                to: Region(
                    output.slice, start: (size - 1 - index) * inner, rowStride: size * inner),
                rows: outer, columns: inner, accumulate: false)
        }
        return output
    }

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
