import TandemDevices

extension Tensor {
    /// Largest element over some axes (all for `nil`), which go, or stay with size 1 when `keepingAxes`; NaN if there is one.
    ///
    /// Elements that are largest together share the gradient equally. Negative axes count from the end. Throws when there
    /// are no elements along the axes.
    public func maximum(axes: [Int]? = nil, keepingAxes: Bool = false) throws -> Tensor {
        try extreme(.maximum, "maximum", axes, keepingAxes)
    }

    /// Largest element over one axis; see above.
    public func maximum(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
        try maximum(axes: [axis], keepingAxes: keepingAxis)
    }

    /// Smallest element over some axes; see `maximum`.
    public func minimum(axes: [Int]? = nil, keepingAxes: Bool = false) throws -> Tensor {
        try extreme(.minimum, "minimum", axes, keepingAxes)
    }

    /// Smallest element over one axis; see `maximum`.
    public func minimum(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
        try minimum(axes: [axis], keepingAxes: keepingAxis)
    }

    /// Place of the largest element along an axis, which goes, or stays with size 1 when `keepingAxis`; of all elements in
    /// row-major order for `nil`.
    ///
    /// The first of several largest ones, and the first NaN if there is one. Negative axes count from the end. Throws when
    /// there are no elements along the axis.
    public func argmax(axis: Int? = nil, keepingAxis: Bool = false) throws -> IndexTensor {
        try argument(of: .maximum, "argmax", axis, keepingAxis)
    }

    /// Place of the smallest element; see `argmax`.
    public func argmin(axis: Int? = nil, keepingAxis: Bool = false) throws -> IndexTensor {
        try argument(of: .minimum, "argmin", axis, keepingAxis)
    }

    private func argument(of extreme: Extreme, _ name: String, _ axis: Int?, _ keepsAxis: Bool)
        throws -> IndexTensor
    {
        let places = try shape.places(of: axis.map { [$0] }, name)
        let number = try requireElements(name, places)
        guard number - 1 <= Int(Int32.max) else {
            throw TensorError.invalidArgument(
                operation: name, detail: "\(number) elements; an index counts up to 2147483647")
        }
        let (first, end) = (places.first ?? 0, (places.last ?? -1) + 1)
        var kept = shape
        for place in places { kept = kept.replacing(axis: place, with: 1) }
        let output = try device.allocate(kept.count).slice
        try device.argumentReduce(
            extreme, input: slice, output: output, outer: shape.product(0..<first), count: number,
            inner: shape.product(end..<shape.rank))
        return IndexTensor(
            shape: keepsAxis ? kept : shape.removing(places: places), slice: output,
            contents: .replaceable(bound: number))
    }

    private func extreme(
        _ operation: ReductionOperation, _ name: String, _ axes: [Int]?, _ keepsAxes: Bool
    ) throws -> Tensor {
        let places = try shape.places(of: axes, name)
        try requireElements(name, places)
        let found = try reduced(operation, places)
        let result = Tensor(
            shape: keepsAxes ? found.shape : shape.removing(places: places), slice: found.slice,
            node: nil)
        let input = detached
        return result.recorded(from: self) { gradient in
            let winners = try Self.combined(.equal, input, found)
            let share = try Self.combined(
                .divide, Tensor(shape: found.shape, slice: gradient.slice, node: nil),
                winners.reduced(.sum, places))
            return try Self.combined(.multiply, winners, share)
        }
    }
}
