import Glibc

@testable import TandemRecipes

/// The lattice cell by cell in double precision, straight from its formulas.
struct DialogueLatticeReference {
    let configuration: DialogueModelConfiguration
    /// Row-major values by the parameters' names.
    var parameters: [String: [Double]]

    private var width: Int { configuration.cellWidth }
    private var channels: Int { configuration.channels }

    /// Predictions `[B, D]` for questions `[B, D]`.
    func callAsFunction(_ questions: [Double]) -> [Double] {
        let features = configuration.cells.reduce(width, *)
        return stride(from: 0, to: questions.count, by: features).flatMap { start in
            row(Array(questions[start..<start + features]))
        }
    }

    private func row(_ x: [Double]) -> [Double] {
        let (cells, scale) = (x.count / width, Double(x.count).squareRoot())
        let placed = parameters["placement.input"].map { product($0, x) } ?? x
        let u = (0..<cells).map { cell in
            placed[cell * width..<(cell + 1) * width].map { $0 * scale }
        }
        let position = values("position")
        var states = (0..<cells).map { cell in
            zip(product(values("lift.weight"), u[cell]), position[(cell * channels)...])
                .map { $0 + $1 }
        }
        let table = neighbours
        for step in 0..<configuration.steps {
            let before = states
            for cell in 0..<cells { states[cell] = next(before, cell, table[cell], u[cell], step) }
        }
        let change = states.flatMap { product(values("read.weight"), $0) }
        let back = parameters["placement.output"].map { product($0, change) } ?? change
        return zip(x, back).map { $0 + $1 / scale }
    }

    private func next(
        _ states: [[Double]], _ cell: Int, _ others: [Int?], _ u: [Double], _ step: Int
    ) -> [Double] {
        let rule = "rules.\(configuration.perStep ? step : 0)"
        let nothing = [Double](repeating: 0, count: channels)
        let z = states[cell] + others.flatMap { $0.map { states[$0] } ?? nothing } + u
        let isHistoric = configuration.rule == .historic
        let usesTanh = isHistoric || configuration.activation == .tanh
        let inner = zip(product(values(rule + ".first.weight"), z), values(rule + ".first.bias"))
            .map { sum, bias -> Double in
                let x = sum + bias
                return usesTanh ? tanh(x) : 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
            }
        let change = zip(
            product(values(rule + ".second.weight"), inner), values(rule + ".second.bias")
        ).map { tanh($0 + $1) }
        var state =
            isHistoric
            ? change : zip(states[cell], change).map { $0 + configuration.stepSize * $1 }
        if configuration.boundary == .absorbing, others.contains(where: { $0 == nil }) {
            state = state.map { $0 * (1 - configuration.absorption) }
        }
        return state
    }

    /// Written down anew: cell by cell, step by step.
    private var neighbours: [[Int?]] {
        let sizes = configuration.cells
        let steps = [-1, 0, 1]
        let cube = steps.flatMap { x in steps.flatMap { y in steps.map { [x, y, $0] } } }
            .filter { $0 != [0, 0, 0] }
        let faces = [[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]]
        let moves = configuration.neighbourhood == .cube ? cube : faces
        return (0..<sizes.reduce(1, *)).map { cell in
            let place = [cell / sizes[2] / sizes[1], cell / sizes[2] % sizes[1], cell % sizes[2]]
            return moves.map { move in
                var other = zip(place, move).map { $0 + $1 }
                for axis in 0..<3 where other[axis] < 0 || other[axis] >= sizes[axis] {
                    switch configuration.boundary {
                    case .walls, .absorbing: return nil
                    case .periodic: other[axis] = other[axis] < 0 ? sizes[axis] - 1 : 0
                    case .reflecting: other[axis] = other[axis] < 0 ? 0 : sizes[axis] - 1
                    }
                }
                return (other[0] * sizes[1] + other[1]) * sizes[2] + other[2]
            }
        }
    }

    private func values(_ name: String) -> [Double] { parameters[name] ?? [] }

    /// The matrix `[m, n]` times a vector of n numbers.
    private func product(_ matrix: [Double], _ vector: [Double]) -> [Double] {
        (0..<matrix.count / vector.count).map { row in
            var sum = 0.0
            for column in vector.indices {
                sum += matrix[row * vector.count + column] * vector[column]
            }
            return sum
        }
    }
}
