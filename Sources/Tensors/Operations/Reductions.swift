import TandemDevices

extension Tensor {
    /// Sum of all elements: a scalar.
    public func sum() throws -> Tensor { try reduceAll(scale: 1) }

    /// Mean of all elements: a scalar.
    ///
    /// Throws when there are none.
    public func mean() throws -> Tensor {
        try requireElements("mean", Array(0..<shape.rank))
        return try reduceAll(scale: 1 / Float(count))
    }

    /// Sum over some axes, which go, or stay with size 1 when `keepingAxes`: `[A, B, C]` over 0 and 2 gives `[B]`.
    ///
    /// Negative axes count from the end; no axis leaves every element as it is.
    public func sum(axes: [Int], keepingAxes: Bool = false) throws -> Tensor {
        try added(try shape.places(of: axes, "sum"), scale: 1, keepingAxes: keepingAxes)
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
        shape.rank == 0 ? self : try added([shape.rank - 1], scale: 1, keepingAxes: false)
    }

    /// Sum over the first axis: `[R, ..] -> [..]`.
    public func sumOverFirstAxis() throws -> Tensor {
        shape.rank == 0 ? self : try added([0], scale: 1, keepingAxes: false)
    }

    private func reduceAll(scale: Float) throws -> Tensor {
        try added(Array(0..<shape.rank), scale: scale, keepingAxes: false)
    }

    /// `scale` times the sum over the axes at `places`.
    private func added(_ places: [Int], scale: Float, keepingAxes: Bool) throws -> Tensor {
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
