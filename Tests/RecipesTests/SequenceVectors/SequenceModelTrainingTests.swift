import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// Whole steps and short runs of every network.
@Suite(.exclusiveDevices) struct SequenceModelTrainingTests {
    private static func configuration(
        _ kind: SequenceModelConfiguration.Kind,
        _ memory: SequenceModelConfiguration.Memory = .learned
    ) -> SequenceVectorsConfiguration {
        var configuration = SequenceVectorsConfiguration.small
        configuration.model = SequenceModelConfiguration(kind)
        (configuration.model.hidden, configuration.model.layers) = (8, 2)
        (configuration.model.slots, configuration.model.heads) = (7, 2)
        (configuration.model.memory, configuration.model.dropout) = (memory, 0.2)
        configuration.prediction.kind = kind == .attentionMixture ? .direct : .anchored
        configuration.training.epochs = 2
        return configuration
    }

    /// A network in short, for the names of tests.
    struct Network: Sendable {
        let kind: SequenceModelConfiguration.Kind
        var memory = SequenceModelConfiguration.Memory.learned

        static let all =
            SequenceModelConfiguration.Kind.allCases.map { Network(kind: $0) } + [
                Network(kind: .memoryGRU, memory: .original)
            ]

        var configuration: SequenceVectorsConfiguration {
            SequenceModelTrainingTests.configuration(kind, memory)
        }
    }

    /// Values of parameters and buffers after six steps, recorded and issued again or issued anew.
    private func steps(
        _ configuration: SequenceVectorsConfiguration, on device: any Device, records: Bool
    ) throws -> [UInt32] {
        let model = NextVectorModel(
            features: 6, contextLength: 4, model: configuration.model,
            prediction: configuration.prediction)
        let arena = try ParameterArena(model, device: device, seed: 4)
        let optimizer = try configuration.training.optimizer.makeOptimizer(arena)
        let context = try Tensor(uninitialized: [4, 5, 6], on: device)
        let target = try CheckedInput([5, 6], 9).tensor(on: device).l2Normalized()
        var recording: DeviceRecording?
        func issue(_ step: Int) throws {
            try arena.zeroGradients()
            let pass = ForwardContext.training(seed: 2, pass: step)
            try pass.backward(from: Loss.cosine(model(context, pass), target))
        }
        for step in 0..<6 {
            try device.upload(CheckedInput([120], UInt64(step)).values, to: context.slice)
            if !records {
                try issue(step)
            } else if let recording {
                if step == 1 { try recording.verify(pass: step) { try issue(step) } }
                if step > 1 { try recording.replay(pass: step) }
            } else {
                recording = try device.record(pass: step) { try issue(step) }
            }
            try optimizer.step(factor: 1, gradientScale: nil)
        }
        return try (device.download(arena.values) + device.download(arena.bufferValues))
            .map(\.bitPattern)
    }

    @Test(arguments: TestDevices.all, Network.all)
    func recordedStepsEqualStepsIssuedAnew(_ target: TestDevice, _ network: Network) throws {
        let configuration = network.configuration
        let anew = try steps(configuration, on: target.device, records: false)
        #expect(try steps(configuration, on: target.device, records: true) == anew)
    }

    /// A short run, then the predictor made of its weights: memory and anchor are in the file.
    @Test(arguments: Network.all)
    func weightsHoldTheWholeModel(_ network: Network) throws {
        let configuration = network.configuration
        try ChainFolder.withRandomWalks { folder in
            let device = try CPUDevice(threads: 2)
            let experiment = try configuration.experiment(folder, on: device)
            let trainer = try experiment.makeTrainer()
            _ = try trainer.run()
            let weights = folder + "/weights.safetensors"
            try Checkpoint.saveWeights(to: weights, arena: experiment.arena)
            let names = try SafetensorsFile.read(weights).arrays.names
            let hasMemory = configuration.model.kind == .memoryGRU
            #expect(names.contains("memory.slots") == hasMemory)
            let predictor = try NextVectorPredictor(
                configuration, weights: weights, device: device)
            let x = try CheckedInput([9, 4, 12], 3).tensor(on: device)
            let found = try predictor.predict(
                try HostArray(shape: [9, 4, 12], elements: try x.values()))
            let expected = try experiment.recipe.predictor(
                x.l2Normalized().transposed(0, 1), .evaluation())
            #expect(mismatch(try found.float32Values(), try expected.values(), .forward) == nil)

            for record in trainer.state.history {
                #expect((record.metrics["memory entropy"] != nil) == hasMemory)
                #expect(record.metrics["hit@5"] != nil)
            }
            try expectOthersRefuse(weights, of: configuration.model.kind, device)
        }
    }

    private func expectOthersRefuse(
        _ weights: String, of kind: SequenceModelConfiguration.Kind, _ device: any Device
    ) throws {
        for other in SequenceModelConfiguration.Kind.allCases where other != kind {
            let error = #expect(throws: SequenceVectorsError.self) {
                try NextVectorPredictor(
                    Self.configuration(other), weights: weights, device: device)
            }
            let text = error.map { $0.description } ?? ""
            #expect(text.contains(kind.rawValue) && text.contains(other.rawValue), "\(text)")
        }
    }

    @Test func memoriesThatAreAllAlikeAreReported() throws {
        let device = TestDevices.makePlain()
        func statistics(_ slots: CheckedInput, sharpness: Float) throws -> MemoryStatistics {
            let slots = try slots.tensor(on: device)
            let memory = OpenMemory(
                slots: slots, rows: try slots.l2Normalized(),
                sharpness: try Tensor([sharpness], shape: [1], on: device), bias: nil)
            return try memory.statistics(try CheckedInput([9, 4], 5).tensor(on: device))
        }
        let axes = CheckedInput([4, 4], values: (0..<16).map { $0 % 5 == 0 ? 2 : 0 })
        let sharp = try statistics(axes, sharpness: 60)
        #expect(sharp.entropy < 0.5 && abs(sharp.cosine) < 1e-6 && abs(sharp.norm - 2) < 1e-6)
        #expect(sharp.warning == nil)
        let dull = try statistics(axes, sharpness: 0)
        #expect(abs(dull.entropy - 1) < 1e-6)
        #expect(dull.warning?.hasPrefix("memory unused") == true)
        let alike = try statistics(
            CheckedInput([5, 4], values: (0..<20).map { Float($0 % 4) + 1 }), sharpness: 60)
        #expect(abs(alike.cosine - 1) < 1e-6 && alike.isUnused)
    }
}
