/// Gradients of the gate sums, `[T, B, 3H]` each, and of the state that is carried back in time, `[B, H]`.
private struct GateGradients {
    let input, hidden, state: BufferSlice
}

extension OpenCLDevice {
    /// Runs a GRU layer over the whole sequence: one product for all input gates, then the recurrence.
    public func run(_ o: DeviceOperation.GRUForward) throws(DeviceError) {
        let rows = o.shape.steps * o.shape.batch
        guard rows > 0, o.shape.hidden > 0 else { return }
        let gates = try allocate(rows * 3 * o.shape.hidden).slice
        try matmul(
            left: o.input, right: o.weights.inputWeight, bias: o.weights.inputBias, output: gates,
            MatmulParameters(m: rows, n: 3 * o.shape.hidden, k: o.shape.input, transposeRight: true)
        )
        try profile.sharesWork ? groupRecurrence(o, gates: gates) : itemRecurrence(o, gates: gates)
    }

    /// Backward through time: the recurrence, then one product each for the gradients of weights and input.
    public func run(_ o: DeviceOperation.GRUBackward) throws(DeviceError) {
        let (batch, hidden) = (o.shape.batch, o.shape.hidden)
        let rows = o.shape.steps * batch
        let carry = try given(o.initialStateGradient, orNew: batch * hidden)
        try fill(carry, value: 0)
        guard rows > 0, hidden > 0 else { return }
        let gradients = GateGradients(
            input: try allocate(rows * 3 * hidden).slice,
            hidden: try allocate(rows * 3 * hidden).slice, state: carry)
        let partials =
            try profile.sharesWork ? groupRecurrence(o, gradients) : itemRecurrence(o, gradients)
        // Their rows are the sums of dr, dz, dn and dn r over tiles of the batch.
        try launch(
            .init("gru/gru_bias", "gruAddBiasGradients"), over: LaunchRange(3 * hidden, local: 64),
            o.weightGradients.inputBias, o.weightGradients.hiddenBias, partials,
            partials.count / (4 * hidden), hidden)
        if let inputGradient = o.inputGradient {
            try matmul(
                left: gradients.input, right: o.weights.inputWeight, bias: nil,
                output: inputGradient,
                MatmulParameters(m: rows, n: o.shape.input, k: 3 * hidden))
        }
        func addProduct(
            _ gates: BufferSlice, _ values: BufferSlice, to gradient: BufferSlice, columns: Int,
            rows: Int
        ) throws(DeviceError) {
            try matmul(
                left: gates, right: values, bias: nil, output: gradient,
                MatmulParameters(m: 3 * hidden, n: columns, k: rows, transposeLeft: true, beta: 1))
        }
        try addProduct(
            gradients.input, o.input, to: o.weightGradients.inputWeight, columns: o.shape.input,
            rows: rows)
        // The state before step `t` is row block `t - 1` of the output, and the initial state before step 0.
        let hiddenWeight = o.weightGradients.hiddenWeight
        if o.shape.steps > 1 {
            try addProduct(
                gradients.hidden.from(batch * 3 * hidden), o.output, to: hiddenWeight,
                columns: hidden, rows: rows - batch)
        }
        if let initialState = o.initialState {
            try addProduct(
                gradients.hidden, initialState, to: hiddenWeight, columns: hidden, rows: batch)
        }
    }
}

/// How the recurrence is shared out on graphics processors: `Kernels/README.md`, "GRU, gpu".
private enum GRUGroups {
    /// Rows of the batch, and hidden units, of a work-group.
    static let tile = 16
    static let items = 256

    static func range(_ shape: RecurrentShape) -> LaunchRange {
        LaunchRange(
            (shape.hidden.parts(of: tile) * items, shape.batch.parts(of: tile)),
            local: (items, 1))
    }
}

extension OpenCLDevice {
    /// The states of all steps from the input gates `[T, B, 3H]`; one launch per step.
    private func groupRecurrence(_ o: DeviceOperation.GRUForward, gates: BufferSlice)
        throws(DeviceError)
    {
        try launch(
            .init("gru/gru_gpu", "gruForward"), over: GRUGroups.range(o.shape),
            steps: 0..<o.shape.steps, o.output, o.reserve, gates, o.weights.hiddenWeight,
            o.weights.hiddenBias, o.initialState,
            o.shape.batch, o.shape.hidden, o.reserve != nil, o.initialState != nil)
    }

    /// Gradients of the gates of all steps and of the initial state; returns partial sums for the biases.
    private func groupRecurrence(_ o: DeviceOperation.GRUBackward, _ gradients: GateGradients)
        throws(DeviceError) -> BufferSlice
    {
        let tiles = o.shape.batch.parts(of: GRUGroups.tile)
        let partials = try allocate(tiles * 4 * o.shape.hidden).slice
        // Each launch continues from a step; the last one, from step 0, leaves the initial state's gradient.
        try launch(
            .init("gru/gru_gpu", "gruBackward"), over: GRUGroups.range(o.shape),
            steps: (0...o.shape.steps).reversed(), gradients.input, gradients.hidden,
            gradients.state, partials, o.outputGradient,
            o.reserve, o.output, o.weights.hiddenWeight, o.initialState, o.shape.steps,
            o.shape.batch, o.shape.hidden, o.initialState != nil)
        return partials
    }
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
        let share = shape.batch.parts(of: units)
        rowsPerGroup = max(1, share.parts(of: Self.tileRows)) * Self.tileRows
        groups = shape.batch.parts(of: rowsPerGroup)
        panels = shape.hidden.parts(of: width)
        // Splitting the hidden units costs a launch per step, so it must pay.
        let isHeavy = shape.batch * shape.hidden * shape.hidden > 1 << 20
        let splits = groups < units && isHeavy
        panelsPerGroup = splits ? max(1, (panels * groups).parts(of: units)) : panels
    }

    /// The whole sequence runs in one launch.
    var isWhole: Bool { panelsPerGroup == panels }

    var range: LaunchRange {
        LaunchRange((groups, panels.parts(of: panelsPerGroup)), local: (1, 1))
    }
}

extension OpenCLDevice {
    /// The states of all steps from the input gates `[T, B, 3H]`; one work-item owns rows of the batch.
    private func itemRecurrence(_ o: DeviceOperation.GRUForward, gates: BufferSlice)
        throws(DeviceError)
    {
        let (steps, hidden) = (o.shape.steps, o.shape.hidden)
        let plan = GRUPlan(o.shape, width: 16, units: details.computeUnits)
        let panels = try allocate(plan.panels * 16 * 3 * hidden).slice
        try launch(
            .init("gru/gru_cpu", "gruPackWeights"),
            over: LaunchRange((plan.panels, 3), local: (1, 1)), panels, o.weights.hiddenWeight,
            hidden)
        let stepsPerLaunch = plan.isWhole ? steps : 1
        for step in stride(from: 0, to: steps, by: stepsPerLaunch) {
            try launch(
                .init("gru/gru_cpu", "gruForward"), over: plan.range, o.output, o.reserve, gates,
                panels, o.weights.hiddenBias, o.initialState, step, step + stepsPerLaunch,
                o.shape.batch,
                hidden, plan.rowsPerGroup, plan.panelsPerGroup, o.reserve != nil,
                o.initialState != nil)
        }
    }

    /// Gradients of the gates of all steps and of the initial state; returns partial sums for the biases.
    private func itemRecurrence(_ o: DeviceOperation.GRUBackward, _ gradients: GateGradients)
        throws(DeviceError) -> BufferSlice
    {
        let (steps, batch, hidden) = (o.shape.steps, o.shape.batch, o.shape.hidden)
        let plan = GRUPlan(o.shape, width: 32, units: details.computeUnits)
        let panels = try allocate(plan.panels * 32 * 3 * hidden).slice
        try pack(
            o.weights.hiddenWeight, into: panels, depth: 3 * hidden, columns: hidden, batch: 1,
            width: 32, isRowMajor: true)
        let partials = try allocate(batch.parts(of: GRUPlan.tileRows) * 4 * hidden).slice

        func run(_ first: Int, _ end: Int, finish: Bool) throws(DeviceError) {
            try launch(
                .init("gru/gru_cpu", "gruBackward"), over: plan.range, gradients.input,
                gradients.hidden, gradients.state, partials, o.outputGradient, o.reserve, o.output,
                panels,
                o.initialState, first, end, steps, batch, hidden, plan.rowsPerGroup,
                plan.panelsPerGroup, o.initialState != nil, finish)
        }
        if plan.isWhole {
            try run(0, steps, finish: true)
        } else {
            for step in (0..<steps).reversed() { try run(step, step + 1, finish: false) }
            try run(0, 0, finish: true)
        }
        return partials
    }
}
