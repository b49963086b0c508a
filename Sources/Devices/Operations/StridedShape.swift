/// The axes of an operation that lays one to three operands over a contiguous result.
///
/// The result is row-major. Each operand has a stride per axis: the elements from one place along the axis to the next, 0
/// where the operand is spread over the axis. Axes are collapsed to the fewest that say the same, so that equal memory
/// layouts are equal values: `[B, T, d] + [d]` and `[B * T, d] + [d]` are the same shape.
public struct StridedShape: Sendable, Hashable {
    /// Most axes that are left after collapsing.
    public static let largestRank = 6

    /// Most operands.
    static let largestOperands = 3

    /// Number of axes; 0 for a single element.
    package private(set) var rank = 0
    /// Sizes of the axes, outermost first; 1 beyond the last axis.
    package private(set) var sizes = SIMD8<Int>(repeating: 1)
    private var first = SIMD8<Int>(repeating: 0)
    private var second = SIMD8<Int>(repeating: 0)
    private var third = SIMD8<Int>(repeating: 0)

    /// The shape of a result with the given sizes, outermost first; `strides` holds one list per operand, each with a stride
    /// per axis.
    ///
    /// Throws `invalidArgument` when the lists do not fit each other, when a size is negative, or when more than six axes
    /// are left after collapsing.
    public init(_ sizes: [Int], strides: [[Int]]) throws(DeviceError) {
        guard (1...Self.largestOperands).contains(strides.count),
            strides.allSatisfy({ $0.count == sizes.count }), sizes.allSatisfy({ $0 >= 0 })
        else {
            throw .invalidArgument(
                operation: "strided shape",
                detail: "sizes \(sizes) with strides \(strides); needs one to three operands, each "
                    + "with one stride per axis, and no negative size")
        }
        for axis in sizes.indices where sizes[axis] != 1 {
            guard
                append(
                    sizes[axis], strides[0][axis], strides.count > 1 ? strides[1][axis] : 0,
                    strides.count > 2 ? strides[2][axis] : 0)
            else {
                throw .invalidArgument(
                    operation: "strided shape",
                    detail: "sizes \(sizes) with strides \(strides) cannot be collapsed to "
                        + "\(Self.largestRank) axes")
            }
        }
        emptied()
    }

    /// The shape in which contiguous arrays of the given sizes meet by NumPy's rule: axes are aligned at the end, and sizes
    /// are equal or 1.
    ///
    /// Throws `invalidArgument` when they do not fit, or for what the other initialiser refuses.
    public init(broadcasting operands: [[Int]]) throws(DeviceError) {
        let rank = operands.map(\.count).max() ?? 0
        var sizes = [Int](repeating: 1, count: rank)
        for operand in operands {
            for (axis, size) in zip(rank - operand.count..<rank, operand) where size != 1 {
                guard sizes[axis] == 1 || sizes[axis] == size else {
                    throw .invalidArgument(
                        operation: "broadcast",
                        detail: "shapes \(operands) do not fit: aligned at the end, sizes must be "
                            + "equal or 1")
                }
                sizes[axis] = size
            }
        }
        let strides = operands.map { operand in
            var strides = [Int](repeating: 0, count: rank)
            var stride = 1
            for (axis, size) in zip(rank - operand.count..<rank, operand).reversed() {
                strides[axis] = size == 1 ? 0 : stride
                // Where it overflows, so does the number of elements, which every operation checks.
                stride &*= size
            }
            return strides
        }
        try self.init(sizes, strides: strides)
    }

    /// A matrix `[rows, columns]` on the left and a vector on the right that is spread over it.
    public static func matrix(rows: Int, columns: Int, vector axis: BroadcastAxis) -> StridedShape {
        var shape = StridedShape()
        _ = shape.append(rows, columns, axis == .perRow ? 1 : 0, 0)
        _ = shape.append(columns, 1, axis == .perRow ? 0 : 1, 0)
        shape.emptied()
        return shape
    }

    /// A contiguous array of the given sizes with its axes in the order `axes`: axis `i` of the result is axis `axes[i]`
    /// of the operand.
    ///
    /// Throws `invalidArgument` unless `axes` names every axis once, or for what the other initialisers refuse.
    public static func permuted(_ sizes: [Int], _ axes: [Int]) throws(DeviceError) -> StridedShape {
        guard axes.sorted() == Array(sizes.indices) else {
            throw .invalidArgument(
                operation: "permutation",
                detail: "axes \(axes) do not name each of the \(sizes.count) axes of \(sizes) once")
        }
        var strides = sizes
        var stride = 1
        for axis in sizes.indices.reversed() {
            strides[axis] = stride
            stride &*= sizes[axis]
        }
        return try StridedShape(axes.map { sizes[$0] }, strides: [axes.map { strides[$0] }])
    }

    /// An array `[outer, count, inner]` on the left and one `[outer, 1, inner]` on the right that is spread over it.
    public static func lines(outer: Int, count: Int, inner: Int) -> StridedShape {
        var shape = StridedShape()
        _ = shape.append(outer, count &* inner, inner, 0)
        _ = shape.append(count, inner, 0, 0)
        _ = shape.append(inner, 1, 1, 0)
        shape.emptied()
        return shape
    }

    private init() {}

    /// Elements of the result.
    package var count: Int { product(of: rank) }

    /// Elements of the last axis, 1 if there is none.
    package var columns: Int { rank == 0 ? 1 : sizes[rank - 1] }

    /// Runs of the last axis.
    package var rows: Int { product(of: max(rank - 1, 0)) }

    /// The product of the first sizes; written out, because `reduce` takes heap memory in unoptimised builds.
    private func product(of axes: Int) -> Int {
        var (product, axis) = (1, 0)
        while axis < axes {
            product *= sizes[axis]
            axis += 1
        }
        return product
    }

    /// The strides of an operand, outermost first; 0 beyond the last axis.
    package func strides(_ operand: Int) -> SIMD8<Int> {
        switch operand {
        case 0: first
        case 1: second
        default: third
        }
    }

    /// Adds an axis inside the others, or joins it to the last one where every operand continues without a gap.
    private mutating func append(_ size: Int, _ a: Int, _ b: Int, _ c: Int) -> Bool {
        guard size != 1 else { return true }
        let last = rank - 1
        func continues(_ strides: SIMD8<Int>, _ stride: Int) -> Bool {
            stride.multipliedReportingOverflow(by: size) == (strides[last], false)
        }
        // Sizes whose product overflows stay apart: the operation finds them and throws.
        if last >= 0, continues(first, a), continues(second, b), continues(third, c),
            !sizes[last].multipliedReportingOverflow(by: size).overflow
        {
            sizes[last] *= size
        } else {
            guard rank < Self.largestRank else { return false }
            rank += 1
            sizes[last + 1] = size
        }
        (first[rank - 1], second[rank - 1], third[rank - 1]) = (a, b, c)
        return true
    }

    /// All shapes without elements are the same.
    private mutating func emptied() {
        guard (0..<rank).contains(where: { sizes[$0] == 0 }) else { return }
        self = StridedShape()
        rank = 1
        sizes[0] = 0
    }
}
