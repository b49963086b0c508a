/// Sizes of a whole-sequence recurrent layer.
public struct RecurrentShape: Sendable, Hashable {
    /// Time steps, T.
    public var steps: Int
    /// Rows per step, B.
    public var batch: Int
    /// Features of the input, I.
    public var input: Int
    /// Hidden units, H.
    public var hidden: Int

    /// A layer over `steps` steps of `batch` rows, from `input` features to `hidden` units.
    public init(steps: Int, batch: Int, input: Int, hidden: Int) {
        self.steps = steps
        self.batch = batch
        self.input = input
        self.hidden = hidden
    }
}

/// The weights of a recurrent layer (or the gradients of those weights).
///
/// Row blocks of H in PyTorch's order: r, z, n of a GRU (G = 3), i, f, g, o of an LSTM (G = 4).
public struct RecurrentWeights: Sendable, Equatable {
    /// Weights of the input, `weight_ih [GH, I]`.
    public var inputWeight: BufferSlice
    /// Weights of the state, `weight_hh [GH, H]`.
    public var hiddenWeight: BufferSlice
    /// Biases of the input, `bias_ih [GH]`.
    public var inputBias: BufferSlice
    /// Biases of the state, `bias_hh [GH]`.
    public var hiddenBias: BufferSlice

    /// The four arrays of a layer.
    public init(
        inputWeight: BufferSlice, hiddenWeight: BufferSlice, inputBias: BufferSlice,
        hiddenBias: BufferSlice
    ) {
        self.inputWeight = inputWeight
        self.hiddenWeight = hiddenWeight
        self.inputBias = inputBias
        self.hiddenBias = hiddenBias
    }
}

extension DeviceOperation {
    /// The operands of `Device.gruForward`.
    public struct GRUForward: OperationPayload {
        package var input: BufferSlice
        package var initialState: BufferSlice?
        package var weights: RecurrentWeights
        package var output: BufferSlice
        package var reserve: BufferSlice?
        package let shape: RecurrentShape

        package var floatingPointOperations: Int { shape.products(gates: 3) }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let (inputs, states, state) = try operands.sizes(shape)
            try operands.take(&input, "input", inputs)
            try operands.take(&initialState, "initialState", state)
            try operands.take(&weights, "weights", shape, gates: 3)
            try operands.take(&output, "output", states)
            try operands.take(&reserve, "reserve", try operands.elements(4, states))
        }
    }

    /// The operands of `Device.gruBackward`.
    public struct GRUBackward: OperationPayload {
        package var input: BufferSlice
        package var initialState: BufferSlice?
        package var weights: RecurrentWeights
        package var output, reserve, outputGradient: BufferSlice
        package var inputGradient, initialStateGradient: BufferSlice?
        package var weightGradients: RecurrentWeights
        package let shape: RecurrentShape

        package var floatingPointOperations: Int { 2 * shape.products(gates: 3) }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let (inputs, states, state) = try operands.sizes(shape)
            try operands.take(&input, "input", inputs)
            try operands.take(&initialState, "initialState", state)
            try operands.take(&weights, "weights", shape, gates: 3)
            try operands.take(&output, "output", states)
            try operands.take(&reserve, "reserve", try operands.elements(4, states))
            try operands.take(&outputGradient, "outputGradient", states)
            try operands.take(&inputGradient, "inputGradient", inputs)
            try operands.take(&initialStateGradient, "initialStateGradient", state)
            try operands.take(&weightGradients, "weightGradients", shape, gates: 3)
        }
    }

    /// The operands of `Device.lstmForward`.
    public struct LSTMForward: OperationPayload {
        package var input: BufferSlice
        package var initialState, initialCell: BufferSlice?
        package var weights: RecurrentWeights
        package var output, finalCell: BufferSlice
        package var reserve: BufferSlice?
        package let shape: RecurrentShape

        package var floatingPointOperations: Int { shape.products(gates: 4) }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let (inputs, states, state) = try operands.sizes(shape)
            try operands.take(&input, "input", inputs)
            try operands.take(&initialState, "initialState", state)
            try operands.take(&initialCell, "initialCell", state)
            try operands.take(&weights, "weights", shape, gates: 4)
            try operands.take(&output, "output", states)
            try operands.take(&finalCell, "finalCell", state)
            try operands.take(&reserve, "reserve", try operands.elements(5, states))
        }
    }

    /// The operands of `Device.lstmBackward`.
    public struct LSTMBackward: OperationPayload {
        package var input: BufferSlice
        package var initialState, initialCell: BufferSlice?
        package var weights: RecurrentWeights
        package var output, reserve, outputGradient: BufferSlice
        package var finalCellGradient, inputGradient: BufferSlice?
        package var initialStateGradient, initialCellGradient: BufferSlice?
        package var weightGradients: RecurrentWeights
        package let shape: RecurrentShape

        package var floatingPointOperations: Int { 2 * shape.products(gates: 4) }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let (inputs, states, state) = try operands.sizes(shape)
            try operands.take(&input, "input", inputs)
            try operands.take(&initialState, "initialState", state)
            try operands.take(&initialCell, "initialCell", state)
            try operands.take(&weights, "weights", shape, gates: 4)
            try operands.take(&output, "output", states)
            try operands.take(&reserve, "reserve", try operands.elements(5, states))
            try operands.take(&outputGradient, "outputGradient", states)
            try operands.take(&finalCellGradient, "finalCellGradient", state)
            try operands.take(&inputGradient, "inputGradient", inputs)
            try operands.take(&initialStateGradient, "initialStateGradient", state)
            try operands.take(&initialCellGradient, "initialCellGradient", state)
            try operands.take(&weightGradients, "weightGradients", shape, gates: 4)
        }
    }
}

extension RecurrentShape {
    /// Floating-point operations of the forward pass's products.
    fileprivate func products(gates: Int) -> Int {
        2 * gates * steps * batch * hidden * (input + hidden)
    }
}

extension Operands {
    /// Elements of the input, of the states of all steps, and of one state.
    fileprivate func sizes(_ shape: RecurrentShape) throws(DeviceError)
        -> (inputs: Int, states: Int, state: Int)
    {
        (
            try elements(shape.steps, shape.batch, shape.input),
            try elements(shape.steps, shape.batch, shape.hidden),
            try elements(shape.batch, shape.hidden)
        )
    }
}

/// Whole-sequence recurrent layers.
///
/// Fused: the default implementations are made of primitives.
///
/// With `sigmoid` written s, the GRU of PyTorch (reset gate applied after the recurrent product):
///
///     r = s(W_ir x + b_ir + W_hr h + b_hr)        q = W_hn h + b_hn
///     z = s(W_iz x + b_iz + W_hz h + b_hz)        n = tanh(W_in x + b_in + r * q)        h' = (1 - z) * n + z * h
///
/// and its LSTM, whose gates are all sums of the form `a = W_ia x + b_ia + W_ha h + b_ha`:
///
///     c' = s(f) * c + s(i) * tanh(g)        h' = s(o) * tanh(c')
extension Device {
    /// Runs the layer over the whole sequence.
    ///
    /// input `[T, B, I]`, initialState `[B, H]` (`nil` = zeros), output `[T, B, H]`. For training, `reserve [T, B, 4H]`
    /// receives r, z, n, q of every step (blocks of H inside each row); pass `nil` when no gradient is wanted.
    public func gruForward(
        input: BufferSlice, initialState: BufferSlice?, weights: RecurrentWeights,
        output: BufferSlice,
        reserve: BufferSlice?, _ shape: RecurrentShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.GRUForward(
                input: input, initialState: initialState, weights: weights, output: output,
                reserve: reserve, shape: shape))
    }

    /// Backward through time.
    ///
    /// `output` and `reserve` are those of the forward call; `outputGradient [T, B, H]`.
    ///
    /// Overwrites `inputGradient [T, B, I]` and `initialStateGradient [B, H]` when given, and **adds** to the four
    /// `weightGradients`.
    public func gruBackward(
        input: BufferSlice, initialState: BufferSlice?, weights: RecurrentWeights,
        output: BufferSlice,
        reserve: BufferSlice, outputGradient: BufferSlice, inputGradient: BufferSlice?,
        initialStateGradient: BufferSlice?, weightGradients: RecurrentWeights,
        _ shape: RecurrentShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.GRUBackward(
                input: input, initialState: initialState, weights: weights, output: output,
                reserve: reserve, outputGradient: outputGradient, inputGradient: inputGradient,
                initialStateGradient: initialStateGradient, weightGradients: weightGradients,
                shape: shape))
    }

    /// Runs an LSTM over the whole sequence.
    ///
    /// input `[T, B, I]`, initialState and initialCell `[B, H]` (`nil` = zeros), output `[T, B, H]`, finalCell `[B, H]`. For
    /// training, `reserve [5, T, B, H]` receives i, f, g, o and the cells c' of every step; pass `nil` when no gradient is
    /// wanted.
    public func lstmForward(
        input: BufferSlice, initialState: BufferSlice?, initialCell: BufferSlice?,
        weights: RecurrentWeights, output: BufferSlice, finalCell: BufferSlice,
        reserve: BufferSlice?, _ shape: RecurrentShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.LSTMForward(
                input: input, initialState: initialState, initialCell: initialCell,
                weights: weights, output: output, finalCell: finalCell, reserve: reserve,
                shape: shape))
    }

    /// Backward through time.
    ///
    /// `output` and `reserve` are those of the forward call; `outputGradient [T, B, H]`, `finalCellGradient [B, H]` (`nil` =
    /// zeros). Overwrites `inputGradient [T, B, I]`, `initialStateGradient` and `initialCellGradient [B, H]` when given, and
    /// **adds** to the four `weightGradients`.
    public func lstmBackward(
        input: BufferSlice, initialState: BufferSlice?, initialCell: BufferSlice?,
        weights: RecurrentWeights, output: BufferSlice, reserve: BufferSlice,
        outputGradient: BufferSlice, finalCellGradient: BufferSlice?, inputGradient: BufferSlice?,
        initialStateGradient: BufferSlice?, initialCellGradient: BufferSlice?,
        weightGradients: RecurrentWeights, _ shape: RecurrentShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.LSTMBackward(
                input: input, initialState: initialState, initialCell: initialCell,
                weights: weights, output: output, reserve: reserve,
                outputGradient: outputGradient, finalCellGradient: finalCellGradient,
                inputGradient: inputGradient, initialStateGradient: initialStateGradient,
                initialCellGradient: initialCellGradient, weightGradients: weightGradients,
                shape: shape))
    }
}
