public import TandemTensors

/// Gated recurrent layers one above the other, PyTorch's `nn.GRU`, time-major: x `[T, B, I]` to `[T, B, H]`.
///
/// With both directions the outputs are `[T, B, 2H]`. The outputs of every layer but the last pass through dropout, an
/// independent mask for every step, row and feature.
public final class GRU: UnaryLayer {
    private let stack: RecurrentStack

    /// `layers` layers from `input` features to `hidden` units; all values start uniform within `1 / sqrt(H)`.
    ///
    /// With `isBidirectional` every layer runs in both directions of time.
    public init(
        input: Int, hidden: Int, layers: Int = 1, dropout: Float = 0, isBidirectional: Bool = false
    ) {
        stack = RecurrentStack(
            "GRU", gates: 3, input: input, hidden: hidden, layers: layers, dropout: dropout,
            isBidirectional: isBidirectional)
    }

    /// `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_ih_l0_reverse`, ..., `weight_ih_l1`, ...
    public var parameters: [(name: String, parameter: Parameter)] { stack.parameters }

    /// What is wrong with the sizes, if anything.
    public var problems: [String] { stack.problems }

    /// Runs all layers over the sequence and returns the outputs of the last one at every step.
    ///
    /// `initialStates` holds one `[B, H]` per layer (of two directions the one along time first), zeros when `nil`.
    public func callAsFunction(
        _ x: Tensor, initialStates: [Tensor]?, _ context: ForwardContext
    ) throws -> Tensor {
        try sequenceAndStates(x, initialStates: initialStates, context).sequence
    }

    /// Runs all layers over the sequence from states of zeros.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try callAsFunction(x, initialStates: nil, context)
    }

    /// The outputs at every step and the last states, one `[B, H]` per layer in the order of `initialStates`.
    ///
    /// The last state of the direction against time is that after the first step. Feed the states to the next call to go on
    /// where the sequence ended.
    public func sequenceAndStates(
        _ x: Tensor, initialStates: [Tensor]? = nil, _ context: ForwardContext
    ) throws -> (sequence: Tensor, states: [Tensor]) {
        try stack.check(initialStates)
        var states: [Tensor] = []
        let sequence = try stack.run(x, context) { sequence, cell, index in
            let weights = try cell.tensors(context)
            let output = try sequence.gru(
                weightIH: weights.weightIH, weightHH: weights.weightHH, biasIH: weights.biasIH,
                biasHH: weights.biasHH, initialState: initialStates?[index])
            states.append(try output.select(axis: 0, output.shape.dimensions[0] - 1))
            return output
        }
        return (sequence, states)
    }
}
