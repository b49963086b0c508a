extension KernelReference {
    private static let program = "gru/gru_cpu"
    fileprivate static let gruPackWeights = KernelReference(program, "gruPackWeights")
    fileprivate static let gruForward = KernelReference(program, "gruForward")
    fileprivate static let gruBackward = KernelReference(program, "gruBackward")
}

/// How the recurrence is shared out on processors: `Kernels/README.md`, "GRU, cpu-like".
///
/// Results do not depend on it.
private struct GRUPlan {
    /// Rows of the batch in a register tile.
    static let tileRows = 8

    let rowsPerGroup: Int
    let groups: Int
    let panels: Int
    let panelsPerGroup: Int

    /// A plan over panels of `width` hidden units for a device of `units` compute units.
    init(_ shape: RecurrentShape, width: Int, units: Int) {
        let share = (shape.batch + units - 1) / units
        rowsPerGroup = max(1, (share + Self.tileRows - 1) / Self.tileRows) * Self.tileRows
        groups = (shape.batch + rowsPerGroup - 1) / rowsPerGroup
        panels = (shape.hidden + width - 1) / width
        // Splitting the hidden units costs a launch per step, so it must pay.
        let isHeavy = shape.batch * shape.hidden * shape.hidden > 1 << 20
        let splits = groups < units && isHeavy
        panelsPerGroup = splits ? max(1, (panels * groups + units - 1) / units) : panels
    }

    /// The whole sequence runs in one launch.
    var isWhole: Bool { panelsPerGroup == panels }

    var range: LaunchRange {
        LaunchRange((groups, (panels + panelsPerGroup - 1) / panelsPerGroup), local: (1, 1))
    }
}

extension OpenCLDevice {
    /// The states of all steps from the input gates `[T, B, 3H]`; one work-item owns rows of the batch.
    func itemRecurrenceForward(
        gates: BufferSlice, weights: RecurrentWeights, initialState: BufferSlice?,
        output: BufferSlice,
        reserve: BufferSlice?, _ shape: RecurrentShape
    ) throws(DeviceError) {
        let hidden = shape.hidden
        let plan = GRUPlan(shape, width: 16, units: details.computeUnits)
        let panels = try allocate(plan.panels * 16 * 3 * hidden).slice
        try launch(.gruPackWeights, over: LaunchRange((plan.panels, 3), local: (1, 1))) {
            $0.buffer(panels)
            $0.buffer(weights.hiddenWeight)
            $0.size(hidden)
        }
        let stepsPerLaunch = plan.isWhole ? shape.steps : 1
        for step in stride(from: 0, to: shape.steps, by: stepsPerLaunch) {
            try launch(.gruForward, over: plan.range) {
                $0.buffer(output)
                $0.buffer(reserve)
                $0.buffer(gates)
                $0.buffer(panels)
                $0.buffer(weights.hiddenBias)
                $0.buffer(initialState)
                $0.size(step)
                $0.size(step + stepsPerLaunch)
                $0.size(shape.batch)
                $0.size(hidden)
                $0.size(plan.rowsPerGroup)
                $0.size(plan.panelsPerGroup)
                $0.flag(reserve != nil)
                $0.flag(initialState != nil)
            }
        }
    }

    /// Gradients of the gates of all steps and of the initial state; adds the gradients of the biases.
    func itemRecurrenceBackward(
        _ gradients: GRUGateGradients, hiddenWeight: BufferSlice, initialState: BufferSlice?,
        output: BufferSlice, reserve: BufferSlice, outputGradient: BufferSlice,
        weightGradients: RecurrentWeights, _ shape: RecurrentShape
    ) throws(DeviceError) {
        let hidden = shape.hidden
        let plan = GRUPlan(shape, width: 32, units: details.computeUnits)
        let panels = try allocate(plan.panels * 32 * 3 * hidden).slice
        try pack(
            hiddenWeight, into: panels, depth: 3 * hidden, columns: hidden, batch: 1, width: 32,
            isRowMajor: true)
        let tiles = (shape.batch + GRUPlan.tileRows - 1) / GRUPlan.tileRows
        let partials = try allocate(tiles * 4 * hidden).slice

        func run(_ first: Int, _ end: Int, finish: Bool) throws(DeviceError) {
            try launch(.gruBackward, over: plan.range) {
                $0.buffer(gradients.input)
                $0.buffer(gradients.hidden)
                $0.buffer(gradients.state)
                $0.buffer(partials)
                $0.buffer(outputGradient)
                $0.buffer(reserve)
                $0.buffer(output)
                $0.buffer(panels)
                $0.buffer(initialState)
                $0.size(first)
                $0.size(end)
                $0.size(shape.steps)
                $0.size(shape.batch)
                $0.size(hidden)
                $0.size(plan.rowsPerGroup)
                $0.size(plan.panelsPerGroup)
                $0.flag(initialState != nil)
                $0.flag(finish)
            }
        }
        if plan.isWhole {
            try run(0, shape.steps, finish: true)
        } else {
            for step in (0..<shape.steps).reversed() { try run(step, step + 1, finish: false) }
            try run(0, 0, finish: true)
        }
        try addBiasGradients(partials, parts: tiles, to: weightGradients, hidden: hidden)
    }
}
