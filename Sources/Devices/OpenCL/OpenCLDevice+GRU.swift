extension KernelReference {
    fileprivate static let gruAddBiasGradients = KernelReference(
        "gru/gru_bias", "gruAddBiasGradients")
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
        let recurrence = profile.sharesWork ? groupRecurrenceForward : itemRecurrenceForward
        try recurrence(gates, o.weights, o.initialState, o.output, o.reserve, o.shape)
    }

    /// Backward through time: the recurrence, then one product each for the gradients of weights and input.
    public func run(_ o: DeviceOperation.GRUBackward) throws(DeviceError) {
        let (batch, hidden) = (o.shape.batch, o.shape.hidden)
        let rows = o.shape.steps * batch
        let carry =
            if let initialStateGradient = o.initialStateGradient { initialStateGradient } else {
                try allocate(batch * hidden).slice
            }
        try fill(carry, value: 0)
        guard rows > 0, hidden > 0 else { return }
        let gradients = GRUGateGradients(
            input: try allocate(rows * 3 * hidden).slice,
            hidden: try allocate(rows * 3 * hidden).slice, state: carry)
        let recurrence = profile.sharesWork ? groupRecurrenceBackward : itemRecurrenceBackward
        try recurrence(
            gradients, o.weights.hiddenWeight, o.initialState, o.output, o.reserve,
            o.outputGradient,
            o.weightGradients, o.shape)
        if let inputGradient = o.inputGradient {
            try matmul(
                left: gradients.input, right: o.weights.inputWeight, bias: nil,
                output: inputGradient,
                MatmulParameters(m: rows, n: o.shape.input, k: 3 * hidden))
        }
        try addProduct(
            gradients.input, o.input, to: o.weightGradients.inputWeight, columns: o.shape.input,
            rows: rows, o.shape)
        try addHiddenWeightGradient(
            gradients.hidden, initialState: o.initialState, output: o.output,
            to: o.weightGradients.hiddenWeight, o.shape)
    }

    /// Adds the sums of `partials [parts, 4H]` (of dr, dz, dn and dn r) to the gradients of the biases.
    func addBiasGradients(
        _ partials: BufferSlice, parts: Int, to gradients: RecurrentWeights, hidden: Int
    ) throws(DeviceError) {
        try launch(.gruAddBiasGradients, over: LaunchRange(3 * hidden, local: 64)) {
            $0.buffer(gradients.inputBias)
            $0.buffer(gradients.hiddenBias)
            $0.buffer(partials)
            $0.size(parts)
            $0.size(hidden)
        }
    }

    /// `gradient [3H, columns] += gates^T values` with gates `[rows, 3H]` and values `[rows, columns]`.
    private func addProduct(
        _ gates: BufferSlice, _ values: BufferSlice, to gradient: BufferSlice, columns: Int,
        rows: Int, _ shape: RecurrentShape
    ) throws(DeviceError) {
        try matmul(
            left: gates, right: values, bias: nil, output: gradient,
            MatmulParameters(
                m: 3 * shape.hidden, n: columns, k: rows, transposeLeft: true, beta: 1))
    }

    /// The state before step `t` is row block `t - 1` of the output, and the initial state before step 0.
    private func addHiddenWeightGradient(
        _ gates: BufferSlice, initialState: BufferSlice?, output: BufferSlice,
        to gradient: BufferSlice, _ shape: RecurrentShape
    ) throws(DeviceError) {
        let (batch, hidden) = (shape.batch, shape.hidden)
        if shape.steps > 1 {
            try addProduct(
                gates.from(batch * 3 * hidden), output, to: gradient, columns: hidden,
                rows: (shape.steps - 1) * batch, shape)
        }
        if let initialState {
            try addProduct(
                gates, initialState, to: gradient, columns: hidden, rows: batch, shape)
        }
    }
}

/// Gradients of the gate sums, `[T, B, 3H]` each, and of the state that is carried back in time, `[B, H]`.
struct GRUGateGradients {
    let input: BufferSlice
    let hidden: BufferSlice
    let state: BufferSlice
}
