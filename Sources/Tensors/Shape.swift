/// The sizes of a tensor's axes, outermost first; at most six axes, stored inline.
///
/// Shapes are written without `try`. An impossible one (seven axes, a negative size, more elements than any memory
/// holds) remembers what is wrong with it, has no elements, and is refused by the first operation that makes or reads a
/// tensor with it; `validated(for:)` asks at once. Layers are made from sizes without `try` for the same reason.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The largest number of axes.
    public static let maximumRank = 6
    /// The largest product of sizes (sizes of 0 taken as 1): beyond any memory, and far from overflowing `Int`.
    public static let maximumCount = 1 << 48

    /// What makes a shape impossible.
    enum Flaw: Hashable, Sendable {
        case rank(Int)
        case negativeSize
        case tooLarge
        /// An axis that a change of the shape was to act on, and the number of axes there were.
        case axis(Int, rank: Int)
    }

    private var sizes: InlineArray<6, Int>
    /// Number of axes; 0 for a scalar.
    public private(set) var rank: Int
    /// What is wrong with the shape, if anything.
    private(set) var flaw: Flaw?

    /// The shape of a scalar.
    public static let scalar: Shape = []

    /// A shape with the given axis sizes.
    public init(_ dimensions: some Collection<Int>) {
        sizes = InlineArray(repeating: 1)
        rank = min(dimensions.count, Self.maximumRank)
        for (axis, size) in dimensions.prefix(rank).enumerated() { sizes[axis] = size }
        flaw = dimensions.count > rank ? .rank(dimensions.count) : Self.flaw(of: sizes)
    }

    /// `[2, 3]` is the shape of a matrix with 2 rows and 3 columns.
    public init(arrayLiteral elements: Int...) {
        self.init(elements)
    }

    /// A size that is a product, for the sizes of layers: an overflowing or impossible one gives a negative size, which
    /// makes the shape that holds it impossible.
    package static func size(_ factors: Int...) -> Int {
        var result = 1
        for factor in factors {
            let (product, overflows) = result.multipliedReportingOverflow(by: factor)
            guard !overflows, factor >= 0 else { return -1 }
            result = product
        }
        return result
    }

    private static func flaw(of sizes: InlineArray<6, Int>) -> Flaw? {
        var count = 1
        for axis in sizes.indices {
            if sizes[axis] < 0 { return .negativeSize }
            if sizes[axis] > 1 {
                guard sizes[axis] <= maximumCount / count else { return .tooLarge }
                count *= sizes[axis]
            }
        }
        return nil
    }

    /// The size of one axis; negative axes count from the end.
    ///
    /// Throws when there is no such axis.
    public subscript(axis: Int) -> Int {
        get throws(TensorError) { sizes[try place(of: axis, "shape[\(axis)]")] }
    }

    /// The size of an axis that is known to be there.
    package subscript(at axis: Int) -> Int { sizes[axis] }

    /// Number of elements: the product of the sizes, 1 for a scalar, 0 for an impossible shape.
    public var count: Int { product(0..<rank) }

    /// The product of the sizes of some axes that are known to be there.
    package func product(_ axes: Range<Int>) -> Int {
        guard flaw == nil else { return 0 }
        var result = 1
        for axis in axes { result *= sizes[axis] }
        return result
    }

    /// The sizes as an array.
    public var dimensions: [Int] { (0..<rank).map { sizes[$0] } }

    /// The shape with one axis set to another size; negative axes count from the end.
    ///
    /// An axis outside the shape or a negative size gives an impossible shape.
    public func replacing(axis: Int, with size: Int) -> Shape {
        guard let place = place(of: axis) else { return flawed(axis) }
        var result = self
        result.sizes[place] = size
        if flaw == nil || flaw == .negativeSize { result.flaw = Self.flaw(of: result.sizes) }
        return result
    }

    /// The shape without one axis; negative axes count from the end, an axis outside gives an impossible shape.
    public func removing(axis: Int) -> Shape {
        guard let place = place(of: axis) else { return flawed(axis) }
        var rest = dimensions
        rest.remove(at: place)
        return flaw == nil ? Shape(rest) : self
    }

    /// The shape with a further axis of `size` before axis `axis` (at the end, when `axis` is the rank).
    ///
    /// Negative axes count from the end of the result, so that -1 adds a last axis. An axis outside gives an impossible
    /// shape.
    public func inserting(axis: Int, size: Int = 1) -> Shape {
        let place = axis < 0 ? rank + 1 + axis : axis
        guard flaw == nil else { return self }
        guard (0...rank).contains(place) else { return flawed(axis) }
        var longer = dimensions
        longer.insert(size, at: place)
        return Shape(longer)
    }

    private func flawed(_ axis: Int) -> Shape {
        var result = self
        if flaw == nil { result.flaw = .axis(axis, rank: rank) }
        return result
    }

    /// The last axis as columns, all others together as rows; a scalar is `[1, 1]`.
    public var asMatrix: (rows: Int, columns: Int) {
        rank == 0 ? (count, count) : (product(0..<rank - 1), product(rank - 1..<rank))
    }

    /// Two shapes are equal when their ranks and sizes are, and what is wrong with them.
    public static func == (left: Shape, right: Shape) -> Bool {
        guard left.rank == right.rank, left.flaw == right.flaw else { return false }
        for axis in 0..<left.rank where left.sizes[axis] != right.sizes[axis] { return false }
        return true
    }

    /// Feeds rank and sizes to the hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(rank)
        for axis in 0..<rank { hasher.combine(sizes[axis]) }
    }

    /// The sizes in brackets, for example `[32, 768]`.
    public var description: String {
        if case .rank = flaw { return "\(dimensions)".dropLast() + ", ...]" }
        return "\(dimensions)"
    }
}

extension Shape {
    /// The shape itself; throws `TensorError.invalidShape`, naming `operation`, when it is impossible.
    @discardableResult
    public func validated(for operation: String) throws(TensorError) -> Shape {
        guard flaw == nil else { throw .invalidShape(operation: operation, shape: self) }
        return self
    }

    /// Throws unless the shape is possible and holds `count` values.
    func require(_ count: Int, _ operation: String) throws(TensorError) {
        try validated(for: operation)
        guard count == self.count else {
            throw .invalidArgument(
                operation: operation,
                detail: "\(count) values given for shape \(self) of \(self.count) elements")
        }
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
