extension Device {
    /// Default GRU made of primitives: one product for all input gates, then step by step.
    public func run(_ o: DeviceOperation.GRUForward) throws(DeviceError) {
        let (batch, hidden) = (o.shape.batch, o.shape.hidden)
        let rows = o.shape.steps * batch
        guard rows > 0, hidden > 0 else { return }
        let inputGates = try allocate(rows * 3 * hidden).slice
        try matmul(
            left: o.input, right: o.weights.inputWeight, bias: o.weights.inputBias,
            output: inputGates,
            MatmulParameters(m: rows, n: 3 * hidden, k: o.shape.input, transposeRight: true))

        var state: BufferSlice
        if let initialState = o.initialState {
            state = initialState
        } else {
            state = try zeros(batch * hidden)
        }
        let step = try GRUStepBuffers(device: self, batch: batch, hidden: hidden)
        for time in 0..<o.shape.steps {
            try matmul(
                left: state, right: o.weights.hiddenWeight, bias: o.weights.hiddenBias,
                output: step.hiddenGates,
                MatmulParameters(m: batch, n: 3 * hidden, k: hidden, transposeRight: true))
            let inputStep = try inputGates.part(
                from: time * batch * 3 * hidden, count: batch * 3 * hidden)
            try computeGates(inputGates: inputStep, step)
            if let reserve = o.reserve {
                let row = try reserve.part(
                    from: time * batch * 4 * hidden, count: batch * 4 * hidden)
                try store(step, in: row)
            }
            let next = try o.output.part(from: time * batch * hidden, count: batch * hidden)
            try binary(.subtract, left: state, right: step.candidate, output: next)
            try binary(.multiply, left: next, right: step.update, output: next)
            try axpy(alpha: 1, x: step.candidate, y: next)
            state = next
        }
    }

    /// `r`, `z`, `q` and `n` of one step from the gate sums of input and state, both `[B, 3H]`.
    private func computeGates(inputGates: BufferSlice, _ step: GRUStepBuffers) throws(DeviceError) {
        let hidden = step.hidden
        for (gate, start) in [(step.reset, 0), (step.update, hidden)] {
            try copyBlock(of: inputGates, blocks: 3, start: start, to: gate, step, adding: false)
            try copyBlock(
                of: step.hiddenGates, blocks: 3, start: start, to: gate, step, adding: true)
            try unary(.sigmoid, input: gate, output: gate)
        }
        try copyBlock(
            of: step.hiddenGates, blocks: 3, start: 2 * hidden, to: step.product, step,
            adding: false)
        try binary(.multiply, left: step.reset, right: step.product, output: step.candidate)
        try copyBlock(
            of: inputGates, blocks: 3, start: 2 * hidden, to: step.candidate, step, adding: true)
        try unary(.tanh, input: step.candidate, output: step.candidate)
    }

    private func copyBlock(
        of rows: BufferSlice, blocks: Int, start: Int, to block: BufferSlice,
        _ step: GRUStepBuffers, adding: Bool
    ) throws(DeviceError) {
        try copy(
            Region(rows, start: start, rowStride: blocks * step.hidden),
            to: Region(block, rowStride: step.hidden), rows: step.batch, columns: step.hidden,
            accumulate: adding)
    }

    private func store(_ step: GRUStepBuffers, in reserve: BufferSlice) throws(DeviceError) {
        let blocks = [step.reset, step.update, step.candidate, step.product]
        for (index, block) in blocks.enumerated() {
            try copy(
                Region(block, rowStride: step.hidden),
                to: Region(reserve, start: index * step.hidden, rowStride: 4 * step.hidden),
                rows: step.batch, columns: step.hidden, accumulate: false)
        }
    }

    /// A new slice of `count` zeros.
    func zeros(_ count: Int) throws(DeviceError) -> BufferSlice {
        let slice = try allocate(count).slice
        try fill(slice, value: 0)
        return slice
    }
}

/// The buffers of one time step of the default GRU.
private struct GRUStepBuffers {
    let batch: Int
    let hidden: Int
    /// `W_hh h + b_hh`, `[B, 3H]`.
    let hiddenGates: BufferSlice
    /// r, z, n and q, each `[B, H]`.
    let reset, update, candidate, product: BufferSlice

    init(device: some Device, batch: Int, hidden: Int) throws(DeviceError) {
        self.batch = batch
        self.hidden = hidden
        hiddenGates = try device.allocate(batch * 3 * hidden).slice
        reset = try device.allocate(batch * hidden).slice
        update = try device.allocate(batch * hidden).slice
        candidate = try device.allocate(batch * hidden).slice
        product = try device.allocate(batch * hidden).slice
    }
}
