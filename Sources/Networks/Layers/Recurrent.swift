public import TandemTensors

/// Recurrent layers one above the other, in one direction or in both: what `GRU` and `LSTM` have in common.
///
/// Time-major: x `[T, B, I]` to `[T, B, H]`, with both directions `[T, B, 2H]`. The outputs of every layer but the last pass
/// through dropout, an independent mask for every step, row and feature. All values start uniform within `1 / sqrt(H)`.
public class RecurrentLayers<State>: UnaryLayer {
    /// Runs one cell with its four parameters over a sequence; returns the outputs `[T, B, H]` and the last state.
    fileprivate typealias Run = (_ weights: [Tensor], _ sequence: Tensor, _ initial: State?) throws
        -> (outputs: Tensor, last: State)

    /// What is wrong with the sizes, if anything.
    public let problems: [String]

    /// The four parameters of every cell, layer by layer, of each the one in the direction of time first.
    private let cells: [[Parameter]]
    private let run: Run
    private let dropout: Dropout
    private let isBidirectional: Bool

    /// Layers of `gates` blocks of rows.
    fileprivate init(
        gates: Int, _ input: Int, _ hidden: Int, _ layers: Int, _ dropout: Float,
        _ isBidirectional: Bool, run: @escaping Run
    ) {
        var settings = LayerSettings()
        let input = settings.size(input, "input")
        let hidden = settings.size(hidden, "hidden")
        let layers = settings.size(layers, "layers")
        settings.dropout(dropout)
        problems = settings.problems
        let initial = Initializer.inverseSquareRoot(of: hidden)
        let directions = isBidirectional ? 2 : 1
        cells = (0..<layers * directions).map { index in
            let columns = index < directions ? input : directions * hidden
            let shapes: [Shape] = [
                [gates * hidden, columns], [gates * hidden, hidden], [gates * hidden],
                [gates * hidden],
            ]
            return shapes.map { Parameter($0, initial) }
        }
        self.run = run
        self.dropout = Dropout(dropout)
        self.isBidirectional = isBidirectional
    }

    /// `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_ih_l0_reverse`, ..., `weight_ih_l1`, ...
    public var parameters: [(name: String, parameter: Parameter)] {
        cells.enumerated().flatMap { index, cell in
            let suffix =
                isBidirectional ? "l\(index / 2)" + (index % 2 == 1 ? "_reverse" : "") : "l\(index)"
            return zip(["weight_ih", "weight_hh", "bias_ih", "bias_hh"], cell)
                .map { ("\($0)_\(suffix)", $1) }
        }
    }

    /// Runs all layers over the sequence from states of zeros and returns the outputs of the last one at every step.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try sequenceAndStates(x, context).sequence
    }

    /// Runs all layers over the sequence and returns the outputs of the last one at every step.
    ///
    /// `initialStates` holds one per layer (of two directions the one along time first), zeros when `nil`.
    public func callAsFunction(
        _ x: Tensor, initialStates: [State]?, _ context: ForwardContext
    ) throws -> Tensor {
        try sequenceAndStates(x, initialStates: initialStates, context).sequence
    }

    /// The outputs at every step and the last states, one per layer in the order of `initialStates`.
    ///
    /// The last state of the direction against time is that after the first step. Feed the states to the next call to go on
    /// where the sequence ended.
    public func sequenceAndStates(
        _ x: Tensor, initialStates: [State]? = nil, _ context: ForwardContext
    ) throws -> (sequence: Tensor, states: [State]) {
        try sequenceAndStates(x, initialStates: initialStates, context) { ($0, $1) }
    }

    /// The outputs at every step, of layers whose first one takes in `x` by another weight and bias than its own.
    ///
    /// `firstInput` makes them of its own `[gates * H, I]` and `[gates * H]`. What all steps share of their inputs then enters
    /// by the bias, and a scale of the features by the weight, instead of being repeated at every step.
    package func callAsFunction(
        _ x: Tensor, _ context: ForwardContext,
        firstInput: (_ weight: Tensor, _ bias: Tensor) throws -> (weight: Tensor, bias: Tensor)
    ) throws -> Tensor {
        try sequenceAndStates(x, initialStates: nil, context, firstInput).sequence
    }

    private func sequenceAndStates(
        _ x: Tensor, initialStates: [State]?, _ context: ForwardContext,
        _ firstInput: (_ weight: Tensor, _ bias: Tensor) throws -> (weight: Tensor, bias: Tensor)
    ) throws -> (sequence: Tensor, states: [State]) {
        if let initialStates, initialStates.count != cells.count {
            throw NetworkError.invalidArgument(
                where: "\(Self.self)",
                detail: "\(initialStates.count) initial states for \(cells.count) layers"
                    + (isBidirectional ? " and directions" : ""))
        }
        var states: [State] = []
        func run(_ sequence: Tensor, _ index: Int) throws -> Tensor {
            var weights = try cells[index].map { try context.tensor($0) }
            if index < (isBidirectional ? 2 : 1) {
                (weights[0], weights[2]) = try firstInput(weights[0], weights[2])
            }
            let (outputs, last) = try self.run(weights, sequence, initialStates?[index])
            states.append(last)
            return outputs
        }
        var sequence = x
        for first in stride(from: 0, to: cells.count, by: isBidirectional ? 2 : 1) {
            if first > 0 { sequence = try dropout(sequence, context) }
            let forward = try run(sequence, first)
            guard isBidirectional else {
                sequence = forward
                continue
            }
            let backward = try run(sequence.flipped(axis: 0), first + 1)
            sequence = try Tensor.concatenate(
                [forward, backward.flipped(axis: 0)], axis: forward.shape.rank - 1)
        }
        return (sequence, states)
    }
}

/// Gated recurrent layers, PyTorch's `nn.GRU`; the states are `[B, H]`, row blocks belong to the gates r, z, n.
public final class GRU: RecurrentLayers<Tensor> {
    /// `layers` layers from `input` features to `hidden` units; with `isBidirectional` each runs in both directions of time.
    public init(
        input: Int, hidden: Int, layers: Int = 1, dropout: Float = 0, isBidirectional: Bool = false
    ) {
        super.init(gates: 3, input, hidden, layers, dropout, isBidirectional) {
            weights, sequence, initial in
            let outputs = try sequence.gru(
                weightIH: weights[0], weightHH: weights[1], biasIH: weights[2], biasHH: weights[3],
                initialState: initial)
            return (outputs, try outputs.select(axis: 0, -1))
        }
    }
}

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

/// LSTM layers, PyTorch's `nn.LSTM`; the row blocks belong to the gates i, f, g, o.
public final class LSTM: RecurrentLayers<LSTMState> {
    /// `layers` layers from `input` features to `hidden` units; with `isBidirectional` each runs in both directions of time.
    public init(
        input: Int, hidden: Int, layers: Int = 1, dropout: Float = 0, isBidirectional: Bool = false
    ) {
        super.init(gates: 4, input, hidden, layers, dropout, isBidirectional) {
            weights, sequence, initial in
            let (outputs, last) = try sequence.lstm(
                weightIH: weights[0], weightHH: weights[1], biasIH: weights[2], biasHH: weights[3],
                initialState: initial?.hidden, initialCell: initial?.cell)
            return (outputs, LSTMState(hidden: try outputs.select(axis: 0, -1), cell: last))
        }
    }
}
