import TandemDevices

/// How the smaller operand of an arithmetic operation is spread over the larger one.
enum BroadcastPlan: Equatable {
    case same
    case vector(BroadcastAxis, rows: Int, columns: Int)

    /// Finds the plan for two shapes, the larger first, or `nil` when they do not fit.
    ///
    /// NumPy's rule (axes aligned at the end, sizes equal or 1) as far as one vector over a matrix can express it: the
    /// smaller shape is equal, one element, ones followed by a suffix of the larger (`[R, C]` with `[C]` or `[1, C]`), or a
    /// prefix of it followed by ones (`[R, C]` with `[R, 1]`). The larger shape is that of the result. `[R, R]`
    /// with `[R]` means a suffix, as in NumPy: a prefix must spell its ones.
    init?(large: Shape, small: Shape) {
        guard small.rank <= large.rank else { return nil }
        if large == small {
            self = .same
            return
        }
        if small.count == 1 {
            self = .vector(.perRow, rows: 1, columns: large.count)
            return
        }
        let (sizes, smallSizes) = (large.dimensions, small.dimensions)
        let suffix = smallSizes.drop { $0 == 1 }
        let outerRank = sizes.count - suffix.count
        if sizes[outerRank...].elementsEqual(suffix) {
            self = .vector(
                .perColumn, rows: large.product(0..<outerRank),
                columns: large.product(outerRank..<large.rank))
            return
        }
        let prefixRank = (smallSizes.lastIndex { $0 != 1 } ?? -1) + 1
        if small.rank == large.rank, sizes[..<prefixRank] == smallSizes[..<prefixRank] {
            self = .vector(
                .perRow, rows: large.product(0..<prefixRank),
                columns: large.product(prefixRank..<large.rank))
            return
        }
        return nil
    }

    /// `output = operation(large, small)` with the smaller operand spread over the larger one; in place allowed.
    func apply(
        _ operation: BinaryOperation, large: BufferSlice, small: BufferSlice, output: BufferSlice,
        on device: any Device
    ) throws {
        switch self {
        case .same:
            try device.binary(operation, left: large, right: small, output: output)
        case .vector(let axis, let rows, let columns):
            try device.binaryBroadcast(
                operation, left: large, right: small, output: output,
                .matrix(rows: rows, columns: columns, vector: axis))
        }
    }

    /// Sums a gradient of the larger shape over the axes along which the smaller operand was spread.
    func sum(
        _ gradient: BufferSlice, into destination: BufferSlice, scale: Float, adds: Bool,
        on device: any Device
    ) throws {
        switch self {
        case .same:
            if adds {
                try device.axpy(alpha: scale, x: gradient, y: destination)
            } else {
                try device.affine(input: gradient, output: destination, scale: scale, offset: 0)
            }
        case .vector(let axis, let rows, let columns):
            try device.reduce(
                .sum, input: gradient, output: destination,
                outer: axis == .perRow ? rows : 1, count: axis == .perRow ? columns : rows,
                inner: axis == .perRow ? 1 : columns, scale: scale, accumulate: adds)
        }
    }
}
