import TandemDevices

extension Tensor {
    /// Sum of all elements: a scalar.
    public func sum() throws -> Tensor { try added(Array(0..<shape.rank)) }

    /// Mean of all elements: a scalar.
    ///
    /// Throws when there are none.
    public func mean() throws -> Tensor {
        let places = Array(0..<shape.rank)
        try requireElements("mean", places)
        return try added(places, scale: 1 / Float(count))
    }

    /// Sum over some axes, which go, or stay with size 1 when `keepingAxes`: `[A, B, C]` over 0 and 2 gives `[B]`.
    ///
    /// Negative axes count from the end; no axis leaves every element as it is.
    public func sum(axes: [Int], keepingAxes: Bool = false) throws -> Tensor {
        try added(try shape.places(of: axes, "sum"), keepingAxes: keepingAxes)
    }

    /// Sum over one axis; see above.
    public func sum(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
        try sum(axes: [axis], keepingAxes: keepingAxis)
    }

    /// Mean over some axes, as `sum(axes:keepingAxes:)`; throws when there are no elements along them.
    public func mean(axes: [Int], keepingAxes: Bool = false) throws -> Tensor {
        let places = try shape.places(of: axes, "mean")
        let number = try requireElements("mean", places)
        return try added(places, scale: 1 / Float(number), keepingAxes: keepingAxes)
    }

    /// Mean over one axis; see above.
    public func mean(axis: Int, keepingAxis: Bool = false) throws -> Tensor {
        try mean(axes: [axis], keepingAxes: keepingAxis)
    }

    /// Variance over some axes (all for `nil`): the mean of the squared differences from the mean.
    ///
    /// With `isUnbiased` their sum is divided by one less than their number, as PyTorch does unless told otherwise. Axes as
    /// in `sum(axes:keepingAxes:)`. Throws when there are too few elements along them.
    public func variance(
        axes: [Int]? = nil, keepingAxes: Bool = false, isUnbiased: Bool = false
    ) throws -> Tensor {
        let places = try shape.places(of: axes, "variance")
        let number = try requireElements("variance", places, least: isUnbiased ? 2 : 1)
        let mean = try added(places, scale: 1 / Float(number), keepingAxes: true)
        return try (self - mean).squared().added(
            places, scale: 1 / Float(isUnbiased ? number - 1 : number), keepingAxes: keepingAxes)
    }

    /// Square root of the variance; see there.
    ///
    /// Its gradient is infinite where all elements are equal.
    public func standardDeviation(
        axes: [Int]? = nil, keepingAxes: Bool = false, isUnbiased: Bool = false
    ) throws -> Tensor {
        try variance(axes: axes, keepingAxes: keepingAxes, isUnbiased: isUnbiased).squareRoot()
    }

    /// Sum over the last axis: `[.., C] -> [..]`.
    public func sumOverLastAxis() throws -> Tensor {
        shape.rank == 0 ? self : try added([shape.rank - 1])
    }

    /// Sum over the first axis: `[R, ..] -> [..]`.
    public func sumOverFirstAxis() throws -> Tensor {
        shape.rank == 0 ? self : try added([0])
    }

    /// `scale` times the sum over the axes at `places`.
    private func added(_ places: [Int], scale: Float = 1, keepingAxes: Bool = false) throws
        -> Tensor
    {
        let sum = try reduced(.sum, places, scale: scale)
        let (original, kept) = (shape, sum.shape)
        let result = Tensor(
            shape: keepingAxes ? kept : shape.removing(places: places), slice: sum.slice, node: nil)
        return result.recorded(from: self) { gradient in
            try Tensor(shape: kept, slice: gradient.slice, node: nil)
                .spread(to: original, scale: scale)
        }
    }

    /// The number of elements along the axes at `places`; throws when there are fewer than `least`.
    @discardableResult
    func requireElements(_ operation: String, _ places: [Int], least: Int = 1) throws -> Int {
        let number = places.reduce(1) { $0 * shape[at: $1] }
        guard number >= least else {
            throw TensorError.invalidArgument(
                operation: operation,
                detail: "\(number) elements along the axes \(places) of the shape \(shape); it "
                    + "needs at least \(least)")
        }
        return number
    }
}

extension Shape {
    /// The shape without the axes at `places`.
    func removing(places: [Int]) -> Shape {
        Shape(dimensions.enumerated().filter { !places.contains($0.offset) }.map(\.element))
    }
}

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

    /// The reduction of the axes at `places`, which stay with size 1; not recorded.
    func reduced(_ operation: ReductionOperation, _ places: [Int], scale: Float = 1) throws
        -> Tensor
    {
        guard !places.isEmpty else { return detached }
        var sizes = shape.dimensions
        for place in places { sizes[place] = 1 }
        let output = try Tensor(uninitialized: Shape(sizes), on: device)
        try reduce(operation, places, scale: scale, into: output.slice, adds: false)
        return output
    }

    /// Writes `scale` times the reduction of the axes at `places`, at least one, or adds it to `destination`.
    ///
    /// Neighbouring axes are reduced at once, further ones after them.
    func reduce(
        _ operation: ReductionOperation, _ places: [Int], scale: Float,
        into destination: BufferSlice, adds: Bool
    ) throws {
        var runs: [Range<Int>] = []
        for place in places.sorted() {
            if let last = runs.last, last.upperBound == place {
                runs[runs.count - 1] = last.lowerBound..<place + 1
            } else {
                runs.append(place..<place + 1)
            }
        }
        // Over axes of one element, or none, there is nothing to combine.
        guard !runs.isEmpty else {
            return try write(scale: scale, to: destination, adds: adds)
        }
        var source = self
        while runs.count > 1 {
            let run = runs.removeLast()
            var sizes = source.shape.dimensions
            for axis in run { sizes[axis] = 1 }
            let smaller = try Tensor(uninitialized: Shape(sizes), on: device)
            try source.reduce(operation, run, scale: 1, into: smaller.slice, adds: false)
            source = smaller
        }
        try source.reduce(operation, runs[0], scale: scale, into: destination, adds: adds)
    }

    private func reduce(
        _ operation: ReductionOperation, _ run: Range<Int>, scale: Float,
        into destination: BufferSlice, adds: Bool
    ) throws {
        try device.reduce(
            operation, input: slice, output: destination, outer: shape.product(0..<run.lowerBound),
            count: shape.product(run), inner: shape.product(run.upperBound..<shape.rank),
            scale: scale, accumulate: adds)
    }
}
