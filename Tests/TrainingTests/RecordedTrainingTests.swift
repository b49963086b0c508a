import TandemDevices
import TandemNetworks
import Testing

@testable import TandemTraining

/// The trainer's recorded steps give what steps issued anew give.
@Suite("Recorded training")
struct RecordedTrainingTests {
    struct Variant: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout TrainingConfiguration) -> Void

        init(_ name: String, _ change: @escaping @Sendable (inout TrainingConfiguration) -> Void) {
            testDescription = name
            self.change = change
        }
    }

    static let variants = [
        Variant("plain") { _ in },
        Variant("without clipping") { $0.clipNorm = 0 },
        Variant("tight clipping") { $0.clipNorm = 1e-3 },
        Variant("groups of two batches, the last of one") { $0.accumulation = 2 },
        Variant("groups of three batches") { $0.accumulation = 3 },
        Variant("gradient descent with momentum") {
            $0.optimizer.kind = .sgd
            $0.optimizer.momentum = 0.9
        },
    ]

    private func configuration(_ variant: Variant? = nil) -> TrainingConfiguration {
        var configuration = TrainingConfiguration()
        configuration.epochs = 4
        configuration.batchSize = 16
        configuration.optimizer.learningRate = 0.02
        configuration.logEverySteps = 3
        variant?.change(&configuration)
        return configuration
    }

    private struct Result: Equatable {
        var values: [[Float]]
        var losses: [Double]
        var norms: [Double]
    }

    private func train(
        _ configuration: TrainingConfiguration, on device: any Device, stages: Bool
    ) throws -> (result: Result, recipe: TableRecipe) {
        let recipe = try TableRecipe(on: device, stages: stages)
        let arena = try ParameterArena(recipe.model, device: device, seed: 3)
        let trainer = try Trainer(
            recipe, arena: arena, configuration: configuration, seed: 3, isInterrupted: { false })
        #expect(try trainer.run() == .finished(.finishedEpochs))
        let history = trainer.state.history
        let result = Result(
            values: try arena.namedValues().map(\.values), losses: history.map(\.loss),
            norms: history.map(\.gradientNorm))
        return (result, recipe)
    }

    @Test("Equals training without recording, to the bit", arguments: variants)
    func equalsPlain(_ variant: Variant) throws {
        let configuration = configuration(variant)
        let plain = try train(configuration, on: CPUDevice(threads: 1), stages: false)
        #expect(plain.recipe.lossCalls == 20)
        #expect(plain.result.norms.allSatisfy { $0 > 0 })
        let device = try CPUDevice(threads: 1)
        let recorded = try train(configuration, on: device, stages: true)
        #expect(recorded.result == plain.result)
        #expect(recorded.recipe.lossCalls < 13)
        let unstaged = try train(configuration, on: device, stages: false)
        #expect(unstaged.result == plain.result && unstaged.recipe.lossCalls == 20)
    }

    @Test("One recording per batch size, and a second batch that verifies it")
    func oneCallPerKind() throws {
        let device = try CPUDevice(threads: 1)
        // 70 rows: four batches of 16 and one of 6.
        #expect(try train(configuration(), on: device, stages: true).recipe.lossCalls == 4)
    }

    @Test("Batches under one key that run different operations are an error that says what to do")
    func differentBatchesUnderOneKey() throws {
        let device = try CPUDevice(threads: 1)
        // Two batches, of 16 rows and of 6.
        let recipe = try TableRecipe(
            on: device, stages: true, count: 22, stagesUnderOneKey: true)
        let arena = try ParameterArena(recipe.model, device: device, seed: 3)
        let trainer = try Trainer(
            recipe, arena: arena, configuration: configuration(), seed: 3, isInterrupted: { false })
        let error = #expect(throws: DeviceError.self) { try trainer.run() }
        guard case .recordingDiffers? = error else {
            Issue.record("unexpected error \(String(describing: error))")
            return
        }
    }

    @Test("A resumed run equals the uninterrupted one to the bit", arguments: [1, 4, 5, 8])
    func resume(interruptAfter steps: Int) throws {
        try withTemporaryFolder { folder in
            let whole = try train(
                configuration(), on: CPUDevice(threads: 1), stages: true)
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}")
            var values: [[Float]] = []
            for attempt in 0..<2 {
                let device = try CPUDevice(threads: 1)
                let recipe = try TableRecipe(on: device, stages: true)
                let arena = try ParameterArena(recipe.model, device: device, seed: 3)
                var asked = 0
                let trainer = try Trainer(
                    recipe, arena: arena, configuration: configuration(), seed: 3, run: run,
                    isInterrupted: {
                        asked += 1
                        return attempt == 0 && asked >= steps
                    })
                try trainer.resume(run)
                #expect(
                    try trainer.run() == (attempt == 0 ? .interrupted : .finished(.finishedEpochs)))
                values = try arena.namedValues().map(\.values)
            }
            #expect(values == whole.result.values)
        }
    }

    @Test("A loss that uploads in a recorded step is an error that explains itself")
    func uploadingLoss() throws {
        let device = try CPUDevice(threads: 1)
        let recipe = try UploadingRecipe(on: device)
        let arena = try ParameterArena(recipe.model, device: device, seed: 3)
        let trainer = try Trainer(
            recipe, arena: arena, configuration: configuration(), seed: 3, isInterrupted: { false })
        let error = #expect(throws: DeviceError.self) { try trainer.run() }
        guard case .notRecordable("upload", _)? = error else {
            Issue.record("unexpected error \(String(describing: error))")
            return
        }
    }
}

/// Says that it staged a batch, and uploads it in `loss` all the same.
private final class UploadingRecipe: TrainingRecipe {
    private let curve: CurveRecipe

    init(on device: any Device) throws { curve = try CurveRecipe(on: device) }

    var model: any Module { curve.model }
    var lossTerms: [LossTerm] { curve.lossTerms }
    var batchSize: Int { curve.batchSize }
    var batchesPerEpoch: Int { curve.batchesPerEpoch }

    func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> [Int32]? {
        try curve.batches(epoch: epoch, startingAt: batch)
    }

    func stage(_ batch: [Int32]) throws -> Int? { batch.count }

    func loss(_ batch: [Int32], _ context: ForwardContext) throws -> BatchLoss {
        try curve.loss(batch, context)
    }

    func evaluate() throws -> [Metric] { try curve.evaluate() }
}
