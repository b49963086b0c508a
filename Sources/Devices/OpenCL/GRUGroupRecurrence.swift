extension KernelReference {
    private static let program = "gru/gru_gpu"
    fileprivate static let gruForward = KernelReference(program, "gruForward")
    fileprivate static let gruBackward = KernelReference(program, "gruBackward")
}

/// How the recurrence is shared out on graphics processors: `Kernels/README.md`, "GRU, gpu".
private enum GRUGroups {
    /// Rows of the batch, and hidden units, of a work-group.
    static let tile = 16
    static let items = 256

    static func range(_ shape: RecurrentShape) -> LaunchRange {
        LaunchRange(
            ((shape.hidden + tile - 1) / tile * items, (shape.batch + tile - 1) / tile),
            local: (items, 1))
    }
}

extension OpenCLDevice {
    /// The states of all steps from the input gates `[T, B, 3H]`; one launch per step.
    func groupRecurrenceForward(
        gates: BufferSlice, weights: RecurrentWeights, initialState: BufferSlice?,
        output: BufferSlice,
        reserve: BufferSlice?, _ shape: RecurrentShape
    ) throws(DeviceError) {
        try launch(.gruForward, over: GRUGroups.range(shape), steps: 0..<shape.steps) {
            $0.buffer(output)
            $0.buffer(reserve)
            $0.buffer(gates)
            $0.buffer(weights.hiddenWeight)
            $0.buffer(weights.hiddenBias)
            $0.buffer(initialState)
            $0.size(shape.batch)
            $0.size(shape.hidden)
            $0.flag(reserve != nil)
            $0.flag(initialState != nil)
        }
    }

    /// Gradients of the gates of all steps and of the initial state; adds the gradients of the biases.
    func groupRecurrenceBackward(
        _ gradients: GRUGateGradients, hiddenWeight: BufferSlice, initialState: BufferSlice?,
        output: BufferSlice, reserve: BufferSlice, outputGradient: BufferSlice,
        weightGradients: RecurrentWeights, _ shape: RecurrentShape
    ) throws(DeviceError) {
        let tiles = (shape.batch + GRUGroups.tile - 1) / GRUGroups.tile
        let partials = try allocate(tiles * 4 * shape.hidden).slice
        // Each launch continues from a step; the last one, from step 0, leaves the initial state's gradient.
        let next = (0...shape.steps).reversed()
        try launch(.gruBackward, over: GRUGroups.range(shape), steps: next) {
            $0.buffer(gradients.input)
            $0.buffer(gradients.hidden)
            $0.buffer(gradients.state)
            $0.buffer(partials)
            $0.buffer(outputGradient)
            $0.buffer(reserve)
            $0.buffer(output)
            $0.buffer(hiddenWeight)
            $0.buffer(initialState)
            $0.size(shape.steps)
            $0.size(shape.batch)
            $0.size(shape.hidden)
            $0.flag(initialState != nil)
        }
        try addBiasGradients(partials, parts: tiles, to: weightGradients, hidden: shape.hidden)
    }
}
