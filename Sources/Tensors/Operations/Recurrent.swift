import TandemDevices

extension Tensor {
    /// A GRU layer over a whole sequence, PyTorch's convention: x `[T, B, I]` to `[T, B, H]`.
    ///
    /// weightIH `[3H, I]`, weightHH `[3H, H]`, biasIH and biasHH `[3H]` with row blocks r, z, n; initialState `[B, H]`, zeros
    /// when `nil`. The formula stands at `Device.gruForward`.
    public func gru(
        weightIH: Tensor, weightHH: Tensor, biasIH: Tensor, biasHH: Tensor,
        initialState: Tensor? = nil
    ) throws -> Tensor {
        let layer = try RecurrentCall(
            "gru", gates: 3, self, initial: [initialState],
            weights: [weightIH, weightHH, biasIH, biasHH])
        let (device, shape, weights) = (device, layer.shape, layer.weights)
        let output = try Tensor(
            uninitialized: [shape.steps, shape.batch, shape.hidden], on: device)
        let reserve = try layer.reserve(4)
        let (input, initialState) = (slice, initialState?.slice)
        try device.gruForward(
            input: input, initialState: initialState, weights: weights, output: output.slice,
            reserve: reserve, shape)
        guard let tape = layer.tape, let reserve else { return output }
        let states = output.slice
        return tape.record(output, layer.operands) { gradient, gradients in
            try device.gruBackward(
                input: input, initialState: initialState, weights: weights, output: states,
                reserve: reserve, outputGradient: gradient.slice,
                inputGradient: gradients.inputs[0],
                initialStateGradient: gradients.inputs[1],
                weightGradients: RecurrentWeights(gradients.weights), shape)
        }
    }

    /// An LSTM layer over a whole sequence, PyTorch's convention: x `[T, B, I]` to the states `[T, B, H]` and the last cell
    /// `[B, H]`.
    ///
    /// weightIH `[4H, I]`, weightHH `[4H, H]`, biasIH and biasHH `[4H]` with row blocks i, f, g, o; initialState and
    /// initialCell `[B, H]`, zeros when `nil`. The formula stands at `Device.lstmForward`. (Hochreiter and Schmidhuber 1997;
    /// Gers et al. 2000.)
    public func lstm(
        weightIH: Tensor, weightHH: Tensor, biasIH: Tensor, biasHH: Tensor,
        initialState: Tensor? = nil, initialCell: Tensor? = nil
    ) throws -> (states: Tensor, lastCell: Tensor) {
        let layer = try RecurrentCall(
            "lstm", gates: 4, self, initial: [initialState, initialCell],
            weights: [weightIH, weightHH, biasIH, biasHH])
        let (device, shape, weights) = (device, layer.shape, layer.weights)
        // One tensor for states and last cell: a single node then knows the gradients of both.
        var output = try Tensor(
            uninitialized: [shape.steps + 1, shape.batch, shape.hidden], on: device)
        let reserve = try layer.reserve(5)
        let (input, initialState, initialCell) = (slice, initialState?.slice, initialCell?.slice)
        let cell = shape.batch * shape.hidden
        let states = try output.slice.part(from: 0, count: shape.steps * cell)
        try device.lstmForward(
            input: input, initialState: initialState, initialCell: initialCell, weights: weights,
            output: states,
            finalCell: output.slice.part(from: shape.steps * cell, count: cell), reserve: reserve,
            shape)
        if let tape = layer.tape, let reserve {
            output = tape.record(output, layer.operands) { gradient, gradients in
                try device.lstmBackward(
                    input: input, initialState: initialState, initialCell: initialCell,
                    weights: weights, output: states, reserve: reserve,
                    outputGradient: gradient.slice.part(from: 0, count: shape.steps * cell),
                    finalCellGradient: gradient.slice.part(from: shape.steps * cell, count: cell),
                    inputGradient: gradients.inputs[0], initialStateGradient: gradients.inputs[1],
                    initialCellGradient: gradients.inputs[2],
                    weightGradients: RecurrentWeights(gradients.weights), shape)
            }
        }
        return (
            try output.slice(axis: 0, 0..<shape.steps), try output.select(axis: 0, shape.steps)
        )
    }
}

/// What GRU and LSTM have in common: operands that fit each other.
private struct RecurrentCall {
    let tape: Tape?
    let shape: RecurrentShape
    let weights: RecurrentWeights
    /// The input and what stands before the first step; the weights.
    let operands: Tape.Operands
    private let device: any Device

    /// Throws unless the weights of `gates` row blocks fit the input, with one initial row per batch element.
    init(
        _ name: String, gates: Int, _ input: Tensor, initial: [Tensor?], weights: [Tensor]
    ) throws {
        device = input.device
        let others: [Tensor?] = weights + initial
        for case let operand? in others {
            try Tensor.requireDevice(name, device, of: operand.slice)
        }
        tape = try Tensor.commonTape(name, [input] + others)
        let recurrent = weights[1].shape
        guard input.shape.rank == 3, recurrent.rank == 2 else {
            throw TensorError.shapeMismatch(
                operation: name, shapes: [input.shape, recurrent],
                advice: "expected an input [T, B, I] and a recurrent weight [\(gates)H, H]")
        }
        let hidden = recurrent[at: 1]
        shape = RecurrentShape(
            steps: input.shape[at: 0], batch: input.shape[at: 1], input: input.shape[at: 2],
            hidden: hidden)
        guard input.shape.count > 0, hidden > 0 else {
            throw TensorError.invalidArgument(
                operation: name,
                detail: "an input of shape \(input.shape) and \(hidden) hidden units; "
                    + "steps, batch, features and units must be at least 1")
        }
        let rows = gates * hidden
        let state: Shape = [shape.batch, hidden]
        let fitting =
            [[rows, shape.input], [rows, hidden], [rows], [rows]] + initial.map { _ in state }
        for case (let operand?, let wanted) in zip(others, fitting)
        where operand.shape != wanted {
            throw TensorError.shapeMismatch(
                operation: name, shapes: [operand.shape, wanted],
                advice: "the second shape is the one that fits an input of shape \(input.shape) "
                    + "and \(hidden) hidden units")
        }
        self.weights = RecurrentWeights(weights.map(\.slice))
        operands = Tape.Operands([input] + initial, weights: weights)
    }

    /// Memory for `count` numbers per step and unit that the backward pass needs; none when nothing is recorded.
    func reserve(_ count: Int) throws -> BufferSlice? {
        guard tape != nil else { return nil }
        return try device.allocate(count * shape.steps * shape.batch * shape.hidden).slice
    }
}

extension RecurrentWeights {
    /// weightIH, weightHH, biasIH and biasHH.
    fileprivate init(_ parts: [BufferSlice]) {
        self.init(
            inputWeight: parts[0], hiddenWeight: parts[1], inputBias: parts[2],
            hiddenBias: parts[3])
    }
}
