import TandemDevices

/// A whole-sequence GRU or LSTM in double precision, one row of one step at a time.
struct ReferenceRecurrent: Sendable {
    enum Kind: String {
        case gru = "GRU"
        case lstm = "LSTM"

        var gates: Int { self == .gru ? 3 : 4 }
    }

    let kind: Kind
    var shape: RecurrentShape
    /// The sequence, `[T, B, I]`.
    var input: [Double]
    /// The state before the first step and the cell of an LSTM, `[B, H]`.
    var initialState, initialCell: [Double]
    /// Row blocks r, z, n or i, f, g, o: `[GH, I]` and `[GH, H]`.
    var inputWeight, hiddenWeight: [Double]
    /// Added to the input's and the state's part of the gates, `[GH]`.
    var inputBias, hiddenBias: [Double]

    /// Outputs `[T, B, H]`, the last cells `[B, H]`, and what is kept of every step: r, z, n, q in `[T, B, 4H]`, or i, f, g, o
    /// and the cells in `[5, T, B, H]`.
    func forward() -> (output: [Double], finalCell: [Double], reserve: [Double]) {
        let (output, finalCell, values) = walk()
        guard kind == .gru else { return (output, finalCell, Array(values.joined())) }
        let rows = (0..<shape.steps * shape.batch).map { row in
            values.flatMap { $0[row * shape.hidden..<(row + 1) * shape.hidden] }
        }
        return (output, finalCell, Array(rows.joined()))
    }

    /// As `forward`, with an array `[T, B, H]` for each of the values that are kept.
    private func walk() -> (output: [Double], finalCell: [Double], values: [[Double]]) {
        let hidden = shape.hidden
        var (state, cell, output) = (initialState, initialCell, [Double]())
        var values = [[Double]](repeating: [], count: kind.gates + 1)
        for time in 0..<shape.steps {
            for row in 0..<shape.batch {
                let inputSums = sums(inputWeight, inputBias, input[inputRow(time, row)])
                let hiddenSums = sums(hiddenWeight, hiddenBias, state[stateRow(row)])
                for (unit, place) in stateRow(row).enumerated() {
                    func sum(_ gate: Int) -> Double {
                        inputSums[gate * hidden + unit] + hiddenSums[gate * hidden + unit]
                    }
                    let kept: [Double]
                    switch kind {
                    case .gru:
                        let (r, z, q) = (
                            logistic(sum(0)), logistic(sum(1)), hiddenSums[2 * hidden + unit]
                        )
                        let n = hyperbolicTangent(inputSums[2 * hidden + unit] + r * q)
                        state[place] = (1 - z) * n + z * state[place]
                        kept = [r, z, n, q]
                    case .lstm:
                        let (i, f, o) = (logistic(sum(0)), logistic(sum(1)), logistic(sum(3)))
                        let g = hyperbolicTangent(sum(2))
                        cell[place] = f * cell[place] + i * g
                        state[place] = o * hyperbolicTangent(cell[place])
                        kept = [i, f, g, o, cell[place]]
                    }
                    output.append(state[place])
                    for (index, value) in kept.enumerated() { values[index].append(value) }
                }
            }
        }
        return (output, cell, values)
    }

    /// The gradients of `dot(output, outputGradient) + dot(finalCell, cellGradient)` with respect to everything, by
    /// backpropagation through time.
    func backward(outputGradient: [Double], cellGradient: [Double] = []) -> ReferenceRecurrent {
        let (hidden, cells) = (shape.hidden, shape.batch * shape.hidden)
        let (output, _, values) = walk()
        var gradient = zeros()
        gradient.initialCell = cellGradient
        for time in (0..<shape.steps).reversed() {
            for row in 0..<shape.batch {
                let before = stateRow(row).map {
                    time == 0 ? initialState[$0] : output[(time - 1) * cells + $0]
                }
                var inputSums = [Double](repeating: 0, count: kind.gates * hidden)
                var hiddenSums = inputSums
                for (unit, place) in stateRow(row).enumerated() {
                    let here = time * cells + place
                    let d = gradient.initialState[place] + outputGradient[here]
                    var sums: [Double]
                    switch kind {
                    case .gru:
                        let (r, z) = (values[0][here], values[1][here])
                        let (n, q) = (values[2][here], values[3][here])
                        let candidate = d * (1 - z) * (1 - n * n)
                        sums = [
                            candidate * q * r * (1 - r), d * (before[unit] - n) * z * (1 - z),
                            candidate,
                        ]
                        hiddenSums[2 * hidden + unit] = candidate * r
                        gradient.initialState[place] = d * z
                    case .lstm:
                        let (i, f) = (values[0][here], values[1][here])
                        let (g, o) = (values[2][here], values[3][here])
                        let squashed = hyperbolicTangent(values[4][here])
                        let previous =
                            time == 0 ? initialCell[place] : values[4][here - cells]
                        let dc = gradient.initialCell[place] + d * o * (1 - squashed * squashed)
                        sums = [
                            dc * g * i * (1 - i), dc * previous * f * (1 - f),
                            dc * i * (1 - g * g), d * squashed * o * (1 - o),
                        ]
                        hiddenSums[2 * hidden + unit] = sums[2]
                        gradient.initialCell[place] = dc * f
                        gradient.initialState[place] = 0
                    }
                    for (gate, sum) in sums.enumerated() {
                        inputSums[gate * hidden + unit] = sum
                        if gate != 2 { hiddenSums[gate * hidden + unit] = sum }
                    }
                }
                gradient.add(inputSums, hiddenSums, input: input[inputRow(time, row)], before)
                addProduct(hiddenSums, hiddenWeight, to: &gradient.initialState[stateRow(row)])
                addProduct(inputSums, inputWeight, to: &gradient.input[inputRow(time, row)])
            }
        }
        return gradient
    }

    private func zeros() -> ReferenceRecurrent {
        var result = self
        for array in Self.arrays {
            result[keyPath: array] = self[keyPath: array].map { _ in 0 }
        }
        return result
    }

    /// All that the layer computes with.
    private static var arrays: [WritableKeyPath<ReferenceRecurrent, [Double]>] {
        [
            \.input, \.initialState, \.initialCell, \.inputWeight, \.hiddenWeight, \.inputBias,
            \.hiddenBias,
        ]
    }

    private func inputRow(_ time: Int, _ row: Int) -> Range<Int> {
        let start = (time * shape.batch + row) * shape.input
        return start..<start + shape.input
    }

    private func stateRow(_ row: Int) -> Range<Int> {
        row * shape.hidden..<(row + 1) * shape.hidden
    }

    /// Computes `weight * values + bias`.
    private func sums(_ weight: [Double], _ bias: [Double], _ values: ArraySlice<Double>)
        -> [Double]
    {
        bias.indices.map { gate in
            var sum = bias[gate]
            for (index, value) in values.enumerated() {
                sum += weight[gate * values.count + index] * value
            }
            return sum
        }
    }

    /// Computes `result += gates * weight`.
    private func addProduct(
        _ gates: [Double], _ weight: [Double], to result: inout ArraySlice<Double>
    ) {
        for (gate, value) in gates.enumerated() {
            for (index, place) in result.indices.enumerated() {
                result[place] += value * weight[gate * result.count + index]
            }
        }
    }

    /// Adds the part of one row of one step to the gradients of the weights.
    private mutating func add(
        _ inputSums: [Double], _ hiddenSums: [Double], input: ArraySlice<Double>,
        _ state: [Double]
    ) {
        for gate in inputSums.indices {
            inputBias[gate] += inputSums[gate]
            hiddenBias[gate] += hiddenSums[gate]
            for (index, value) in input.enumerated() {
                inputWeight[gate * input.count + index] += inputSums[gate] * value
            }
            for (index, value) in state.enumerated() {
                hiddenWeight[gate * state.count + index] += hiddenSums[gate] * value
            }
        }
    }

    /// The gradients of `backward` by central differences.
    func centralDifferences(outputGradient: [Double], cellGradient: [Double])
        -> ReferenceRecurrent
    {
        var gradient = self
        for array in Self.arrays {
            gradient[keyPath: array] = CentralDifference.gradient(at: self[keyPath: array]) {
                var moved = self
                moved[keyPath: array] = $0
                let result = moved.forward()
                return dot(result.output, outputGradient) + dot(result.finalCell, cellGradient)
            }
        }
        return gradient
    }
}
