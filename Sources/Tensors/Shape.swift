/// The sizes of a tensor's axes, outermost first; at most six axes, stored inline.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The largest number of axes.
    public static let maximumRank = 6

    private var sizes: InlineArray<6, Int>
    /// Number of axes; 0 for a scalar.
    public private(set) var rank: Int

    /// The shape of a scalar.
    public static let scalar: Shape = []

    /// A shape with the given axis sizes; more than six axes or a negative size end the program, because shapes are
    /// written by programmers, not read from input.
    public init(_ dimensions: some Collection<Int>) {
        guard dimensions.count <= Self.maximumRank, dimensions.allSatisfy({ $0 >= 0 }) else {
            fatalError("Shape: \(Array(dimensions)) has more than 6 axes or a negative size")
        }
        sizes = InlineArray(repeating: 1)
        rank = dimensions.count
        for (axis, size) in dimensions.enumerated() { sizes[axis] = size }
    }

    /// `[2, 3]` is the shape of a matrix with 2 rows and 3 columns.
    public init(arrayLiteral elements: Int...) {
        self.init(elements)
    }

    /// The size of one axis; negative axes count from the end.
    ///
    /// An axis outside the shape ends the program.
    public subscript(axis: Int) -> Int {
        let place = axis < 0 ? rank + axis : axis
        guard place >= 0, place < rank else {
            fatalError("Shape: axis \(axis) is outside the shape \(self)")
        }
        return sizes[place]
    }

    /// Number of elements: the product of the sizes, 1 for a scalar.
    public var count: Int { product(0..<rank) }

    /// The product of the sizes of some axes.
    public func product(_ axes: Range<Int>) -> Int {
        var result = 1
        for axis in axes { result *= sizes[axis] }
        return result
    }

    /// The sizes as an array.
    public var dimensions: [Int] { (0..<rank).map { sizes[$0] } }

    /// The shape with one axis set to another size.
    public func replacing(axis: Int, with size: Int) -> Shape {
        var sizes = dimensions
        sizes[axis] = size
        return Shape(sizes)
    }

    /// The shape without one axis.
    public func removing(axis: Int) -> Shape {
        var rest = dimensions
        rest.remove(at: axis)
        return Shape(rest)
    }

    /// The last axis as columns, all others together as rows; a scalar is `[1, 1]`.
    public var asMatrix: (rows: Int, columns: Int) {
        rank == 0 ? (1, 1) : (product(0..<rank - 1), sizes[rank - 1])
    }

    /// Two shapes are equal when their ranks and sizes are.
    public static func == (left: Shape, right: Shape) -> Bool {
        guard left.rank == right.rank else { return false }
        for axis in 0..<left.rank where left.sizes[axis] != right.sizes[axis] { return false }
        return true
    }

    /// Feeds rank and sizes to the hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(rank)
        for axis in 0..<rank { hasher.combine(sizes[axis]) }
    }

    /// The sizes in brackets, for example `[32, 768]`.
    public var description: String { "\(dimensions)" }
}
