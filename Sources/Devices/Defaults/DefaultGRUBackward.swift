extension Device {
    /// Default backward pass of the GRU made of primitives: step by step from the last to the first, then one product for
    /// the gradient of each weight.
    public func run(_ o: DeviceOperation.GRUBackward) throws(DeviceError) {
        let (rows, hidden) = (o.shape.steps * o.shape.batch, o.shape.hidden)
        guard o.shape.batch > 0, hidden > 0 else { return }
        let stateGradient = try zeros(o.shape.batch * hidden)
        if o.shape.steps > 0 {
            let previous = try previousStates(o.initialState, output: o.output, o.shape)
            let gates = try gateGradients(
                reserve: o.reserve, previous: previous, outputGradient: o.outputGradient,
                stateGradient: stateGradient, hiddenWeight: o.weights.hiddenWeight, o.shape)
            if let inputGradient = o.inputGradient {
                try matmul(
                    left: gates.input, right: o.weights.inputWeight, bias: nil,
                    output: inputGradient,
                    MatmulParameters(m: rows, n: o.shape.input, k: 3 * hidden))
            }
            try addWeightGradient(
                gates: gates.input, values: o.input, columns: o.shape.input,
                weight: o.weightGradients.inputWeight, bias: o.weightGradients.inputBias, o.shape)
            try addWeightGradient(
                gates: gates.hidden, values: previous, columns: hidden,
                weight: o.weightGradients.hiddenWeight, bias: o.weightGradients.hiddenBias, o.shape)
        }
        if let initialStateGradient = o.initialStateGradient {
            try affine(input: stateGradient, output: initialStateGradient, scale: 1, offset: 0)
        }
    }

    /// The state before every step, `[T, B, H]`: the initial state, then all outputs but the last.
    private func previousStates(
        _ initialState: BufferSlice?, output: BufferSlice, _ shape: RecurrentShape
    ) throws(DeviceError) -> BufferSlice {
        let cell = shape.batch * shape.hidden
        let later = (shape.steps - 1) * cell
        let states = try allocate(cell + later).slice
        let first = try states.part(from: 0, count: cell)
        if let initialState {
            try affine(input: initialState, output: first, scale: 1, offset: 0)
        } else {
            try fill(first, value: 0)
        }
        try affine(
            input: output.part(from: 0, count: later),
            output: states.part(from: cell, count: later), scale: 1, offset: 0)
        return states
    }

    /// Walks back through time and returns the gradients of the gate sums.
    ///
    /// Both are `[T, B, 3H]`: those of `W_ih x + b_ih` and those of `W_hh h + b_hh`. `stateGradient` ends as the gradient of the initial state.
    private func gateGradients(
        reserve: BufferSlice, previous: BufferSlice, outputGradient: BufferSlice,
        stateGradient: BufferSlice, hiddenWeight: BufferSlice, _ shape: RecurrentShape
    ) throws(DeviceError) -> (input: BufferSlice, hidden: BufferSlice) {
        let (batch, hidden, cell) = (shape.batch, shape.hidden, shape.batch * shape.hidden)
        let factors = try gateFactors(reserve: reserve, previous: previous, shape)
        let inputGates = try allocate(shape.steps * 3 * cell).slice
        let hiddenGates = try allocate(shape.steps * 3 * cell).slice
        let gate = try allocate(cell).slice
        for time in (0..<shape.steps).reversed() {
            let now = try factors.step(time, count: cell)
            let inputStep = try inputGates.part(from: time * 3 * cell, count: 3 * cell)
            let hiddenStep = try hiddenGates.part(from: time * 3 * cell, count: 3 * cell)
            func store(in gates: BufferSlice, block: Int) throws(DeviceError) {
                try copy(
                    Region(gate, rowStride: hidden),
                    to: Region(gates, start: block * hidden, rowStride: 3 * hidden), rows: batch,
                    columns: hidden, accumulate: false)
            }
            try axpy(
                alpha: 1, x: outputGradient.part(from: time * cell, count: cell), y: stateGradient)
            try binary(.multiply, left: stateGradient, right: now.updateFactor, output: gate)
            try store(in: inputStep, block: 1)
            try store(in: hiddenStep, block: 1)
            try binary(.multiply, left: stateGradient, right: now.candidateFactor, output: gate)
            try store(in: inputStep, block: 2)
            try binary(.multiply, left: gate, right: now.resetFactor, output: now.resetFactor)
            try binary(.multiply, left: gate, right: now.reset, output: gate)
            try store(in: hiddenStep, block: 2)
            try affine(input: now.resetFactor, output: gate, scale: 1, offset: 0)
            try store(in: inputStep, block: 0)
            try store(in: hiddenStep, block: 0)

            try binary(.multiply, left: stateGradient, right: now.update, output: stateGradient)
            try matmul(
                left: hiddenStep, right: hiddenWeight, bias: nil, output: stateGradient,
                MatmulParameters(m: batch, n: hidden, k: 3 * hidden, beta: 1))
        }
        return (inputGates, hiddenGates)
    }

    /// Everything that the gradients of one step are products of, for all steps at once.
    private func gateFactors(
        reserve: BufferSlice, previous: BufferSlice, _ shape: RecurrentShape
    ) throws(DeviceError) -> GRUFactors {
        let (rows, hidden) = (shape.steps * shape.batch, shape.hidden)
        func block(_ index: Int) throws(DeviceError) -> BufferSlice {
            let values = try allocate(rows * hidden).slice
            try copy(
                Region(reserve, start: index * hidden, rowStride: 4 * hidden),
                to: Region(values, rowStride: hidden), rows: rows, columns: hidden,
                accumulate: false)
            return values
        }
        let (reset, update, candidate) = (try block(0), try block(1), try block(2))
        let resetFactor = try block(3)
        let complement = try allocate(rows * hidden).slice

        try affine(input: reset, output: complement, scale: -1, offset: 1)
        try binary(.multiply, left: resetFactor, right: complement, output: resetFactor)
        try binary(.multiply, left: resetFactor, right: reset, output: resetFactor)

        try affine(input: update, output: complement, scale: -1, offset: 1)
        let updateFactor = try allocate(rows * hidden).slice
        try binary(.subtract, left: previous, right: candidate, output: updateFactor)
        try binary(.multiply, left: updateFactor, right: update, output: updateFactor)
        try binary(.multiply, left: updateFactor, right: complement, output: updateFactor)

        let candidateFactor = candidate
        try unary(.square, input: candidate, output: candidateFactor)
        try affine(input: candidateFactor, output: candidateFactor, scale: -1, offset: 1)
        try binary(.multiply, left: candidateFactor, right: complement, output: candidateFactor)
        return GRUFactors(
            reset: reset, update: update, resetFactor: resetFactor, updateFactor: updateFactor,
            candidateFactor: candidateFactor)
    }

    /// `weight += gates^T values`, `bias += column sums of gates`.
    private func addWeightGradient(
        gates: BufferSlice, values: BufferSlice, columns: Int, weight: BufferSlice,
        bias: BufferSlice, _ shape: RecurrentShape
    ) throws(DeviceError) {
        let (rows, gateCount) = (shape.steps * shape.batch, 3 * shape.hidden)
        try matmul(
            left: gates, right: values, bias: nil, output: weight,
            MatmulParameters(m: gateCount, n: columns, k: rows, transposeLeft: true, beta: 1))
        try reduce(
            .sum, input: gates, output: bias, outer: 1, count: rows, inner: gateCount, scale: 1,
            accumulate: true)
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

    /// The part of all arrays that belongs to step `time`.
    func step(_ time: Int, count: Int) throws(DeviceError) -> GRUFactors {
        try GRUFactors(
            reset: reset.part(from: time * count, count: count),
            update: update.part(from: time * count, count: count),
            resetFactor: resetFactor.part(from: time * count, count: count),
            updateFactor: updateFactor.part(from: time * count, count: count),
            candidateFactor: candidateFactor.part(from: time * count, count: count))
    }
}
