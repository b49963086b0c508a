import TandemDevices

/// A whole-sequence LSTM in double precision, one row of one step at a time.
struct ReferenceLSTM: Sendable {
    var shape: RecurrentShape
    /// The sequence, `[T, B, I]`.
    var input: [Double]
    /// The state and the cell before the first step, `[B, H]`.
    var initialState, initialCell: [Double]
    /// Row blocks i, f, g, o, `[4H, I]` and `[4H, H]`.
    var inputWeight, hiddenWeight: [Double]
    /// Added to the gates, `[4H]`.
    var inputBias, hiddenBias: [Double]

    /// Outputs `[T, B, H]`, the last cells `[B, H]`, and i, f, g, o and the cells of every step, `[5, T, B, H]`.
    func forward() -> (output: [Double], finalCell: [Double], reserve: [Double]) {
        let (hidden, cell) = (shape.hidden, shape.batch * shape.hidden)
        let all = shape.steps * cell
        var output = [Double](repeating: 0, count: all)
        var reserve = [Double](repeating: 0, count: 5 * all)
        var (state, cells) = (initialState, initialCell)
        for time in 0..<shape.steps {
            let before = state
            for row in 0..<shape.batch {
                let place = (time * shape.batch + row) * shape.input
                let x = input[place..<place + shape.input]
                let h = before[row * hidden..<(row + 1) * hidden]
                for unit in 0..<hidden {
                    let gates = (0..<4).map { gate in
                        let index = gate * hidden + unit
                        let sum =
                            inputBias[index] + hiddenBias[index]
                            + product(inputWeight, index, x) + product(hiddenWeight, index, h)
                        return gate == 2 ? hyperbolicTangent(sum) : logistic(sum)
                    }
                    let here = row * hidden + unit
                    cells[here] = gates[1] * cells[here] + gates[0] * gates[2]
                    state[here] = gates[3] * hyperbolicTangent(cells[here])
                    output[time * cell + here] = state[here]
                    for (index, value) in (gates + [cells[here]]).enumerated() {
                        reserve[index * all + time * cell + here] = value
                    }
                }
            }
        }
        return (output, cells, reserve)
    }

    /// The gradients of `dot(output, outputGradient) + dot(finalCell, cellGradient)` with respect to everything, by
    /// backpropagation through time.
    func backward(outputGradient: [Double], cellGradient: [Double]) -> ReferenceLSTM {
        let (hidden, cell) = (shape.hidden, shape.batch * shape.hidden)
        let all = shape.steps * cell
        let (output, _, reserve) = forward()
        var gradient = zeros()
        var (stateGradient, cellGradient) = ([Double](repeating: 0, count: cell), cellGradient)
        for time in (0..<shape.steps).reversed() {
            let incoming = (0..<cell).map { stateGradient[$0] + outputGradient[time * cell + $0] }
            stateGradient = [Double](repeating: 0, count: cell)
            for row in 0..<shape.batch {
                for unit in 0..<hidden {
                    let here = row * hidden + unit
                    func value(_ index: Int) -> Double { reserve[index * all + time * cell + here] }
                    let previous =
                        time == 0
                        ? initialCell[here] : reserve[4 * all + (time - 1) * cell + here]
                    let squashed = hyperbolicTangent(value(4))
                    let (i, f, g, o) = (value(0), value(1), value(2), value(3))
                    let d = cellGradient[here] + incoming[here] * o * (1 - squashed * squashed)
                    cellGradient[here] = d * f
                    let sums = [
                        d * g * i * (1 - i), d * previous * f * (1 - f), d * i * (1 - g * g),
                        incoming[here] * squashed * o * (1 - o),
                    ]
                    for (gate, sum) in sums.enumerated() {
                        let index = gate * hidden + unit
                        gradient.inputBias[index] += sum
                        gradient.hiddenBias[index] += sum
                        for column in 0..<shape.input {
                            let place = (time * shape.batch + row) * shape.input + column
                            let weight = index * shape.input + column
                            gradient.inputWeight[weight] += sum * input[place]
                            gradient.input[place] += sum * inputWeight[weight]
                        }
                        for column in 0..<hidden {
                            let place = row * hidden + column
                            let state =
                                time == 0 ? initialState[place] : output[(time - 1) * cell + place]
                            gradient.hiddenWeight[index * hidden + column] += sum * state
                            stateGradient[place] += sum * hiddenWeight[index * hidden + column]
                        }
                    }
                }
            }
        }
        gradient.initialState = stateGradient
        gradient.initialCell = cellGradient
        return gradient
    }

    private func product(_ weight: [Double], _ row: Int, _ values: ArraySlice<Double>) -> Double {
        var sum = 0.0
        for (column, value) in values.enumerated() {
            sum += weight[row * values.count + column] * value
        }
        return sum
    }

    private func zeros() -> ReferenceLSTM {
        func zeros(_ values: [Double]) -> [Double] { [Double](repeating: 0, count: values.count) }
        return ReferenceLSTM(
            shape: shape, input: zeros(input), initialState: zeros(initialState),
            initialCell: zeros(initialCell), inputWeight: zeros(inputWeight),
            hiddenWeight: zeros(hiddenWeight), inputBias: zeros(inputBias),
            hiddenBias: zeros(hiddenBias))
    }
}
