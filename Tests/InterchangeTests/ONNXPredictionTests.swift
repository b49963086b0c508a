import TandemDevices
import TandemTestSupport
import Testing

@testable import TandemInterchange

/// Computing ONNX models on every device.
@Suite(.exclusiveDevices) struct ONNXPredictionTests {
    @Test(arguments: ["feed-forward", "feed-forward-operators"], TestDevices.all)
    func golden(name: String, tested: TestDevice) throws {
        let golden = try Golden(name)
        let outputs = try TestModels.golden(name).predict(
            try golden.values("x"), count: 7, on: tested.device)
        for (output, expected) in zip(outputs, try golden.values("y")) {
            #expect(abs(output - expected) <= 2e-6 * max(1, abs(expected)))
        }
        #expect(outputs.count == 7)
    }

    /// A recurrent model of all operators beside the feed-forward ones, all rows at once and each alone.
    @Test(arguments: TestDevices.all) func goldenSequence(tested: TestDevice) throws {
        let golden = try Golden("sequence-operators")
        let model = try TestModels.golden("sequence-operators")
        #expect(model.inputShape == [3, 2] && model.outputShape == [3] && model.inputWidth == nil)
        let (x, expected) = (try golden.values("x"), try golden.values("y"))
        let together = try model.predictVectors(x, count: 5, on: tested.device)
        let alone = try (0..<5).flatMap { row in
            try model.predictVectors(Array(x[6 * row..<6 * row + 6]), count: 1, on: tested.device)
        }
        for outputs in [together, alone] {
            #expect(outputs.count == expected.count)
            for (output, expected) in zip(outputs, expected) {
                #expect(abs(output - expected) <= 2e-6 * max(1, abs(expected)))
            }
        }
    }

    /// More rows than are computed at once.
    @Test func manyLongRows() throws {
        let length = 1 << 20
        let model = TestModels.model(
            nodes: [ONNXNode("ReduceL2", ["x", "axes"], to: "y", attributes: [])],
            constants: [ONNXTensor("axes", shape: [1], .integers([1]))], input: [length],
            output: [1])
        let rows = (0..<9).flatMap { [Float](repeating: Float($0), count: length) }
        let found = try model.predict(rows, count: 9, on: try CPUDevice(threads: 1))
        #expect(found == (0..<9).map { 1024 * Float($0) })
    }

    @Test(arguments: [1, 7, 1_500, 4_097], TestDevices.all)
    func everyBatchSize(count: Int, tested: TestDevice) throws {
        let outputs: [FeedForwardGraph.Output] = [.sigmoid, .identity(scale: 2.5, offset: -0.75)]
        for output in outputs {
            let network = try TestModels.network([39, 8, 4, 1], output: output)
            let model = try ONNXModel(encoded: network.model().encoded())
            let rows = TestModels.numbers(count * 39, seed: 300)
            let found = try model.predict(rows, count: count, on: tested.device)
            #expect(found.count == count)
            let worst = zip(found, network.reference(rows)).map { abs(Double($0) - $1) }.max()
            #expect(try #require(worst) <= 5e-5, "\(output)")
        }
    }

    /// A label that was not standardised needs no nodes that give it its unit back.
    @Test func identityOutputHasNoNeedlessNodes() throws {
        let plain = try TestModels.network([3, 1], output: .identity(scale: 1, offset: 0)).model()
        #expect(plain.graph.nodes.map(\.operation) == ["Sub", "Div", "Gemm", "Squeeze"])
        let scaled = try TestModels.network([3, 1], output: .identity(scale: 2, offset: 0)).model()
        #expect(
            scaled.graph.nodes.map(\.operation) == ["Sub", "Div", "Gemm", "Mul", "Add", "Squeeze"])
    }

    @Test func noRowsGiveNoOutputs() throws {
        let model = try TestModels.network([3, 1]).model()
        #expect(try model.predict([], count: 0, on: try CPUDevice(threads: 1)) == [])
    }

    @Test func wrongWidthsNameBothWidths() throws {
        let device = try CPUDevice(threads: 1)
        let model = try TestModels.network([39, 4, 1]).model()
        #expect(throws: ONNXProblem.width(expected: 39, found: 38)) {
            try model.predict([Float](repeating: 0, count: 76), count: 2, on: device)
        }
        #expect(throws: ONNXProblem.valueCount(rows: 2, width: 39, found: 77)) {
            try model.predict([Float](repeating: 0, count: 77), count: 2, on: device)
        }
        for count in [-1, 0, Int.max] {
            #expect(throws: ONNXProblem.valueCount(rows: count, width: 39, found: 39)) {
                try model.predict([Float](repeating: 0, count: 39), count: count, on: device)
            }
        }
    }
}
