extension KernelReference {
    /// Packs an operand stored `[depth, columns]`.
    static let packRows = KernelReference("matmul/pack_cpu", "packRows")
    /// Packs an operand stored `[columns, depth]`.
    static let packColumns = KernelReference("matmul/pack_cpu", "packColumns")
    fileprivate static let matmulTiles = KernelReference("matmul/matmul_cpu", "matmulTiles")
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
        let isWhole = !isTurned && !p.transposeRight && p.n % Self.panel == 0 && p.m <= 64
        keepsRight = isWhole || p.k == 0
    }

    /// Elements of the packed left operand of one product.
    var packedLeft: Int { (rows + Self.tileRows - 1) / Self.tileRows * Self.tileRows * depth }

    /// Elements of the packed right operand of one product.
    var packedRight: Int { (columns + Self.panel - 1) / Self.panel * Self.panel * depth }
}

extension OpenCLDevice {
    /// Depth steps that one work-item packs.
    static let packSpan = 256

    /// The product on processors: operands packed into panels where that pays, then register tiles.
    func matmulTiles(_ operands: MatmulOperands, _ parameters: MatmulParameters)
        throws(DeviceError)
    {
        let plan = TilePlan(parameters)
        let left = plan.isTurned ? operands.right : operands.left
        let right = plan.isTurned ? operands.left : operands.right
        try launchTiles(
            plan, left: try tileLeft(plan, left), right: try tileRight(plan, right), operands,
            parameters)
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
            (
                (columns + TilePlan.panel - 1) / TilePlan.panel,
                (depth + Self.packSpan - 1) / Self.packSpan, batch
            ), local: (1, 1, 1))
        try launch(isRowMajor ? .packRows : .packColumns, over: range) {
            $0.buffer(panels)
            $0.buffer(source)
            $0.size(depth)
            $0.size(columns)
            $0.stride(depth * columns)
            $0.size(width)
            $0.size(Self.packSpan)
        }
    }

    private func launchTiles(
        _ plan: TilePlan, left: TileOperand, right: TileOperand, _ operands: MatmulOperands,
        _ parameters: MatmulParameters
    ) throws(DeviceError) {
        let block = blockSize(plan)
        let range = LaunchRange(
            (
                (plan.rows + block.rows - 1) / block.rows,
                (plan.columns + block.columns - 1) / block.columns, plan.batch
            ), local: (1, 1, 1))
        try launch(.matmulTiles, over: range) {
            $0.buffer(operands.output)
            $0.buffer(left.slice)
            $0.buffer(right.slice)
            $0.buffer(operands.bias)
            $0.size(plan.rows)
            $0.size(plan.columns)
            $0.size(plan.depth)
            $0.stride(left.groupStride)
            $0.stride(left.rowStride)
            $0.stride(left.depthStride)
            $0.stride(right.groupStride)
            $0.stride(right.depthStride)
            $0.stride(left.batchStride)
            $0.stride(right.batchStride)
            $0.stride(plan.rows * plan.columns)
            $0.size(block.rows)
            $0.size(block.columns)
            $0.size(512)
            $0.float(parameters.alpha)
            $0.float(parameters.beta)
            $0.flag(operands.bias != nil)
            $0.integer(parameters.activation.rawValue)
            $0.flag(plan.isTurned)
        }
    }

    /// The largest blocks that still give every compute unit several.
    private func blockSize(_ plan: TilePlan) -> (rows: Int, columns: Int) {
        var (rows, columns) = (128, 256)
        func blocks() -> Int {
            (plan.rows + rows - 1) / rows * ((plan.columns + columns - 1) / columns) * plan.batch
        }
        while blocks() < 4 * details.computeUnits, columns > TilePlan.panel { columns /= 2 }
        while blocks() < 4 * details.computeUnits, rows > TilePlan.tileRows { rows /= 2 }
        return (rows, columns)
    }
}
