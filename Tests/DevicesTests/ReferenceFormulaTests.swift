import TandemDevices
import Testing

@testable import TandemDeviceConformance

/// The double-precision gradient formulas, which judge the devices, against central differences of their forward functions.
@Suite struct ReferenceFormulaTests {
    private func expectEqual(_ found: [Double], _ expected: [Double], _ what: String) {
        #expect(found.count == expected.count)
        let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(worst < 1e-8, "\(what) differs by \(worst)")
    }

    @Test(arguments: [true, false])
    func gru(hasInitialState: Bool) {
        var random = ValueSource(name: "gru")
        let shape = RecurrentShape(steps: 4, batch: 2, input: 3, hidden: 5)
        let gru = ReferenceRecurrent(
            kind: .gru, shape: shape, input: random.uniform(24).doubles,
            initialState: hasInitialState
                ? random.uniform(10).doubles : [Double](repeating: 0, count: 10), initialCell: [],
            inputWeight: random.uniform(45).doubles, hiddenWeight: random.uniform(75).doubles,
            inputBias: random.uniform(15).doubles, hiddenBias: random.uniform(15).doubles)
        expectEqualGradients(gru, outputs: random.uniform(40).doubles, cells: [])
    }

    @Test func lstm() {
        var random = ValueSource(name: "lstm")
        let shape = RecurrentShape(steps: 4, batch: 2, input: 3, hidden: 5)
        let lstm = ReferenceRecurrent(
            kind: .lstm, shape: shape, input: random.uniform(24).doubles,
            initialState: random.uniform(10).doubles, initialCell: random.uniform(10).doubles,
            inputWeight: random.uniform(60).doubles, hiddenWeight: random.uniform(100).doubles,
            inputBias: random.uniform(20).doubles, hiddenBias: random.uniform(20).doubles)
        expectEqualGradients(
            lstm, outputs: random.uniform(40).doubles, cells: random.uniform(10).doubles)
    }

    private func expectEqualGradients(
        _ layer: ReferenceRecurrent, outputs: [Double], cells: [Double]
    ) {
        let formula = layer.backward(outputGradient: outputs, cellGradient: cells)
        let differences = layer.centralDifferences(outputGradient: outputs, cellGradient: cells)
        expectEqual(formula.input, differences.input, "input")
        expectEqual(formula.initialState, differences.initialState, "initial state")
        expectEqual(formula.initialCell, differences.initialCell, "initial cell")
        expectEqual(formula.inputWeight, differences.inputWeight, "input weight")
        expectEqual(formula.hiddenWeight, differences.hiddenWeight, "hidden weight")
        expectEqual(formula.inputBias, differences.inputBias, "input bias")
        expectEqual(formula.hiddenBias, differences.hiddenBias, "hidden bias")
    }

    @Test func softmax() {
        var random = ValueSource(name: "softmax")
        let (row, gradient) = (random.uniform(9).doubles, random.uniform(9).doubles)
        expectEqual(
            RowReference.softmaxBackward(
                output: RowReference.softmax(row), outputGradient: gradient),
            CentralDifference.gradient(at: row) { dot(RowReference.softmax($0), gradient) },
            "softmax")
    }

    @Test func layerNorm() {
        var random = ValueSource(name: "layer norm")
        let (row, gamma) = (random.uniform(9).doubles, random.uniform(9).doubles)
        let gradient = random.uniform(9).doubles
        expectEqual(
            RowReference.layerNormBackward(
                row, gamma: gamma, outputGradient: gradient, epsilon: 1e-5),
            CentralDifference.gradient(at: row) {
                let normalized = RowReference.layerNorm($0, epsilon: 1e-5).normalized
                return dot(zip(gamma, normalized).map { $0 * $1 }, gradient)
            }, "layer norm")
    }

    @Test(arguments: [1e-12, 100])
    func l2Normalize(epsilon: Double) {
        var random = ValueSource(name: "L2")
        let (row, gradient) = (random.uniform(9).doubles, random.uniform(9).doubles)
        expectEqual(
            RowReference.l2NormalizeBackward(row, outputGradient: gradient, epsilon: epsilon),
            CentralDifference.gradient(at: row) {
                dot(RowReference.l2Normalize($0, epsilon: epsilon).output, gradient)
            }, "L2 normalisation")
    }
}
