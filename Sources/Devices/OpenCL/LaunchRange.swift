/// How many work-items a launch has and how they are grouped; sizes are rounded up to whole work-groups.
struct LaunchRange {
    let dimensions: UInt32
    let global: (Int, Int, Int)
    let local: (Int, Int, Int)

    /// `items` work-items in groups of `local`.
    init(_ items: Int, local: Int) {
        self.init(dimensions: 1, (items, 1, 1), (local, 1, 1))
    }

    /// `items` work-items in a plane, in groups of `local`.
    init(_ items: (Int, Int), local: (Int, Int)) {
        self.init(dimensions: 2, (items.0, items.1, 1), (local.0, local.1, 1))
    }

    /// `items` work-items in space, in groups of `local`.
    init(_ items: (Int, Int, Int), local: (Int, Int, Int)) {
        self.init(dimensions: 3, items, local)
    }

    private init(dimensions: UInt32, _ items: (Int, Int, Int), _ local: (Int, Int, Int)) {
        self.dimensions = dimensions
        global = (
            items.0.parts(of: local.0) * local.0, items.1.parts(of: local.1) * local.1,
            items.2.parts(of: local.2) * local.2
        )
        self.local = local
    }

    var isEmpty: Bool { global.0 == 0 || global.1 == 0 || global.2 == 0 }
}

extension LaunchRange: CustomStringConvertible {
    var description: String {
        "global \(global.0)x\(global.1)x\(global.2), local \(local.0)x\(local.1)x\(local.2)"
    }
}

/// The ranges that kernels of several families are launched over.
extension OpenCLDevice {
    /// Elements per work-item of the element-wise kernels: `WIDTH` of `Kernels/element_wise/vectors.clh`.
    var vectorWidth: Int { profile == .cpu ? 16 : 4 }

    /// Largest extent of a launch's second dimension, in work-groups; kernels go round for more rows.
    static let largestSecondExtent = 32768

    /// One work-item per vector of an array of `count` elements.
    func elements(_ count: Int) -> LaunchRange {
        LaunchRange(count.parts(of: vectorWidth), local: profile == .cpu ? 16 : 256)
    }

    /// One work-item per vector of a row in dimension 0, rows in dimension 1.
    ///
    /// Only three shapes of work-group are used, since drivers may compile a kernel for each.
    func matrix(rows: Int, columns: Int) -> LaunchRange {
        let vectors = columns.parts(of: vectorWidth)
        let local =
            profile == .cpu
            ? (vectors > 8 ? (16, 1) : (vectors > 2 ? (4, 4) : (1, 16)))
            : (vectors > 32 ? (256, 1) : (vectors > 8 ? (32, 8) : (8, 32)))
        let extent = min(rows, Self.largestSecondExtent * local.1)
        return LaunchRange((vectors, extent), local: local)
    }

    /// One work-item per row on processors, one work-group per row elsewhere; `parts` of a row in dimension 1.
    func rows(_ rows: Int, columns: Int, parts: Int = 1) -> LaunchRange {
        guard profile.sharesWork else { return LaunchRange((rows, parts), local: (1, 1)) }
        let group = columns > 1024 ? 256 : (columns > 64 ? 128 : 32)
        return LaunchRange((rows * group, parts), local: (group, 1))
    }

    /// One work-item per vector of columns, blocks of rows in dimension 1, matrices in dimension 2.
    func columnBlocks(_ columns: Int, blocks: Int, matrices: Int = 1) -> LaunchRange {
        let vectors = columns.parts(of: vectorWidth)
        let local =
            !profile.sharesWork
            ? (1, 1, 1) : (vectors > 8 || matrices == 1 ? (64, 1, 1) : (8, 1, 8))
        return LaunchRange((vectors, blocks, min(matrices, Self.largestSecondExtent)), local: local)
    }

    /// Rows of `rows` that one work-item adds up before a second pass takes over; sums depend on nothing else.
    func rowsPerBlock(_ rows: Int) -> Int {
        Self.partLength(rows, shortest: profile.sharesWork ? 64 : 256)
    }

    /// Length of the parts of `count` elements: `shortest`, or more where the parts would be too many for the second
    /// dimension of a launch, which graphics processors limit to 65535 work-groups.
    static func partLength(_ count: Int, shortest: Int) -> Int {
        max(shortest, count.parts(of: largestSecondExtent))
    }
}
