extension OpenCLDevice {
    /// `output = activation(alpha * op(left) op(right) + beta * output + bias)`.
    ///
    /// Every element is summed over ascending depth in chunks that depend on the sizes alone.
    public func run(_ o: DeviceOperation.Matmul) throws(DeviceError) {
        guard o.parameters.m > 0, o.parameters.n > 0, o.parameters.batch > 0 else { return }
        if profile.sharesWork {
            try matmulBlocks(o)
        } else {
            try matmulTiles(o)
        }
    }
}

/// How a product is cut for the block kernel: the blocks of the result and the splits of the depth.
private struct BlockPlan {
    /// What the kernel is compiled with.
    var definitions: String
    var rows: Int
    var columns: Int
    var splits = 1
    var splitDepth: Int

    /// Depth steps between two barriers of the kernel.
    static let depthStep = 16
    /// Shortest depth that is worth a split of its own.
    static let shortestSplit = 256
    static let mostSplits = 16
    static let items = 256

    private static let middle =
        "-D BLOCK_ROWS=64 -D BLOCK_COLUMNS=64 -D QUAD_ROWS=1 -D QUAD_COLUMNS=1"
    private static let low =
        "-D BLOCK_ROWS=32 -D BLOCK_COLUMNS=128 -D QUAD_ROWS=1 -D QUAD_COLUMNS=1"

    /// Bytes of local memory that large blocks of full depth take.
    private static let largeBlockMemory = 34 << 10

    init(_ p: MatmulParameters, device: OpenCLDescription) {
        let units = device.computeUnits
        let isSmall = device.localMemoryBytes < Self.largeBlockMemory
        (definitions, rows, columns) = (isSmall ? "-D DEPTH=8" : "", 128, 128)
        splitDepth = max(p.k, 1)
        if p.m <= 32 {
            (definitions, rows, columns) = (Self.low, 32, 128)
        } else if blocks(p) < units {
            (definitions, rows, columns) = (Self.middle, 64, 64)
        }
        if blocks(p) < 2 * units, p.k >= 2 * Self.shortestSplit {
            let wanted = (2 * units).parts(of: blocks(p))
            splits = min(wanted, p.k / Self.shortestSplit, Self.mostSplits)
        }
        let depth = p.k.parts(of: splits)
        splitDepth = max(1, depth.parts(of: Self.depthStep)) * Self.depthStep
        splits = max(1, p.k.parts(of: splitDepth))
    }

    private func blocks(_ p: MatmulParameters) -> Int {
        p.m.parts(of: rows) * p.n.parts(of: columns) * p.batch
    }
}

extension OpenCLDevice {
    /// Most products in one launch: graphics processors limit the extent of dimension 2.
    private static let largestBatch = 4096

    /// The product on graphics processors: blocks in local memory, the depth split when there are few blocks.
    private func matmulBlocks(_ o: DeviceOperation.Matmul) throws(DeviceError) {
        let p = o.parameters
        for first in stride(from: 0, to: p.batch, by: Self.largestBatch) {
            var part = o
            part.parameters.batch = min(Self.largestBatch, p.batch - first)
            part.left = o.left.from(first * p.m * p.k)
            part.right = o.right.from(first * p.k * p.n)
            part.output = o.output.from(first * p.m * p.n)
            try launchBlocks(part)
        }
    }

    private func launchBlocks(_ o: DeviceOperation.Matmul) throws(DeviceError) {
        let p = o.parameters
        let plan = BlockPlan(p, device: details)
        var partials: BufferSlice?
        if plan.splits > 1 { partials = try allocate(plan.splits * p.batch * p.m * p.n).slice }
        let range = LaunchRange(
            (
                p.n.parts(of: plan.columns) * BlockPlan.items, p.m.parts(of: plan.rows),
                p.batch * plan.splits
            ), local: (BlockPlan.items, 1, 1))
        try launch(
            .init("matmul/matmul_gpu", "matmulBlocks", definitions: plan.definitions), over: range,
            o.output, o.left, o.right, o.bias, partials, p.m, p.n, p.k, Stride(p.m * p.k),
            Stride(p.k * p.n), Stride(p.m * p.n), plan.splits, plan.splitDepth, p.transposeLeft,
            p.transposeRight, p.alpha, p.beta, o.bias != nil, p.activation.rawValue)
        guard let partials else { return }
        try launch(
            .init("matmul/matmul_gpu", "matmulReduce"),
            over: LaunchRange((p.m * p.n, p.batch), local: (256, 1)), o.output, partials, o.bias,
            p.m, p.n, plan.splits, Stride(p.m * p.n), p.alpha, p.beta,
            o.bias != nil, p.activation.rawValue)
    }
}

/// An operand of the tile kernel: where its elements lie.
private struct TileOperand {
    var slice: BufferSlice
    /// Elements from one group of rows (left) or columns (right) to the next.
    var groupStride: Int
    /// Elements from one row to the next inside a group (left only).
    var rowStride: Int
    var depthStride: Int
    var batchStride: Int
}

/// How a product is handed to the tile kernel: `Kernels/README.md`, "Matmul, cpu-like".
private struct TilePlan {
    /// The transposed product is computed and each tile stored transposed: the tall operand stays in place.
    let isTurned: Bool
    let rows: Int
    let columns: Int
    let depth: Int
    let batch: Int
    /// The left operand must be packed.
    let packsLeft: Bool
    /// The right operand is read where it is.
    let keepsRight: Bool
    /// The right operand is stored `[depth, columns]`.
    let rightIsRowMajor: Bool

    static let tileRows = 8
    static let panel = 32

    init(_ p: MatmulParameters) {
        isTurned = p.transposeRight && 2 * p.m <= p.n
        rows = isTurned ? p.n : p.m
        columns = isTurned ? p.m : p.n
        depth = p.k
        batch = p.batch
        packsLeft = !isTurned && p.transposeLeft && p.k > 0
        rightIsRowMajor = isTurned ? p.transposeLeft : !p.transposeRight
        // Packing pays where many rows read the panels.
        let staysInPlace = !isTurned && !p.transposeRight && p.n >= Self.panel && p.m <= 64
        keepsRight = staysInPlace || p.k == 0
    }

    /// Elements of the packed left operand of one product.
    var packedLeft: Int { rows.parts(of: Self.tileRows) * Self.tileRows * depth }

    /// Elements of the packed right operand of one product.
    var packedRight: Int { columns.parts(of: Self.panel) * Self.panel * depth }
}

extension OpenCLDevice {
    /// Depth steps that one work-item packs.
    private static let packSpan = 256

    /// The product on processors: operands packed into panels where that pays, then register tiles.
    private func matmulTiles(_ o: DeviceOperation.Matmul) throws(DeviceError) {
        let plan = TilePlan(o.parameters)
        let (left, right) = plan.isTurned ? (o.right, o.left) : (o.left, o.right)
        try launchTiles(plan, left: try tileLeft(plan, left), right: try tileRight(plan, right), o)
    }

    private func tileLeft(_ plan: TilePlan, _ source: BufferSlice) throws(DeviceError)
        -> TileOperand
    {
        var operand = TileOperand(
            slice: source, groupStride: 8 * plan.depth, rowStride: plan.depth, depthStride: 1,
            batchStride: plan.rows * plan.depth)
        guard plan.packsLeft else { return operand }
        operand.slice = try allocate(plan.batch * plan.packedLeft).slice
        operand.rowStride = 1
        operand.depthStride = TilePlan.tileRows
        operand.batchStride = plan.packedLeft
        try pack(
            source, into: operand.slice, depth: plan.depth, columns: plan.rows, batch: plan.batch,
            width: TilePlan.tileRows, isRowMajor: true)
        return operand
    }

    private func tileRight(_ plan: TilePlan, _ source: BufferSlice) throws(DeviceError)
        -> TileOperand
    {
        let panel = TilePlan.panel
        if plan.keepsRight {
            return TileOperand(
                slice: source, groupStride: panel, rowStride: 1, depthStride: plan.columns,
                batchStride: plan.depth * plan.columns)
        }
        let packed = try allocate(plan.batch * plan.packedRight).slice
        try pack(
            source, into: packed, depth: plan.depth, columns: plan.columns, batch: plan.batch,
            width: panel, isRowMajor: plan.rightIsRowMajor)
        return TileOperand(
            slice: packed, groupStride: panel * plan.depth, rowStride: 1, depthStride: panel,
            batchStride: plan.packedRight)
    }

    /// Packs `batch` matrices `[depth, columns]` (`[columns, depth]` unless `isRowMajor`) into panels of `width` columns.
    func pack(
        _ source: BufferSlice, into panels: BufferSlice, depth: Int, columns: Int, batch: Int,
        width: Int, isRowMajor: Bool
    ) throws(DeviceError) {
        let range = LaunchRange(
            (columns.parts(of: TilePlan.panel), depth.parts(of: Self.packSpan), batch),
            local: (1, 1, 1))
        try launch(
            .init("matmul/pack_cpu", isRowMajor ? "packRows" : "packColumns"), over: range, panels,
            source, depth, columns, Stride(depth * columns), width, Self.packSpan)
    }

    private func launchTiles(
        _ plan: TilePlan, left: TileOperand, right: TileOperand, _ o: DeviceOperation.Matmul
    ) throws(DeviceError) {
        let block = blockSize(plan)
        let range = LaunchRange(
            (plan.rows.parts(of: block.rows), plan.columns.parts(of: block.columns), plan.batch),
            local: (1, 1, 1))
        let p = o.parameters
        try launch(
            .init("matmul/matmul_cpu", "matmulTiles"), over: range, o.output, left.slice,
            right.slice, o.bias, plan.rows, plan.columns, plan.depth, Stride(left.groupStride),
            Stride(left.rowStride),
            Stride(left.depthStride), Stride(right.groupStride), Stride(right.depthStride),
            Stride(left.batchStride), Stride(right.batchStride), Stride(plan.rows * plan.columns),
            block.rows, block.columns, 512, p.alpha, p.beta, o.bias != nil,
            p.activation.rawValue, plan.isTurned)
    }

    /// The largest blocks that still give every compute unit several.
    private func blockSize(_ plan: TilePlan) -> (rows: Int, columns: Int) {
        var (rows, columns) = (128, 256)
        func blocks() -> Int {
            plan.rows.parts(of: rows) * plan.columns.parts(of: columns) * plan.batch
        }
        while blocks() < 4 * details.computeUnits, columns > TilePlan.panel { columns /= 2 }
        while blocks() < 4 * details.computeUnits, rows > TilePlan.tileRows { rows /= 2 }
        return (rows, columns)
    }
}
