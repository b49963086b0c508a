import TandemTensors

/// Recurrent layers one above the other, in one direction or in both: what GRU and LSTM have in common.
struct RecurrentStack {
    /// The parameters of one layer in one direction.
    struct Cell {
        let weightIH: Parameter
        let weightHH: Parameter
        let biasIH: Parameter
        let biasHH: Parameter

        /// The parameters as tensors of a pass.
        func tensors(_ context: ForwardContext) throws -> (
            weightIH: Tensor, weightHH: Tensor, biasIH: Tensor, biasHH: Tensor
        ) {
            (
                try context.tensor(weightIH), try context.tensor(weightHH),
                try context.tensor(biasIH), try context.tensor(biasHH)
            )
        }
    }

    /// The cells, layer by layer, of each the one in the direction of time first.
    let cells: [Cell]
    /// What is wrong with the sizes.
    let problems: [String]

    private let name: String
    private let dropout: Dropout
    private let isBidirectional: Bool

    /// Layers of `gates` blocks of rows; all values start uniform within `1 / sqrt(H)`.
    init(
        _ name: String, gates: Int, input: Int, hidden: Int, layers: Int, dropout: Float,
        isBidirectional: Bool
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
            return Cell(
                weightIH: Parameter([gates * hidden, columns], initial),
                weightHH: Parameter([gates * hidden, hidden], initial),
                biasIH: Parameter([gates * hidden], initial),
                biasHH: Parameter([gates * hidden], initial))
        }
        self.name = name
        self.dropout = Dropout(dropout)
        self.isBidirectional = isBidirectional
    }

    /// `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_ih_l0_reverse`, ..., `weight_ih_l1`, ...
    var parameters: [(name: String, parameter: Parameter)] {
        cells.enumerated().flatMap { index, cell in
            let suffix =
                isBidirectional ? "l\(index / 2)" + (index % 2 == 1 ? "_reverse" : "") : "l\(index)"
            return [
                ("weight_ih_\(suffix)", cell.weightIH), ("weight_hh_\(suffix)", cell.weightHH),
                ("bias_ih_\(suffix)", cell.biasIH), ("bias_hh_\(suffix)", cell.biasHH),
            ]
        }
    }

    /// Throws unless there is one initial state for every cell.
    func check<State>(_ states: [State]?) throws {
        guard let states, states.count != cells.count else { return }
        throw NetworkError.invalidArgument(
            where: name,
            detail: "\(states.count) initial states for \(cells.count) layers"
                + (isBidirectional ? " and directions" : ""))
    }

    /// Runs all layers over x `[T, B, I]`; `run` takes one cell over a sequence.
    ///
    /// Both directions of a layer see the same sequence, and their outputs `[T, B, H]` are joined to `[T, B, 2H]`. The outputs
    /// of every layer but the last pass through dropout.
    func run(
        _ x: Tensor, _ context: ForwardContext,
        _ run: (_ sequence: Tensor, _ cell: Cell, _ index: Int) throws -> Tensor
    ) throws -> Tensor {
        var sequence = x
        let directions = isBidirectional ? 2 : 1
        for first in stride(from: 0, to: cells.count, by: directions) {
            if first > 0 { sequence = try dropout(sequence, context) }
            let forward = try run(sequence, cells[first], first)
            guard isBidirectional else {
                sequence = forward
                continue
            }
            let backward = try run(sequence.flipped(axis: 0), cells[first + 1], first + 1)
            sequence = try Tensor.concatenate(
                [forward, backward.flipped(axis: 0)], axis: forward.shape.rank - 1)
        }
        return sequence
    }
}
