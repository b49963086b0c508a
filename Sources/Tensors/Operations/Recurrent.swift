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
        let device = try Self.commonDevice(
            "gru", self, weightIH, weightHH, biasIH, biasHH, initialState)
        let tape = try Self.commonTape(
            "gru", [self, weightIH, weightHH, biasIH, biasHH, initialState])
        let shape = try gruShape(weightIH, weightHH, biasIH, biasHH, initialState)
        let output = try Tensor(
            uninitialized: [shape.steps, shape.batch, shape.hidden], on: device)
        let weights = RecurrentWeights(
            inputWeight: weightIH.slice, hiddenWeight: weightHH.slice, inputBias: biasIH.slice,
            hiddenBias: biasHH.slice)
        let reserve =
            tape == nil
            ? nil : try device.allocate(shape.steps * shape.batch * 4 * shape.hidden).slice
        try device.gruForward(
            input: slice, initialState: initialState?.slice, weights: weights,
            output: output.slice, reserve: reserve, shape)
        guard let tape, let reserve else { return output }
        let call = GRUCall(
            input: detached, initialState: initialState?.detached, weights: weights,
            output: output.slice, reserve: reserve, shape: shape, inputIndex: node?.index,
            stateIndex: initialState?.node?.index,
            weightTargets: [weightIH, weightHH, biasIH, biasHH].map { ($0.node?.index, $0.shape) })
        return tape.record(output) { gradient, tape in
            try call.backward(gradient, tape, device)
        }
    }

    private func gruShape(
        _ weightIH: Tensor, _ weightHH: Tensor, _ biasIH: Tensor, _ biasHH: Tensor,
        _ initialState: Tensor?
    ) throws -> RecurrentShape {
        guard self.shape.rank == 3, weightHH.shape.rank == 2 else {
            throw TensorError.shapeMismatch(
                operation: "gru", shapes: [self.shape, weightHH.shape],
                advice: "expected an input [T, B, I] and a recurrent weight [3H, H]")
        }
        let (hidden, input) = (weightHH.shape[at: 1], self.shape[at: 2])
        guard self.shape.count > 0, hidden > 0 else {
            throw TensorError.invalidArgument(
                operation: "gru",
                detail: "an input of shape \(self.shape) and \(hidden) hidden units; "
                    + "steps, batch, features and units must be at least 1")
        }
        let expected: [(Tensor, Shape)] = [
            (weightIH, [3 * hidden, input]), (weightHH, [3 * hidden, hidden]),
            (biasIH, [3 * hidden]), (biasHH, [3 * hidden]),
        ]
        for (tensor, shape) in expected where tensor.shape != shape {
            throw TensorError.shapeMismatch(
                operation: "gru", shapes: [tensor.shape, shape],
                advice: "the second shape is the one that fits an input of \(input) features "
                    + "and \(hidden) hidden units")
        }
        if let initialState, initialState.shape != [self.shape[at: 1], hidden] {
            throw TensorError.shapeMismatch(
                operation: "gru", shapes: [initialState.shape, [self.shape[at: 1], hidden]],
                advice: "the initial state needs one row per batch element")
        }
        return RecurrentShape(
            steps: self.shape[at: 0], batch: self.shape[at: 1], input: input, hidden: hidden)
    }
}

/// What a GRU layer saves for its backward pass.
private struct GRUCall {
    let input: Tensor
    let initialState: Tensor?
    let weights: RecurrentWeights
    let output: BufferSlice
    let reserve: BufferSlice
    let shape: RecurrentShape
    let inputIndex: Int?
    let stateIndex: Int?
    /// Nodes and shapes of weightIH, weightHH, biasIH, biasHH.
    let weightTargets: [(index: Int?, shape: Shape)]

    func backward(_ gradient: Tensor, _ tape: Tape, _ device: any Device) throws {
        let inputGradient =
            inputIndex == nil ? nil : try Tensor(uninitialized: input.shape, on: device)
        let stateGradient =
            stateIndex == nil
            ? nil : try Tensor(uninitialized: [shape.batch, shape.hidden], on: device)
        try tape.accumulate(into: weightTargets, on: device) { destinations in
            try device.gruBackward(
                input: input.slice, initialState: initialState?.slice, weights: weights,
                output: output, reserve: reserve, outputGradient: gradient.slice,
                inputGradient: inputGradient?.slice, initialStateGradient: stateGradient?.slice,
                weightGradients: RecurrentWeights(
                    inputWeight: destinations[0], hiddenWeight: destinations[1],
                    inputBias: destinations[2], hiddenBias: destinations[3]),
                shape)
        }
        if let inputIndex, let inputGradient {
            try tape.add(inputGradient, to: inputIndex, owned: true)
        }
        if let stateIndex, let stateGradient {
            try tape.add(stateGradient, to: stateIndex, owned: true)
        }
    }
}
