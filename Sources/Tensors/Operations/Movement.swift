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
}
