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

    /// The elements spread to a larger shape, not recorded, and multiplied by `scale`.
    func spread(to target: Shape, scale: Float = 1) throws -> Tensor {
        if let plan = BroadcastPlan(large: target, small: shape) {
            let result = try Tensor(repeating: scale, shape: target, on: device)
            try plan.apply(
                .multiply, large: result.slice, small: slice, output: result.slice, on: device)
            return result
        }
        var result = Tensor(shape: shape.aligned(to: target.rank), slice: slice, node: nil)
        for axis in 0..<target.rank where result.shape[at: axis] != target[at: axis] {
            result = try result.spread(axis: axis, target[at: axis])
        }
        return scale == 1 ? result : try result.affine(scale: scale)
    }

    private func spread(axis: Int, _ size: Int) throws -> Tensor {
        let (outer, _, inner) = shape.around(axis)
        let result = try Tensor(repeating: 1, shape: [size, outer * inner], on: device)
        try BroadcastPlan.vector(.perColumn, rows: size, columns: outer * inner).apply(
            .multiply, large: result.slice, small: slice, output: result.slice, on: device)
        return try result.view(of: [size, outer, inner]).transposed(0, 1)
            .view(of: shape.replacing(axis: axis, with: size))
    }

    /// The elements summed over the axes along which a tensor of shape `target` was spread to this one, not recorded.
    func summed(to target: Shape) throws -> Tensor {
        if shape == target { return detached }
        let aligned = target.aligned(to: shape.rank)
        let places = (0..<shape.rank).filter { aligned[at: $0] != shape[at: $0] }
        let sum = try reduced(.sum, places)
        return Tensor(shape: target, slice: sum.slice, node: nil)
    }

    /// The reduction of some axes, which stay with size 1; not recorded.
    func reduced(_ operation: ReductionOperation, _ places: [Int], scale: Float = 1) throws
        -> Tensor
    {
        var runs: [Range<Int>] = []
        for place in places.sorted() {
            if let last = runs.last, last.upperBound == place {
                runs[runs.count - 1] = last.lowerBound..<place + 1
            } else {
                runs.append(place..<place + 1)
            }
        }
        var result = detached
        for (number, run) in runs.enumerated() {
            result = try result.reduced(operation, run, scale: number == 0 ? scale : 1)
        }
        return result
    }

    private func reduced(_ operation: ReductionOperation, _ run: Range<Int>, scale: Float) throws
        -> Tensor
    {
        var sizes = shape.dimensions
        for axis in run { sizes[axis] = 1 }
        let (outer, number) = (shape.product(0..<run.lowerBound), shape.product(run))
        let inner = shape.product(run.upperBound..<shape.rank)
        let output = try Tensor(uninitialized: Shape(sizes), on: device)
        if inner == 1 {
            try device.reduce(
                operation, input: slice, output: output.slice, rows: outer, columns: number,
                axis: .alongRows, scale: scale, accumulate: false)
        } else {
            let first =
                outer == 1
                ? self
                : try Tensor(shape: [outer, number, inner], slice: slice, node: nil)
                    .transposed(0, 1)
            try device.reduce(
                operation, input: first.slice, output: output.slice, rows: number,
                columns: outer * inner, axis: .alongColumns, scale: scale, accumulate: false)
        }
        return output
    }
}
