/// The arrays of a default LSTM, one `[T, B, H]` for each gate.
///
/// Every gate has arrays and rows of the weights of its own, so that nothing is ever copied in or out of blocks.
private struct LSTMGates {
    let shape: RecurrentShape
    /// The five arrays one after the other.
    let memory: BufferSlice

    private var cell: Int { shape.batch * shape.hidden }

    /// Array number `index` for all steps: i, f, g, o, c'.
    subscript(_ index: Int) -> BufferSlice {
        memory.uncheckedPart(from: index * shape.steps * cell, count: shape.steps * cell)
    }

    /// Array number `index` at step `time`, `[B, H]`.
    subscript(_ index: Int, _ time: Int) -> BufferSlice {
        memory.uncheckedPart(from: (index * shape.steps + time) * cell, count: cell)
    }
}

extension RecurrentShape {
    /// The rows of gate `gate` in a weight of `columns` columns (1 for a bias).
    fileprivate func rows(of weight: BufferSlice, gate: Int, columns: Int) -> BufferSlice {
        weight.uncheckedPart(from: gate * hidden * columns, count: hidden * columns)
    }
}

extension Device {
    /// Default LSTM made of primitives: one product per gate for all inputs, then step by step.
    public func run(_ o: DeviceOperation.LSTMForward) throws(DeviceError) {
        let (batch, hidden, rows) = (o.shape.batch, o.shape.hidden, o.shape.steps * o.shape.batch)
        guard batch > 0, hidden > 0 else { return }
        var state = try given(o.initialState, orZeros: batch * hidden)
        var cell = try given(o.initialCell, orZeros: batch * hidden)
        let memory = try given(o.reserve, orNew: 5 * rows * hidden)
        let gates = LSTMGates(shape: o.shape, memory: memory)
        for gate in 0..<4 where rows > 0 {
            try matmul(
                left: o.input,
                right: o.shape.rows(of: o.weights.inputWeight, gate: gate, columns: o.shape.input),
                bias: o.shape.rows(of: o.weights.inputBias, gate: gate, columns: 1),
                output: gates[gate],
                MatmulParameters(m: rows, n: hidden, k: o.shape.input, transposeRight: true))
        }
        for time in 0..<o.shape.steps {
            for gate in 0..<4 {
                let sums = gates[gate, time]
                try matmul(
                    left: state,
                    right: o.shape.rows(of: o.weights.hiddenWeight, gate: gate, columns: hidden),
                    bias: o.shape.rows(of: o.weights.hiddenBias, gate: gate, columns: 1),
                    output: sums,
                    MatmulParameters(
                        m: batch, n: hidden, k: hidden, transposeRight: true, beta: 1))
                try unary(gate == 2 ? .tanh : .sigmoid, input: sums, output: sums)
            }
            let next = gates[4, time]
            let result = o.output.uncheckedPart(from: time * batch * hidden, count: batch * hidden)
            try binary(.multiply, left: gates[1, time], right: cell, output: next)
            try binary(.multiply, left: gates[0, time], right: gates[2, time], output: result)
            try axpy(alpha: 1, x: result, y: next)
            try unary(.tanh, input: next, output: result)
            try binary(.multiply, left: result, right: gates[3, time], output: result)
            (state, cell) = (result, next)
        }
        try copy(cell, to: o.finalCell)
    }

    /// Default backward pass of the LSTM made of primitives: step by step from the last to the first, then one product per
    /// gate for the gradient of each weight.
    public func run(_ o: DeviceOperation.LSTMBackward) throws(DeviceError) {
        let (rows, cell) = (o.shape.steps * o.shape.batch, o.shape.batch * o.shape.hidden)
        guard cell > 0 else { return }
        let weights = o.weightGradients
        let (stateGradient, cellGradient) = (try zeros(cell), try zeros(cell))
        if let finalCellGradient = o.finalCellGradient {
            try axpy(alpha: 1, x: finalCellGradient, y: cellGradient)
        }
        if o.shape.steps > 0 {
            let gates = LSTMGates(shape: o.shape, memory: o.reserve)
            let previousCells = try previous(o.initialCell, gates[4], o.shape)
            let factors = try lstmFactors(gates, previousCells: previousCells)
            try walkBack(
                gates, factors, outputGradient: o.outputGradient, stateGradient: stateGradient,
                cellGradient: cellGradient, hiddenWeight: o.weights.hiddenWeight)
            let states = try previous(o.initialState, o.output, o.shape)
            for gate in 0..<4 {
                if let inputGradient = o.inputGradient {
                    try matmul(
                        left: factors[gate],
                        right: o.shape.rows(
                            of: o.weights.inputWeight, gate: gate, columns: o.shape.input),
                        bias: nil, output: inputGradient,
                        MatmulParameters(
                            m: rows, n: o.shape.input, k: o.shape.hidden, beta: gate == 0 ? 0 : 1))
                }
                for (values, columns, weight, bias) in [
                    (o.input, o.shape.input, weights.inputWeight, weights.inputBias),
                    (states, o.shape.hidden, weights.hiddenWeight, weights.hiddenBias),
                ] {
                    try addWeightGradient(
                        factors[gate], values, columns: columns, rows: rows,
                        to: o.shape.rows(of: weight, gate: gate, columns: columns),
                        bias: o.shape.rows(of: bias, gate: gate, columns: 1))
                }
            }
        } else if let inputGradient = o.inputGradient {
            try fill(inputGradient, value: 0)
        }
        if let gradient = o.initialStateGradient { try copy(stateGradient, to: gradient) }
        if let gradient = o.initialCellGradient { try copy(cellGradient, to: gradient) }
    }

    /// What the gradients of the gate sums are products of, for all steps at once.
    ///
    /// With `dc` and `dh` the gradients of cell and state, the sums of i, f and g get `dc` times the first three arrays, that
    /// of o gets `dh` times the fourth; `dh` times the fifth, `s(o) (1 - tanh(c')^2)`, is added to `dc`.
    private func lstmFactors(_ gates: LSTMGates, previousCells: BufferSlice) throws(DeviceError)
        -> LSTMGates
    {
        let factors = LSTMGates(shape: gates.shape, memory: try allocate(gates.memory.count).slice)
        let squashed = try allocate(gates[4].count).slice
        try unary(.tanh, input: gates[4], output: squashed)
        let partners = [gates[2], previousCells, gates[0], squashed]
        for gate in 0..<4 {
            try unaryBackward(
                gate == 2 ? .tanh : .sigmoid, input: gates[gate], output: gates[gate],
                outputGradient: partners[gate], inputGradient: factors[gate])
        }
        try unaryBackward(
            .tanh, input: gates[4], output: squashed, outputGradient: gates[3],
            inputGradient: factors[4])
        return factors
    }

    /// Turns the factors into the gradients of the gate sums; `stateGradient` and `cellGradient` end as those of the initial
    /// state and cell.
    private func walkBack(
        _ gates: LSTMGates, _ factors: LSTMGates, outputGradient: BufferSlice,
        stateGradient: BufferSlice, cellGradient: BufferSlice, hiddenWeight: BufferSlice
    ) throws(DeviceError) {
        let shape = gates.shape
        let (batch, hidden) = (shape.batch, shape.hidden)
        for time in (0..<shape.steps).reversed() {
            try axpy(
                alpha: 1,
                x: outputGradient.uncheckedPart(from: time * batch * hidden, count: batch * hidden),
                y: stateGradient)
            let throughOutput = factors[4, time]
            try binary(.multiply, left: stateGradient, right: throughOutput, output: throughOutput)
            try axpy(alpha: 1, x: throughOutput, y: cellGradient)
            for gate in 0..<4 {
                let factor = factors[gate, time]
                try binary(
                    .multiply, left: gate == 3 ? stateGradient : cellGradient, right: factor,
                    output: factor)
            }
            try binary(.multiply, left: cellGradient, right: gates[1, time], output: cellGradient)
            for gate in 0..<4 {
                try matmul(
                    left: factors[gate, time],
                    right: shape.rows(of: hiddenWeight, gate: gate, columns: hidden), bias: nil,
                    output: stateGradient,
                    MatmulParameters(m: batch, n: hidden, k: hidden, beta: gate == 0 ? 0 : 1))
            }
        }
    }
}
