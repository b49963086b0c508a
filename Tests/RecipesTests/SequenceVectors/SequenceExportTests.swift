import TandemBasics
import TandemDatasets
import TandemDevices
import TandemInterchange
import TandemNetworks
@testable import TandemRecipes
import TandemTestSupport
import TandemTraining
import Testing

/// Next-vector models as ONNX files, computed by this program's own interpreter.
@Suite(.exclusiveDevices) struct SequenceExportTests {
    /// Trains shortly and calls `body` with the predictor of the weights and the path of the exported file.
    private func withExport(
        _ change: (inout SequenceVectorsConfiguration) -> Void = { _ in },
        _ body: (NextVectorPredictor, String) throws -> Void
    ) throws {
        try ChainFolder.withRandomWalks { folder in
            var configuration = SequenceVectorsConfiguration.small
            configuration.data.path = folder
            configuration.training.epochs = 1
            change(&configuration)
            let device = try CPUDevice(threads: 2)
            let experiment = try configuration.experiment(folder, on: device)
            _ = try experiment.makeTrainer(run: nil, adding: []).run()
            let (weights, model) = (folder + "/weights.safetensors", folder + "/model.onnx")
            try Checkpoint.saveWeights(to: weights, arena: experiment.arena)
            try experiment.exportModel(to: model)
            try body(
                try NextVectorPredictor(configuration, weights: weights, device: device), model)
        }
    }

    /// Vectors of any length, as people have them.
    private func contexts(_ count: Int) throws -> HostArray {
        try HostArray(
            shape: [count, 4, 12],
            elements: (0..<count).flatMap {
                ChainFolder.randomWalk(4, dimension: 12, identifier: UInt64(100 + $0))
            })
    }

    @Test(arguments: PredictionConfiguration.Kind.allCases, TestDevices.all)
    func fileEqualsTheNetwork(_ kind: PredictionConfiguration.Kind, tested: TestDevice) throws {
        try withExport({ $0.prediction.kind = kind }) { network, path in
            let file = try NextVectorPredictor(model: path, device: tested.device)
            for count in [1, 7, 100] {
                let input = try contexts(count)
                let expected = try network.predict(input).float32Values()
                let found = try file.predict(input)
                #expect(found.shape == [count, 12])
                let values = try found.float32Values()
                let largest = zip(values, expected).map { abs($0 - $1) }.max() ?? .nan
                #expect(largest <= 1e-5)
            }
            let one = try HostArray(shape: [4, 12], elements: [Float](repeating: 1, count: 48))
            #expect(try file.predict(one).shape == [1, 12])
            #expect(throws: SequenceVectorsError.self) {
                try file.predict(
                    try HostArray(shape: [5, 12], elements: [Float](repeating: 1, count: 60)))
            }
        }
    }

    @Test(arguments: [1, 3]) func everyDepth(layers: Int) throws {
        try withExport({ $0.model.layers = layers }) { network, path in
            let file = try NextVectorPredictor(model: path, device: CPUDevice(threads: 1))
            let input = try contexts(9)
            let pairs = zip(
                try file.predict(input).float32Values(), try network.predict(input).float32Values())
            #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-5 })
        }
    }

    /// Every network, its memory filled in the two ways that there are, and a step of unit length.
    @Test(
        arguments: SequenceModelConfiguration.Kind.allCases,
        SequenceModelConfiguration.Memory.allCases)
    func everyNetwork(
        kind: SequenceModelConfiguration.Kind, memory: SequenceModelConfiguration.Memory
    ) throws {
        guard kind == .memoryGRU || memory == .learned else { return }
        for (layers, normalizes) in [(1, false), (2, true)] {
            try withExport({ configuration in
                configuration.model = SequenceModelConfiguration(kind)
                configuration.model.hidden = 8
                configuration.model.layers = layers
                configuration.model.slots = 7
                configuration.model.heads = 2
                configuration.model.keyFeatures = 5
                configuration.model.memory = memory
                configuration.prediction.normalizedStep = normalizes
                if kind == .attentionMixture { configuration.prediction.kind = .direct }
            }) { network, path in
                let file = try NextVectorPredictor(model: path, device: CPUDevice(threads: 1))
                for count in [1, 7] {
                    let input = try contexts(count)
                    let pairs = zip(
                        try file.predict(input).float32Values(),
                        try network.predict(input).float32Values())
                    #expect(
                        pairs.allSatisfy { abs($0 - $1) <= 1e-5 }, "\(layers) layers, \(count)")
                }
            }
        }
    }

    @Test func fileSaysWhatItIs() throws {
        try withExport { _, path in
            let model = try ONNXModel.read(path)
            #expect(model.inputShape == [4, 12] && model.outputShape == [12])
            #expect(model.metadata["system"] == "sequence-vectors")
            #expect(model.metadata["kind"] == "baseline-gru")
            #expect(model.metadata["context_length"] == "4")
            #expect(model.metadata["dimension"] == "12")
            #expect(model.metadata["tandem.configuration"]?.contains("\"hidden\": 8") == true)
        }
    }

    @Test func filesThatAreNoSuchModel() throws {
        try withExport { _, path in
            let device = try CPUDevice(threads: 1)
            for name in ["system", "tandem.configuration"] {
                var model = try ONNXModel.read(path)
                model.metadata[name] = nil
                let other = path + ".other.onnx"
                try model.write(to: other)
                #expect(throws: SequenceVectorsError.notAModelFile(path: other)) {
                    try NextVectorPredictor(model: other, device: device)
                }
            }
            let bytes = try WholeFile.read(path)
            let cut = path + ".cut.onnx"
            try AtomicFile.write(Array(bytes.dropLast(bytes.count / 2)), to: cut)
            #expect(throws: InterchangeError.self) {
                try NextVectorPredictor(model: cut, device: device)
            }
            let table = Golden.path("feed-forward.onnx")
            #expect(throws: SequenceVectorsError.notAModelFile(path: table)) {
                try NextVectorPredictor(model: table, device: device)
            }
        }
    }
}
