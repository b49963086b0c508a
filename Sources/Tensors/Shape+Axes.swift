extension Shape {
    /// The shape itself; throws `TensorError.invalidShape`, naming `operation`, when it is impossible.
    @discardableResult
    public func validated(for operation: String) throws(TensorError) -> Shape {
        guard flaw == nil else { throw .invalidShape(operation: operation, shape: self) }
        return self
    }

    /// What is wrong with an impossible shape and what to do, `nil` for any other.
    public var problem: String? {
        switch flaw {
        case nil: nil
        case .rank(let rank):
            "a shape of \(rank) axes \(self); a tensor has at most \(Self.maximumRank), so reshape "
                + "some of them into one"
        case .negativeSize: "the shape \(self) has a negative size; sizes are 0 or more"
        case .tooLarge:
            "the shape \(self) has more elements than any memory holds (\(Self.maximumCount))"
        case .axis(let axis, let rank):
            "there is no axis \(axis) in the shape \(self); its axes are "
                + Self.axesInWords(rank: rank)
        }
    }

    static func axesInWords(rank: Int) -> String {
        rank == 0 ? "none, it is a scalar" : "\(-rank) to \(rank - 1)"
    }

    /// The place of an axis, which may count from the end, `nil` when it is outside.
    func place(of axis: Int) -> Int? {
        guard axis >= -rank, axis < rank else { return nil }
        return axis < 0 ? rank + axis : axis
    }

    /// The place of an axis, which may count from the end; throws when it is outside the shape.
    func place(of axis: Int, _ operation: String) throws(TensorError) -> Int {
        try validated(for: operation)
        guard let place = place(of: axis) else {
            throw .invalidArgument(
                operation: operation,
                detail: "axis \(axis) is outside the shape \(self); its axes are "
                    + Self.axesInWords(rank: rank))
        }
        return place
    }

    /// The places of several axes in ascending order, all axes for `nil`; throws when one is outside or named twice.
    func places(of axes: [Int]?, _ operation: String) throws(TensorError) -> [Int] {
        guard let axes else { return Array(0..<rank) }
        var places: [Int] = []
        for axis in axes {
            let place = try place(of: axis, operation)
            guard !places.contains(place) else {
                throw .invalidArgument(
                    operation: operation,
                    detail: "axis \(axis) of the shape \(self) is named twice in \(axes)")
            }
            places.append(place)
        }
        return places.sorted()
    }

    /// The axis at `place` between what lies outside and inside of it: the shape as `[outer, count, inner]`.
    func around(_ place: Int) -> (outer: Int, count: Int, inner: Int) {
        (product(0..<place), self[at: place], product(place + 1..<rank))
    }

    /// The shape whose one size of -1 is replaced by what `count` elements leave for it; the shape itself without one.
    ///
    /// `nil` when the elements do not fit.
    func filled(count: Int) -> Shape? {
        guard flaw == .negativeSize else { return flaw == nil && self.count == count ? self : nil }
        let open = (0..<rank).filter { self[at: $0] < 0 }
        guard open.count == 1, self[at: open[0]] == -1 else { return nil }
        let rest = replacing(axis: open[0], with: 1)
        guard rest.flaw == nil, rest.count > 0, count.isMultiple(of: rest.count) else { return nil }
        return replacing(axis: open[0], with: count / rest.count)
    }

    /// The shape that elements of this shape get by reshaping to `target`, where one size may be -1.
    func reshaped(_ target: Shape, _ operation: String) throws(TensorError) -> Shape {
        if let result = target.filled(count: count) { return result }
        if target.flaw != .negativeSize { try target.validated(for: operation) }
        throw .shapeMismatch(
            operation: operation, shapes: [self, target],
            advice:
                "the numbers of elements must be equal; at most one size may be -1, which stands "
                + "for what the others leave")
    }
}
