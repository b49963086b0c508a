import TandemDatasets
import TandemDevices
import Foundation
import TandemNetworks
import Testing

@testable import TandemTraining

@Suite("Checkpoints")
struct CheckpointTests {
    private final class Net: Module {
        let layer: Linear
        init(_ inputs: Int) { layer = Linear(inputs, 3) }
        var submodules: [(name: String, module: any Module)] { [("layer", layer)] }
    }

    private func make(_ inputs: Int, sgd: Bool = false) throws -> TrainingContext {
        let arena = try ParameterArena(Net(inputs), device: CPUDevice(threads: 1), seed: 1)
        let group = [ParameterGroup(learningRate: 0.1)]
        let optimizer: any Optimizer =
            sgd ? try SGD(arena, groups: group, momentum: 0.9) : try Adam(arena, groups: group)
        return TrainingContext(
            plan: TrainingPlan(
                epochs: 1, batchesPerEpoch: 1, stepsPerEpoch: 1,
                parameterCount: arena.parameterCount),
            arena: arena, optimizer: optimizer)
    }

    private func withCheckpoint(_ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/last.safetensors"
            let run = try make(4)
            try run.device.fill(run.arena.gradients, value: 0.5)
            try run.optimizer.step(factor: 1, gradientScale: nil)
            run.state.epoch = 2
            run.state.lossSums = [.pi, 1e-30]
            try Checkpoint.save(to: path, run)
            try body(path)
        }
    }

    @Test("What is loaded is what was saved, to the bit")
    func roundTrip() throws {
        try withCheckpoint { path in
            let run = try make(4)
            let state = try Checkpoint.load(from: path, run)
            #expect(state.epoch == 2)
            #expect(state.lossSums == [.pi, 1e-30])
            #expect(run.optimizer.stepCount == 1)
            let saved = try weights(at: path)
            for (name, _, values) in try run.arena.namedValues() { #expect(saved[name] == values) }
            for (name, slice) in run.optimizer.state {
                #expect(saved["optimizer." + name] == (try run.device.download(slice)))
            }
        }
    }

    @Test("A checkpoint of another architecture is refused and changes nothing")
    func otherArchitecture() throws {
        try withCheckpoint { path in
            let run = try make(5)
            let before = try run.device.download(run.arena.values)
            let error = #expect(throws: TrainingError.self) {
                try Checkpoint.load(from: path, run)
            }
            #expect("\(String(describing: error))".contains("last.safetensors"))
            #expect(try run.device.download(run.arena.values) == before)
        }
    }

    @Test("A checkpoint of another optimiser is refused")
    func otherOptimizer() throws {
        try withCheckpoint { path in
            let run = try make(4, sgd: true)
            #expect(throws: TrainingError.self) {
                try Checkpoint.load(from: path, run)
            }
        }
    }

    @Test("A damaged checkpoint is refused wherever it is cut", arguments: [0, 5, 8, 60, 300, 700])
    func truncated(length: Int) throws {
        try withCheckpoint { path in
            let whole = try Data(contentsOf: URL(filePath: path))
            #expect(whole.count > 700)
            try whole.prefix(length).write(to: URL(filePath: path))
            let run = try make(4)
            #expect(throws: (any Error).self) {
                try Checkpoint.load(from: path, run)
            }
        }
    }

    @Test("Weights without a training state cannot be resumed from")
    func weightsAlone() throws {
        try withTemporaryFolder { folder in
            let run = try make(4)
            try Checkpoint.saveWeights(to: folder + "/best.safetensors", arena: run.arena)
            #expect(throws: TrainingError.self) {
                try Checkpoint.load(
                    from: folder + "/best.safetensors", run)
            }
        }
    }
}
