import TandemDatasets
import TandemDevices
import Foundation
import TandemTestSupport
import Testing

@testable import TandemInterchange

/// Reading and writing ONNX files.
@Suite struct ONNXModelTests {
    @Test func readsWhatTheONNXPackageWrote() throws {
        let model = try TestModels.golden("feed-forward")
        let golden = try Golden("feed-forward")
        #expect(model.inputWidth == 5)
        #expect(model.producer.name == "onnx")
        #expect(model.metadata["model_type"] == "feed-forward")
        #expect(model.graph.nodes.map(\.operation).filter { $0 == "Gemm" }.count == 3)
        #expect(model.operatorSets == [ONNXOperatorSet(domain: "", version: 18)])
        for tensor in model.graph.initializers where tensor.name != "squeeze_axes" {
            #expect(tensor.elements == .floats(try golden.values(tensor.name)))
            #expect(tensor.shape == (try golden.shape(tensor.name)).dimensions)
        }
    }

    /// Another program's file of the same network has the same graph, to the letter.
    @Test func writesTheSameGraphAsTheONNXPackage() throws {
        let golden = try Golden("feed-forward")
        let layers = try zip([0, 3, 6], [(5, 4), (4, 3), (3, 1)]).map { index, sizes in
            FeedForwardGraph.Layer(
                name: "model.\(index)", inputs: sizes.0, outputs: sizes.1,
                weight: try golden.values("model.\(index).weight"),
                bias: try golden.values("model.\(index).bias"))
        }
        let network = try FeedForwardGraph(
            mean: try golden.values("scaler.mean"), scale: try golden.values("scaler.scale"),
            layers: layers, output: .sigmoid)
        let model = network.model(metadata: [("b", "1"), ("a", "2")])
        let expected = try TestModels.golden("feed-forward").graph
        #expect(model.graph == expected)
        #expect(model.formatVersion == 8)
        #expect(model.producer == (Producer.name, Producer.version))
        var graph = WireWriter()
        graph.message(7) { model.graph.write(to: &$0) }
        let file = Data(try TestModels.goldenBytes("feed-forward"))
        #expect(file.range(of: Data(graph.bytes)) != nil)
    }

    @Test(arguments: TestModels.goldenNames) func roundTrip(name: String) throws {
        let folder = try TemporaryFolder()
        let model = try TestModels.golden(name)
        try model.write(to: folder.path + "/copy.onnx")
        let copy = try ONNXModel.read(folder.path + "/copy.onnx")
        #expect(copy == model)
        #expect(copy.encoded() == model.encoded())
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }

    /// What this program does not understand is still there after reading and writing.
    @Test func keepsWhatItDoesNotUnderstand() throws {
        let copy = Data(try TestModels.golden("feed-forward-operators").encoded())
        for text in ["all operators", "changes nothing"] {
            #expect(copy.range(of: Data(text.utf8)) != nil)
        }
    }

    @Test func metadataKeepsItsOrder() throws {
        var model = try TestModels.network([3, 1]).model(metadata: [
            ("seed", "7"), ("feature_names", #"["ä", "b"]"#), ("seed", "8"),
        ])
        model.metadata["added"] = "new"
        model.metadata["seed"] = "9"
        let copy = try ONNXModel(encoded: model.encoded())
        #expect(
            copy.metadata == ["seed": "9", "feature_names": #"["ä", "b"]"#, "added": "new"])
        let text = Data(copy.encoded())
        let places = try ["seed", "feature_names", "added"].map { name in
            try #require(text.range(of: Data(name.utf8))).lowerBound
        }
        #expect(places == places.sorted())
        model.metadata = [:]
        #expect(try ONNXModel(encoded: model.encoded()).metadata.isEmpty)
    }

    @Test func sizeIsThatOfTheWeightsAndALittleMore() throws {
        let model = try TestModels.network([39, 128, 64, 1]).model()
        #expect((13_441 * 4 + 400...13_441 * 4 + 1_400).contains(model.encoded().count))
    }

    @Test func aFileThatIsNotThereIsNamed() {
        #expect(throws: InterchangeError.self) { try ONNXModel.read("/no/such/file.onnx") }
        do { _ = try ONNXModel.read("/no/such/file.onnx") } catch {
            #expect("\(error)".hasPrefix("/no/such/file.onnx: opening failed"))
        }
    }

    @Test func networksThatDoNotFitAreRefused() throws {
        func make(
            mean: [Float] = [0, 0], scale: [Float] = [1, 1], outputs: Int = 1,
            weight: [Float] = [1, 2], bias: [Float] = [0],
            output: FeedForwardGraph.Output = .sigmoid
        ) throws(ONNXProblem) {
            let layer = FeedForwardGraph.Layer(
                name: "model.0", inputs: 2, outputs: outputs, weight: weight, bias: bias)
            _ = try FeedForwardGraph(mean: mean, scale: scale, layers: [layer], output: output)
        }
        try make()
        #expect(throws: ONNXProblem.self) { try make(mean: [0]) }
        #expect(throws: ONNXProblem.self) { try make(mean: [0, 0, 0], scale: [1, 1, 1]) }
        #expect(throws: ONNXProblem.self) { try make(scale: [1, 0]) }
        #expect(throws: ONNXProblem.self) { try make(weight: [1]) }
        #expect(throws: ONNXProblem.self) { try make(bias: []) }
        #expect(throws: ONNXProblem.self) { try make(weight: [1, .nan]) }
        #expect(throws: ONNXProblem.self) {
            try make(outputs: 2, weight: [1, 2, 3, 4], bias: [0, 0])
        }
        #expect(throws: ONNXProblem.self) { try make(outputs: .max) }
        #expect(throws: ONNXProblem.self) {
            try make(output: .identity(scale: .infinity, offset: 0))
        }
        #expect(throws: ONNXProblem.self) {
            try FeedForwardGraph(mean: [0], scale: [1], layers: [], output: .sigmoid)
        }
    }
}
