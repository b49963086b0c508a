extension Device {
    /// Default GRU made of primitives: one product for all input gates, then step by step.
    public func run(_ o: DeviceOperation.GRUForward) throws(DeviceError) {
        let (batch, hidden, cell) = (o.shape.batch, o.shape.hidden, o.shape.batch * o.shape.hidden)
        let rows = o.shape.steps * batch
        guard rows > 0, hidden > 0 else { return }
        let inputGates = try allocate(rows * 3 * hidden).slice
        try matmul(
            left: o.input, right: o.weights.inputWeight, bias: o.weights.inputBias,
            output: inputGates,
            MatmulParameters(m: rows, n: 3 * hidden, k: o.shape.input, transposeRight: true))
        let hiddenGates = try allocate(3 * cell).slice
        let (reset, update) = (try allocate(cell).slice, try allocate(cell).slice)
        let (candidate, product) = (try allocate(cell).slice, try allocate(cell).slice)
        var state = try given(o.initialState, orZeros: cell)
        for time in 0..<o.shape.steps {
            try matmul(
                left: state, right: o.weights.hiddenWeight, bias: o.weights.hiddenBias,
                output: hiddenGates,
                MatmulParameters(m: batch, n: 3 * hidden, k: hidden, transposeRight: true))
            let inputStep = inputGates.uncheckedPart(from: time * 3 * cell, count: 3 * cell)
            for (index, gate) in [reset, update].enumerated() {
                try copyBlock(index, 3, of: inputStep, to: gate, o.shape)
                try copyBlock(index, 3, of: hiddenGates, to: gate, o.shape, adding: true)
                try unary(.sigmoid, input: gate, output: gate)
            }
            try copyBlock(2, 3, of: hiddenGates, to: product, o.shape)
            try binary(.multiply, left: reset, right: product, output: candidate)
            try copyBlock(2, 3, of: inputStep, to: candidate, o.shape, adding: true)
            try unary(.tanh, input: candidate, output: candidate)
            if let reserve = o.reserve {
                let step = reserve.uncheckedPart(from: time * 4 * cell, count: 4 * cell)
                for (index, gate) in [reset, update, candidate, product].enumerated() {
                    try copy(gate, toBlock: index, 4, of: step, o.shape)
                }
            }
            let next = o.output.uncheckedPart(from: time * cell, count: cell)
            try binary(.subtract, left: state, right: candidate, output: next)
            try binary(.multiply, left: next, right: update, output: next)
            try axpy(alpha: 1, x: candidate, y: next)
            state = next
        }
    }

    /// Copies block `index` of `blocks` in each row of `rows` to `[rows, H]`, or adds it.
    private func copyBlock(
        _ index: Int, _ blocks: Int, of rows: BufferSlice, to block: BufferSlice,
        _ shape: RecurrentShape, adding: Bool = false
    ) throws(DeviceError) {
        try copy(
            Region(rows, start: index * shape.hidden, rowStride: blocks * shape.hidden),
            to: Region(block, rowStride: shape.hidden), rows: block.count / shape.hidden,
            columns: shape.hidden, accumulate: adding)
    }

    /// The way back.
    private func copy(
        _ block: BufferSlice, toBlock index: Int, _ blocks: Int, of rows: BufferSlice,
        _ shape: RecurrentShape
    ) throws(DeviceError) {
        try copy(
            Region(block, rowStride: shape.hidden),
            to: Region(rows, start: index * shape.hidden, rowStride: blocks * shape.hidden),
            rows: block.count / shape.hidden, columns: shape.hidden, accumulate: false)
    }

    /// Default backward pass of the GRU made of primitives: step by step from the last to the first, then one product for
    /// the gradient of each weight.
    public func run(_ o: DeviceOperation.GRUBackward) throws(DeviceError) {
        let (rows, hidden) = (o.shape.steps * o.shape.batch, o.shape.hidden)
        guard o.shape.batch > 0, hidden > 0 else { return }
        let stateGradient = try zeros(o.shape.batch * hidden)
        if o.shape.steps > 0 {
            let states = try previous(o.initialState, o.output, o.shape)
            let gates = try gateGradients(o, previous: states, stateGradient: stateGradient)
            if let inputGradient = o.inputGradient {
                try matmul(
                    left: gates.input, right: o.weights.inputWeight, bias: nil,
                    output: inputGradient,
                    MatmulParameters(m: rows, n: o.shape.input, k: 3 * hidden))
            }
            try addWeightGradient(
                gates.input, o.input, columns: o.shape.input, rows: rows,
                to: o.weightGradients.inputWeight, bias: o.weightGradients.inputBias)
            try addWeightGradient(
                gates.hidden, states, columns: hidden, rows: rows,
                to: o.weightGradients.hiddenWeight, bias: o.weightGradients.hiddenBias)
        }
        if let gradient = o.initialStateGradient { try copy(stateGradient, to: gradient) }
    }

    /// Walks back through time and returns the gradients of the gate sums.
    ///
    /// Both are `[T, B, 3H]`: those of `W_ih x + b_ih` and those of `W_hh h + b_hh`. `stateGradient` ends as the gradient of the initial state.
    private func gateGradients(
        _ o: DeviceOperation.GRUBackward, previous: BufferSlice, stateGradient: BufferSlice
    ) throws(DeviceError) -> (input: BufferSlice, hidden: BufferSlice) {
        let (batch, hidden, cell) = (o.shape.batch, o.shape.hidden, o.shape.batch * o.shape.hidden)
        let factors = try gateFactors(o, previous: previous)
        let inputGates = try allocate(o.shape.steps * 3 * cell).slice
        let hiddenGates = try allocate(o.shape.steps * 3 * cell).slice
        let gate = try allocate(cell).slice
        for time in (0..<o.shape.steps).reversed() {
            func now(_ array: BufferSlice, blocks: Int = 1) -> BufferSlice {
                array.uncheckedPart(from: time * blocks * cell, count: blocks * cell)
            }
            let (inputStep, hiddenStep) = (now(inputGates, blocks: 3), now(hiddenGates, blocks: 3))
            let resetFactor = now(factors.resetFactor)
            try axpy(alpha: 1, x: now(o.outputGradient), y: stateGradient)
            try binary(
                .multiply, left: stateGradient, right: now(factors.updateFactor), output: gate)
            try copy(gate, toBlock: 1, 3, of: inputStep, o.shape)
            try copy(gate, toBlock: 1, 3, of: hiddenStep, o.shape)
            try binary(
                .multiply, left: stateGradient, right: now(factors.candidateFactor), output: gate)
            try copy(gate, toBlock: 2, 3, of: inputStep, o.shape)
            try binary(.multiply, left: gate, right: resetFactor, output: resetFactor)
            try copy(resetFactor, toBlock: 0, 3, of: inputStep, o.shape)
            try copy(resetFactor, toBlock: 0, 3, of: hiddenStep, o.shape)
            try binary(.multiply, left: gate, right: now(factors.reset), output: gate)
            try copy(gate, toBlock: 2, 3, of: hiddenStep, o.shape)

            try binary(
                .multiply, left: stateGradient, right: now(factors.update), output: stateGradient)
            try matmul(
                left: hiddenStep, right: o.weights.hiddenWeight, bias: nil, output: stateGradient,
                MatmulParameters(m: batch, n: hidden, k: 3 * hidden, beta: 1))
        }
        return (inputGates, hiddenGates)
    }

    /// Everything that the gradients of one step are products of, for all steps at once.
    private func gateFactors(_ o: DeviceOperation.GRUBackward, previous: BufferSlice)
        throws(DeviceError) -> GRUFactors
    {
        let count = o.shape.steps * o.shape.batch * o.shape.hidden
        func block(_ index: Int) throws(DeviceError) -> BufferSlice {
            let values = try allocate(count).slice
            try copyBlock(index, 4, of: o.reserve, to: values, o.shape)
            return values
        }
        let (reset, update, candidate) = (try block(0), try block(1), try block(2))
        let resetFactor = try block(3)
        let complement = try allocate(count).slice

        try affine(input: reset, output: complement, scale: -1, offset: 1)
        try binary(.multiply, left: resetFactor, right: complement, output: resetFactor)
        try binary(.multiply, left: resetFactor, right: reset, output: resetFactor)

        try affine(input: update, output: complement, scale: -1, offset: 1)
        let updateFactor = try allocate(count).slice
        try binary(.subtract, left: previous, right: candidate, output: updateFactor)
        try binary(.multiply, left: updateFactor, right: update, output: updateFactor)
        try binary(.multiply, left: updateFactor, right: complement, output: updateFactor)

        // The candidate itself is not needed again.
        try unary(.square, input: candidate, output: candidate)
        try affine(input: candidate, output: candidate, scale: -1, offset: 1)
        try binary(.multiply, left: candidate, right: complement, output: candidate)
        return GRUFactors(
            reset: reset, update: update, resetFactor: resetFactor, updateFactor: updateFactor,
            candidateFactor: candidate)
    }
}

/// Arrays `[T, B, H]` from which the gradients of the gate sums follow by multiplication with the state's gradient `d`.
private struct GRUFactors {
    /// r: `dq = dn * r` with `dn` the gradient of the candidate's sum.
    let reset: BufferSlice
    /// z: the part of `d` that passes straight to the previous state.
    let update: BufferSlice
    /// `q r (1 - r)`: the reset gate's sum gets this times `dn`.
    let resetFactor: BufferSlice
    /// `(h - n) z (1 - z)`: the update gate's sum gets this times `d`.
    let updateFactor: BufferSlice
    /// `(1 - z) (1 - n^2)`: `dn` is this times `d`.
    let candidateFactor: BufferSlice
}

/// What the backward passes of GRU and LSTM share.
extension Device {
    /// What stood before every step, `[T, B, H]`: the initial value, then those of all steps but the last.
    func previous(_ initial: BufferSlice?, _ values: BufferSlice, _ shape: RecurrentShape)
        throws(DeviceError) -> BufferSlice
    {
        let cell = shape.batch * shape.hidden
        let result = try allocate(shape.steps * cell).slice
        let first = result.uncheckedPart(from: 0, count: cell)
        if let initial { try copy(initial, to: first) } else { try fill(first, value: 0) }
        try copy(values, to: result.uncheckedPart(from: cell, count: (shape.steps - 1) * cell))
        return result
    }

    /// `weight += sums^T values`, `bias += column sums of sums`, for sums and values of `rows` rows.
    func addWeightGradient(
        _ sums: BufferSlice, _ values: BufferSlice, columns: Int, rows: Int,
        to weight: BufferSlice, bias: BufferSlice
    ) throws(DeviceError) {
        let gates = sums.count / rows
        try matmul(
            left: sums, right: values, bias: nil, output: weight,
            MatmulParameters(m: gates, n: columns, k: rows, transposeLeft: true, beta: 1))
        try addColumnSums(sums, to: bias, rows: rows, columns: gates)
    }
}
