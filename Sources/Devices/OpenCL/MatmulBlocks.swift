extension KernelReference {
    private static let program = "matmul/matmul_gpu"
    fileprivate static let large = KernelReference(program, "matmulBlocks")
    /// For devices with little local memory.
    fileprivate static let shallow = KernelReference(
        program, "matmulBlocks", definitions: "-D DEPTH=8")
    fileprivate static let middle = KernelReference(
        program, "matmulBlocks",
        definitions: "-D BLOCK_ROWS=64 -D BLOCK_COLUMNS=64 -D QUAD_ROWS=1 -D QUAD_COLUMNS=1")
    fileprivate static let low = KernelReference(
        program, "matmulBlocks",
        definitions: "-D BLOCK_ROWS=32 -D BLOCK_COLUMNS=128 -D QUAD_ROWS=1 -D QUAD_COLUMNS=1")
    fileprivate static let matmulReduce = KernelReference(program, "matmulReduce")
}

/// How a product is cut for the block kernel: the blocks of the result and the splits of the depth.
private struct BlockPlan {
    var kernel: KernelReference
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

    /// Bytes of local memory that large blocks of full depth take.
    private static let largeBlockMemory = 34 << 10

    init(_ p: MatmulParameters, device: OpenCLDescription) {
        let units = device.computeUnits
        let isSmall = device.localMemoryBytes < Self.largeBlockMemory
        (kernel, rows, columns) = (isSmall ? .shallow : .large, 128, 128)
        splitDepth = max(p.k, 1)
        if p.m <= 32 {
            (kernel, rows, columns) = (.low, 32, 128)
        } else if blocks(p) < units {
            (kernel, rows, columns) = (.middle, 64, 64)
        }
        if blocks(p) < 2 * units, p.k >= 2 * Self.shortestSplit {
            let wanted = (2 * units + blocks(p) - 1) / blocks(p)
            splits = min(wanted, p.k / Self.shortestSplit, Self.mostSplits)
        }
        let depth = (p.k + splits - 1) / splits
        splitDepth = max(1, (depth + Self.depthStep - 1) / Self.depthStep) * Self.depthStep
        splits = max(1, (p.k + splitDepth - 1) / splitDepth)
    }

    private func blocks(_ p: MatmulParameters) -> Int {
        (p.m + rows - 1) / rows * ((p.n + columns - 1) / columns) * p.batch
    }
}

extension OpenCLDevice {
    /// Most products in one launch: graphics processors limit the extent of dimension 2.
    private static let largestBatch = 4096

    /// The product on graphics processors: blocks in local memory, the depth split when there are few blocks.
    func matmulBlocks(_ operands: MatmulOperands, _ parameters: MatmulParameters)
        throws(DeviceError)
    {
        var first = 0
        while first < parameters.batch {
            var part = parameters
            part.batch = min(Self.largestBatch, parameters.batch - first)
            let plan = BlockPlan(part, device: details)
            let operands = MatmulOperands(
                left: operands.left.from(first * part.m * part.k),
                right: operands.right.from(first * part.k * part.n), bias: operands.bias,
                output: operands.output.from(first * part.m * part.n))
            try launchBlocks(plan, operands, part)
            first += part.batch
        }
    }

    private func launchBlocks(
        _ plan: BlockPlan, _ operands: MatmulOperands, _ p: MatmulParameters
    ) throws(DeviceError) {
        var partials: BufferSlice?
        if plan.splits > 1 { partials = try allocate(plan.splits * p.batch * p.m * p.n).slice }
        let range = LaunchRange(
            (
                (p.n + plan.columns - 1) / plan.columns * BlockPlan.items,
                (p.m + plan.rows - 1) / plan.rows, p.batch * plan.splits
            ), local: (BlockPlan.items, 1, 1))
        try launch(plan.kernel, over: range) {
            $0.buffer(operands.output)
            $0.buffer(operands.left)
            $0.buffer(operands.right)
            $0.buffer(operands.bias)
            $0.buffer(partials)
            $0.size(p.m)
            $0.size(p.n)
            $0.size(p.k)
            $0.stride(p.m * p.k)
            $0.stride(p.k * p.n)
            $0.stride(p.m * p.n)
            $0.size(plan.splits)
            $0.size(plan.splitDepth)
            $0.flag(p.transposeLeft)
            $0.flag(p.transposeRight)
            $0.float(p.alpha)
            $0.float(p.beta)
            $0.flag(operands.bias != nil)
            $0.integer(p.activation.rawValue)
        }
        if let partials { try reduceSplits(plan, operands, p, partials) }
    }

    private func reduceSplits(
        _ plan: BlockPlan, _ operands: MatmulOperands, _ p: MatmulParameters,
        _ partials: BufferSlice
    ) throws(DeviceError) {
        try launch(.matmulReduce, over: LaunchRange((p.m * p.n, p.batch), local: (256, 1))) {
            $0.buffer(operands.output)
            $0.buffer(partials)
            $0.buffer(operands.bias)
            $0.size(p.m)
            $0.size(p.n)
            $0.size(plan.splits)
            $0.stride(p.m * p.n)
            $0.float(p.alpha)
            $0.float(p.beta)
            $0.flag(operands.bias != nil)
            $0.integer(p.activation.rawValue)
        }
    }
}
