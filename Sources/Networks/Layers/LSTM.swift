public import TandemTensors

/// What an LSTM layer hands from step to step.
public struct LSTMState {
    /// The state h, which is also the output, `[B, H]`.
    public var hidden: Tensor
    /// The cell c, `[B, H]`.
    public var cell: Tensor

    /// A state of both parts.
    public init(hidden: Tensor, cell: Tensor) {
        self.hidden = hidden
        self.cell = cell
    }
}

/// LSTM layers one above the other, PyTorch's `nn.LSTM`, time-major: x `[T, B, I]` to `[T, B, H]`.
///
/// With both directions the outputs are `[T, B, 2H]`. The outputs of every layer but the last pass through dropout, an
/// independent mask for every step, row and feature.
public final class LSTM: UnaryLayer {
    private let stack: RecurrentStack

    /// `layers` layers from `input` features to `hidden` units; all values start uniform within `1 / sqrt(H)`.
    ///
    /// With `isBidirectional` every layer runs in both directions of time.
    public init(
        input: Int, hidden: Int, layers: Int = 1, dropout: Float = 0, isBidirectional: Bool = false
    ) {
        stack = RecurrentStack(
            "LSTM", gates: 4, input: input, hidden: hidden, layers: layers, dropout: dropout,
            isBidirectional: isBidirectional)
    }

    /// `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_ih_l0_reverse`, ..., `weight_ih_l1`, ...
    ///
    /// The row blocks belong to the gates i, f, g, o.
    public var parameters: [(name: String, parameter: Parameter)] { stack.parameters }

    /// What is wrong with the sizes, if anything.
    public var problems: [String] { stack.problems }

    /// Runs all layers over the sequence and returns the outputs of the last one at every step.
    ///
    /// `initialStates` holds one per layer (of two directions the one along time first), zeros when `nil`.
    public func callAsFunction(
        _ x: Tensor, initialStates: [LSTMState]?, _ context: ForwardContext
    ) throws -> Tensor {
        try sequenceAndStates(x, initialStates: initialStates, context).sequence
    }

    /// Runs all layers over the sequence from states of zeros.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try callAsFunction(x, initialStates: nil, context)
    }

    /// The outputs at every step and the last states, one per layer in the order of `initialStates`.
    ///
    /// The last state of the direction against time is that after the first step. Feed the states to the next call to go on
    /// where the sequence ended.
    public func sequenceAndStates(
        _ x: Tensor, initialStates: [LSTMState]? = nil, _ context: ForwardContext
    ) throws -> (sequence: Tensor, states: [LSTMState]) {
        try stack.check(initialStates)
        var states: [LSTMState] = []
        let sequence = try stack.run(x, context) { sequence, cell, index in
            let weights = try cell.tensors(context)
            let (output, last) = try sequence.lstm(
                weightIH: weights.weightIH, weightHH: weights.weightHH, biasIH: weights.biasIH,
                biasHH: weights.biasHH, initialState: initialStates?[index].hidden,
                initialCell: initialStates?[index].cell)
            states.append(
                LSTMState(
                    hidden: try output.select(axis: 0, output.shape.dimensions[0] - 1), cell: last))
            return output
        }
        return (sequence, states)
    }
}
