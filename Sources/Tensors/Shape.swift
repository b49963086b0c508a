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
