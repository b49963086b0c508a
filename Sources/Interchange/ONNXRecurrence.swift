import TandemTensors

/// A recurrent layer of ONNX, one direction along time: the operators `GRU` (with `linear_before_reset`) and `LSTM`.
///
/// Inputs X `[T, B, I]`, W `[1, gates H, I]`, R `[1, gates H, H]`, bias `[1, 2 gates H]`, no lengths, state and cell
/// `[1, B, H]`; outputs Y `[T, 1, B, H]`, last state and last cell `[1, B, H]`. The blocks of rows stand in the order z, r, h
/// and i, o, f, c; the layers here have r, z, n and i, f, g, o.
struct ONNXRecurrence {
    enum Kind {
        case gru
        case lstm

        /// The blocks of ONNX in the order of the layers here.
        var order: [Int] {
            switch self {
            case .gru: [1, 0, 2]
            case .lstm: [0, 2, 3, 1]
            }
        }
    }

    private let kind: Kind
    private let hidden: Int

    init(_ kind: Kind, _ settings: inout ONNXSettings) throws(ONNXProblem) {
        self.kind = kind
        let size = try settings.integer("hidden_size", 0)
        guard (1...1_000_000).contains(size) else {
            throw settings.problem("hidden_size is \(size); it must be above 0")
        }
        hidden = Int(size)
        if kind == .gru {
            try settings.require("linear_before_reset", 1, else: 0)
        } else {
            try settings.require("input_forget", 0, else: 0)
        }
        try settings.require("layout", 0, else: 0)
        let direction = try settings.text("direction", "forward")
        guard direction == "forward" else {
            throw settings.problem("direction is \"\(direction)\"; only \"forward\" is supported")
        }
    }

    var body: ONNXBody { { try apply($0) } }

    private func apply(_ operands: ONNXOperands) throws -> [Tensor] {
        let x = try operands.tensor(0)
        guard x.shape.rank == 3, x.shape.count > 0 else {
            throw operands.problem("its input has the shape \(x.shape), expected [T, B, I]")
        }
        let (steps, batch) = (x.shape[at: 0], x.shape[at: 1])
        if try operands.optionalTensor(4) != nil {
            throw operands.problem("lengths of sequences are not supported")
        }
        let gates = kind.order.count
        let biases = try bias(operands)
        let initial = try [5, 6].map { index in
            try operands.optionalTensor(index)?.reshaped([batch, hidden])
        }
        func weight(_ index: Int) throws -> Tensor {
            let weight = try operands.tensor(index)
            guard weight.shape.rank == 3, weight.shape[at: 0] == 1,
                weight.shape[at: 1] == gates * hidden
            else {
                throw operands.problem(
                    "a weight has the shape \(weight.shape), expected [1, \(gates * hidden), ...]")
            }
            return try reordered(weight.removingAxis(0))
        }
        let (weightIH, weightHH) = (try weight(1), try weight(2))
        let states: Tensor
        var cells: [Tensor] = []
        switch kind {
        case .gru:
            states = try x.gru(
                weightIH: weightIH, weightHH: weightHH, biasIH: biases.input,
                biasHH: biases.hidden, initialState: initial[0])
        case .lstm:
            let (all, last) = try x.lstm(
                weightIH: weightIH, weightHH: weightHH, biasIH: biases.input,
                biasHH: biases.hidden, initialState: initial[0], initialCell: initial[1])
            states = all
            cells = [try last.reshaped([1, batch, hidden])]
        }
        return [
            try states.reshaped([steps, 1, batch, hidden]),
            try states.select(axis: 0, steps - 1).reshaped([1, batch, hidden]),
        ] + cells
    }

    /// The two halves of the bias; zeros when it is left out.
    private func bias(_ operands: ONNXOperands) throws -> (input: Tensor, hidden: Tensor) {
        let rows = kind.order.count * hidden
        guard let bias = try operands.optionalTensor(3) else {
            let zeros = try Tensor.zeros([rows], on: try operands.tensor(0).device)
            return (zeros, zeros)
        }
        guard bias.shape == [1, 2 * rows] else {
            throw operands.problem(
                "its bias has the shape \(bias.shape), expected [1, \(2 * rows)]")
        }
        let halves = try bias.reshaped([2 * rows]).split(into: 2)
        return (try reordered(halves[0]), try reordered(halves[1]))
    }

    /// The blocks of rows in the order of the layers here.
    private func reordered(_ tensor: Tensor) throws -> Tensor {
        let blocks = try tensor.split(into: kind.order.count)
        return try Tensor.concatenate(kind.order.map { blocks[$0] })
    }
}
