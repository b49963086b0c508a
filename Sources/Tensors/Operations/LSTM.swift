import TandemDevices

extension Tensor {
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
        let device = try Self.commonDevice(
            "lstm", self, weightIH, weightHH, biasIH, biasHH, initialState, initialCell)
        let tape = try Self.commonTape(
            "lstm", [self, weightIH, weightHH, biasIH, biasHH, initialState, initialCell])
        let shape = try lstmShape(
            weightIH, weightHH, biases: [biasIH, biasHH], initial: [initialState, initialCell])
        let cell = shape.batch * shape.hidden
        // One tensor for states and last cell: a single node then knows the gradients of both.
        let output = try Tensor(
            uninitialized: [shape.steps + 1, shape.batch, shape.hidden], on: device)
        let weights = RecurrentWeights(
            inputWeight: weightIH.slice, hiddenWeight: weightHH.slice, inputBias: biasIH.slice,
            hiddenBias: biasHH.slice)
        let reserve = tape == nil ? nil : try device.allocate(5 * shape.steps * cell).slice
        try device.lstmForward(
            input: slice, initialState: initialState?.slice, initialCell: initialCell?.slice,
            weights: weights, output: output.slice.part(from: 0, count: shape.steps * cell),
            finalCell: output.slice.part(from: shape.steps * cell, count: cell), reserve: reserve,
            shape)
        var result = output
        if let tape, let reserve {
            let call = LSTMCall(
                input: detached, initialState: initialState?.detached,
                initialCell: initialCell?.detached, weights: weights, output: output.slice,
                reserve: reserve, shape: shape, inputIndex: node?.index,
                stateIndex: initialState?.node?.index, cellIndex: initialCell?.node?.index,
                weightTargets: [weightIH, weightHH, biasIH, biasHH].map {
                    ($0.node?.index, $0.shape)
                })
            result = tape.record(output) { gradient, tape in
                try call.backward(gradient, tape, device)
            }
        }
        return (
            try result.slice(axis: 0, 0..<shape.steps), try result.select(axis: 0, shape.steps)
        )
    }

    private func lstmShape(
        _ weightIH: Tensor, _ weightHH: Tensor, biases: [Tensor], initial: [Tensor?]
    ) throws -> RecurrentShape {
        let (own, recurrent) = (self.shape.dimensions, weightHH.shape.dimensions)
        guard own.count == 3, recurrent.count == 2 else {
            throw TensorError.shapeMismatch(
                operation: "lstm", shapes: [self.shape, weightHH.shape],
                advice: "expected an input [T, B, I] and a recurrent weight [4H, H]")
        }
        let (hidden, input) = (recurrent[1], own[2])
        guard self.shape.count > 0, hidden > 0 else {
            throw TensorError.invalidArgument(
                operation: "lstm",
                detail: "an input of shape \(self.shape) and \(hidden) hidden units; "
                    + "steps, batch, features and units must be at least 1")
        }
        let state: Shape = [own[1], hidden]
        var expected: [(Tensor, Shape)] = [
            (weightIH, [4 * hidden, input]), (weightHH, [4 * hidden, hidden]),
        ]
        for bias in biases { expected.append((bias, [4 * hidden])) }
        for case let tensor? in initial { expected.append((tensor, state)) }
        for (tensor, shape) in expected where tensor.shape != shape {
            throw TensorError.shapeMismatch(
                operation: "lstm", shapes: [tensor.shape, shape],
                advice: "the second shape is the one that fits an input of shape \(self.shape) "
                    + "and \(hidden) hidden units")
        }
        return RecurrentShape(steps: own[0], batch: own[1], input: input, hidden: hidden)
    }
}

/// What an LSTM layer saves for its backward pass.
private struct LSTMCall {
    let input: Tensor
    let initialState: Tensor?
    let initialCell: Tensor?
    let weights: RecurrentWeights
    /// The states, then the last cell.
    let output: BufferSlice
    let reserve: BufferSlice
    let shape: RecurrentShape
    let inputIndex: Int?
    let stateIndex: Int?
    let cellIndex: Int?
    /// Nodes and shapes of weightIH, weightHH, biasIH, biasHH.
    let weightTargets: [(index: Int?, shape: Shape)]

    func backward(_ gradient: Tensor, _ tape: Tape, _ device: any Device) throws {
        let cell = shape.batch * shape.hidden
        func gradientMemory(_ index: Int?, _ shape: Shape) throws -> Tensor? {
            index == nil ? nil : try Tensor(uninitialized: shape, on: device)
        }
        let state: Shape = [shape.batch, shape.hidden]
        let inputGradient = try gradientMemory(inputIndex, input.shape)
        let stateGradient = try gradientMemory(stateIndex, state)
        let cellGradient = try gradientMemory(cellIndex, state)
        try tape.accumulate(into: weightTargets, on: device) { destinations in
            try device.lstmBackward(
                input: input.slice, initialState: initialState?.slice,
                initialCell: initialCell?.slice, weights: weights,
                output: output.part(from: 0, count: shape.steps * cell), reserve: reserve,
                outputGradient: gradient.slice.part(from: 0, count: shape.steps * cell),
                finalCellGradient: gradient.slice.part(from: shape.steps * cell, count: cell),
                inputGradient: inputGradient?.slice, initialStateGradient: stateGradient?.slice,
                initialCellGradient: cellGradient?.slice,
                weightGradients: RecurrentWeights(
                    inputWeight: destinations[0], hiddenWeight: destinations[1],
                    inputBias: destinations[2], hiddenBias: destinations[3]),
                shape)
        }
        for (index, found) in [
            (inputIndex, inputGradient), (stateIndex, stateGradient), (cellIndex, cellGradient),
        ] {
            if let index, let found { try tape.add(found, to: index, owned: true) }
        }
    }
}
