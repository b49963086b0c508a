import TandemDevices

/// A whole-sequence GRU in double precision, one row of one step at a time.
struct ReferenceGRU: Sendable {
    var shape: RecurrentShape
    /// The sequence, `[T, B, I]`.
    var input: [Double]
    /// The state before the first step, `[B, H]`.
    var initialState: [Double]
    /// Row blocks r, z, n, `[3H, I]`.
    var inputWeight: [Double]
    /// Row blocks r, z, n, `[3H, H]`.
    var hiddenWeight: [Double]
    /// Added to the input's part of the gates, `[3H]`.
    var inputBias: [Double]
    /// Added to the state's part of the gates, `[3H]`.
    var hiddenBias: [Double]

    /// Outputs `[T, B, H]` and the gates r, z, n, q of every step, `[T, B, 4H]`.
    func forward() -> (output: [Double], reserve: [Double]) {
        let hidden = shape.hidden
        var (output, reserve): ([Double], [Double]) = ([], [])
        for time in 0..<shape.steps {
            for row in 0..<shape.batch {
                let state = previousState(time, row, output)
                let inputSums = sums(inputWeight, inputBias, inputRow(time, row))
                let hiddenSums = sums(hiddenWeight, hiddenBias, state)
                let r = (0..<hidden).map { logistic(inputSums[$0] + hiddenSums[$0]) }
                let z = (hidden..<2 * hidden).map { logistic(inputSums[$0] + hiddenSums[$0]) }
                let q = Array(hiddenSums[(2 * hidden)...])
                let n = (0..<hidden).map {
                    hyperbolicTangent(inputSums[2 * hidden + $0] + r[$0] * q[$0])
                }
                output += (0..<hidden).map { (1 - z[$0]) * n[$0] + z[$0] * state[$0] }
                reserve += r + z + n + q
            }
        }
        return (output, reserve)
    }

    /// The gradients of `dot(output, outputGradient)` with respect to everything, by backpropagation through time.
    func backward(outputGradient: [Double]) -> ReferenceGRU {
        let (steps, batch, hidden) = (shape.steps, shape.batch, shape.hidden)
        let (output, reserve) = forward()
        var gradient = zeros()
        for row in 0..<batch {
            var stateGradient = [Double](repeating: 0, count: hidden)
            for time in (0..<steps).reversed() {
                let cell = time * batch + row
                let state = previousState(time, row, output)
                let gates = Array(reserve[cell * 4 * hidden..<(cell + 1) * 4 * hidden])
                var inputSums = [Double](repeating: 0, count: 3 * hidden)
                var hiddenSums = inputSums
                for unit in 0..<hidden {
                    let (r, z) = (gates[unit], gates[hidden + unit])
                    let (n, q) = (gates[2 * hidden + unit], gates[3 * hidden + unit])
                    let d = stateGradient[unit] + outputGradient[cell * hidden + unit]
                    let candidate = d * (1 - z) * (1 - n * n)
                    inputSums[unit] = candidate * q * r * (1 - r)
                    inputSums[hidden + unit] = d * (state[unit] - n) * z * (1 - z)
                    inputSums[2 * hidden + unit] = candidate
                    hiddenSums[unit] = inputSums[unit]
                    hiddenSums[hidden + unit] = inputSums[hidden + unit]
                    hiddenSums[2 * hidden + unit] = candidate * r
                    stateGradient[unit] = d * z
                }
                gradient.addSums(
                    inputSums, hiddenSums, input: inputRow(time, row), state: state)
                addProduct(hiddenSums, hiddenWeight, to: &stateGradient)
                var inputGradient = [Double](repeating: 0, count: shape.input)
                addProduct(inputSums, inputWeight, to: &inputGradient)
                gradient.input.replaceSubrange(
                    cell * shape.input..<(cell + 1) * shape.input, with: inputGradient)
            }
            gradient.initialState.replaceSubrange(
                row * hidden..<(row + 1) * hidden, with: stateGradient)
        }
        return gradient
    }

    private func zeros() -> ReferenceGRU {
        func zeros(_ values: [Double]) -> [Double] { [Double](repeating: 0, count: values.count) }
        return ReferenceGRU(
            shape: shape, input: zeros(input), initialState: zeros(initialState),
            inputWeight: zeros(inputWeight), hiddenWeight: zeros(hiddenWeight),
            inputBias: zeros(inputBias), hiddenBias: zeros(hiddenBias))
    }

    private func inputRow(_ time: Int, _ row: Int) -> [Double] {
        let start = (time * shape.batch + row) * shape.input
        return Array(input[start..<start + shape.input])
    }

    private func previousState(_ time: Int, _ row: Int, _ output: [Double]) -> [Double] {
        let start = row * shape.hidden
        guard time > 0 else { return Array(initialState[start..<start + shape.hidden]) }
        let before = (time - 1) * shape.batch * shape.hidden + start
        return Array(output[before..<before + shape.hidden])
    }

    /// Computes `weight * values + bias`.
    private func sums(_ weight: [Double], _ bias: [Double], _ values: [Double]) -> [Double] {
        bias.indices.map { gate in
            var sum = bias[gate]
            for (index, value) in values.enumerated() {
                sum += weight[gate * values.count + index] * value
            }
            return sum
        }
    }

    /// Computes `result += gates * weight`.
    private func addProduct(_ gates: [Double], _ weight: [Double], to result: inout [Double]) {
        for (gate, value) in gates.enumerated() {
            for index in result.indices {
                result[index] += value * weight[gate * result.count + index]
            }
        }
    }

    /// Adds the part of one row of one step to the gradients of the weights.
    private mutating func addSums(
        _ inputSums: [Double], _ hiddenSums: [Double], input: [Double], state: [Double]
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
}
