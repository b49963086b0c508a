import TandemDevices

extension Tensor {
    /// Elements `range` of one axis; slices of the first axis share the storage.
    ///
    /// Negative axes count from the end. Throws when the range is not inside the axis.
    public func slice(axis: Int, _ range: Range<Int>) throws -> Tensor {
        let place = try shape.place(of: axis, "slice")
        guard range.lowerBound >= 0, range.lowerBound <= range.upperBound,
            range.upperBound <= shape[at: place]
        else {
            throw TensorError.invalidArgument(
                operation: "slice",
                detail: "the range \(range.lowerBound)..<\(range.upperBound) of axis \(axis) is "
                    + "outside the shape \(shape)")
        }
        return try slice(place: place, range)
    }

    /// One element of an axis, the axis removed: `x.select(axis: 0, -1)` is the last time step of `[T, B, H]`.
    ///
    /// Negative axes and elements count from the end. Throws when the element is not inside the axis.
    public func select(axis: Int, _ index: Int) throws -> Tensor {
        let place = try shape.place(of: axis, "select")
        let size = shape[at: place]
        guard index >= -size, index < size else {
            throw TensorError.invalidArgument(
                operation: "select",
                detail: "element \(index) of axis \(axis) is outside the shape \(shape)")
        }
        let element = index < 0 ? size + index : index
        return try slice(place: place, element..<element + 1)
            .view(of: shape.removing(axis: place))
    }

    /// Elements chosen along the first axes, one index per axis, as in NumPy: `x[0, 1..<3]`, `x[0..., -1]`.
    ///
    /// An integer takes one element and removes its axis, a range keeps the axis; further axes stay whole. Negative
    /// bounds count from the end. Throws when an index is outside its axis or there are more of them than axes.
    public subscript(_ indices: any TensorIndex...) -> Tensor {
        get throws {
            guard indices.count <= shape.rank else {
                throw TensorError.invalidArgument(
                    operation: "subscript",
                    detail: "\(indices.count) indices for the shape \(shape) of \(shape.rank) axes")
            }
            var result = self
            var axis = 0
            for index in indices {
                let size = result.shape[at: axis]
                guard let part = index.tensorElements(ofAxis: size) else {
                    throw TensorError.invalidArgument(
                        operation: "subscript",
                        detail: "the index \(index) is outside an axis of size \(size); the tensor "
                            + "has the shape \(shape)")
                }
                if part.range != 0..<size { result = try result.slice(place: axis, part.range) }
                if part.removesAxis {
                    result = result.view(of: result.shape.removing(axis: axis))
                } else {
                    axis += 1
                }
            }
            return result
        }
    }

    /// Elements of an axis that are known to be there.
    func slice(place: Int, _ range: Range<Int>) throws -> Tensor {
        let (outer, size, inner) = shape.around(place)
        let (start, columns, stride) = (
            range.lowerBound * inner, range.count * inner, size * inner
        )
        let sliced = shape.replacing(axis: place, with: range.count)
        let output: Tensor
        if outer == 1 {
            output = Tensor(
                shape: sliced, slice: try slice.part(from: start, count: columns), node: nil)
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
}

/// What may stand for one axis in `tensor[...]`: an integer or a range of integers.
public protocol TensorIndex: Sendable {
    /// The chosen elements of an axis of `size` elements and whether the axis goes; `nil` when they are not there.
    func tensorElements(ofAxis size: Int) -> (range: Range<Int>, removesAxis: Bool)?
}

/// The elements from `lower` up to `upper` of an axis of `size` elements, both counted from the end when negative.
private func part(from lower: Int, to upper: Int, of size: Int) -> (
    range: Range<Int>, removesAxis: Bool
)? {
    let start = lower < 0 ? lower.addingReportingOverflow(size).partialValue : lower
    let end = upper < 0 ? upper.addingReportingOverflow(size).partialValue : upper
    guard start >= 0, start <= end, end <= size else { return nil }
    return (start..<end, false)
}

extension Int: TensorIndex {
    /// One element, its axis removed.
    public func tensorElements(ofAxis size: Int) -> (range: Range<Int>, removesAxis: Bool)? {
        guard self >= -size, self < size else { return nil }
        let place = self < 0 ? size + self : self
        return (place..<place + 1, true)
    }
}

extension Range: TensorIndex where Bound == Int {
    /// The elements from the lower up to the upper bound.
    public func tensorElements(ofAxis size: Int) -> (range: Range<Int>, removesAxis: Bool)? {
        TandemTensors.part(from: lowerBound, to: upperBound, of: size)
    }
}

extension ClosedRange: TensorIndex where Bound == Int {
    /// The elements from the lower bound up to the upper one, which is among them.
    public func tensorElements(ofAxis size: Int) -> (range: Range<Int>, removesAxis: Bool)? {
        guard upperBound < size else { return nil }
        let end = upperBound == -1 ? size : upperBound + 1
        return TandemTensors.part(from: lowerBound, to: end, of: size)
    }
}

extension PartialRangeFrom: TensorIndex where Bound == Int {
    /// The elements from the lower bound on.
    public func tensorElements(ofAxis size: Int) -> (range: Range<Int>, removesAxis: Bool)? {
        TandemTensors.part(from: lowerBound, to: size, of: size)
    }
}

extension PartialRangeUpTo: TensorIndex where Bound == Int {
    /// The elements before the upper bound.
    public func tensorElements(ofAxis size: Int) -> (range: Range<Int>, removesAxis: Bool)? {
        TandemTensors.part(from: 0, to: upperBound, of: size)
    }
}

extension PartialRangeThrough: TensorIndex where Bound == Int {
    /// The elements up to the upper bound, which is among them.
    public func tensorElements(ofAxis size: Int) -> (range: Range<Int>, removesAxis: Bool)? {
        guard upperBound < size else { return nil }
        return TandemTensors.part(
            from: 0, to: upperBound == -1 ? size : upperBound + 1, of: size)
    }
}
