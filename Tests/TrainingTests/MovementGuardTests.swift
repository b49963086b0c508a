import TandemDevices
import TandemNetworks
import TandemTensors
import Testing

@testable import TandemTraining

/// Runs whose parameters do not all learn.
@Suite("Parameters that stand still")
struct MovementGuardTests {
    /// Three numbers are learned; the loss reads them as the test says.
    private final class ThreeRecipe: TrainingRecipe {
        final class Numbers: Module {
            let used = Parameter([3], .constant(0.5))
            let unused = Parameter([2], .constant(0.5))
            let hasUnused: Bool

            init(hasUnused: Bool) { self.hasUnused = hasUnused }

            var parameters: [(name: String, parameter: Parameter)] {
                [("used", used)] + (hasUnused ? [("unused", unused)] : [])
            }
        }

        /// What the loss is made of.
        enum Loss { case used, constant, usedFromPass(Int), hidden, both(Float) }

        let numbers: Numbers
        let kind: Loss
        let lossTerms = [LossTerm("squared")]
        let batchSize = 1
        let batchesPerEpoch: Int
        private let device: any Device
        private var pass = 0

        init(_ kind: Loss, hasUnused: Bool = false, steps: Int = 5, on device: any Device) {
            self.kind = kind
            self.device = device
            batchesPerEpoch = steps
            numbers = Numbers(hasUnused: hasUnused)
        }

        var model: any Module { numbers }

        func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> Int? {
            var next = batch
            return { [batchesPerEpoch] in
                guard next < batchesPerEpoch else { return nil }
                defer { next += 1 }
                return next
            }
        }

        func loss(_ batch: Int, _ context: ForwardContext) throws -> BatchLoss {
            defer { pass += 1 }
            let constant = try Tensor([1, 2, 3], on: device)
            func squared() throws -> Tensor {
                try (context.tensor(numbers.used) + constant).squared().mean()
            }
            func rest() throws -> Tensor { try context.tensor(numbers.unused).squared().mean() }
            let loss: Tensor
            switch kind {
            case .used: loss = try squared()
            case .constant: loss = try constant.squared().mean()
            case .usedFromPass(let first): loss = try squared() + (rest() * (pass < first ? 0 : 1))
            case .hidden: loss = try squared() + (rest() * 0)
            case .both(let weight): loss = try squared() + (rest() * weight)
            }
            return BatchLoss([loss], examples: 1)
        }

        func evaluate() throws -> [Metric] { [] }
    }

    private func train(
        _ recipe: ThreeRecipe, _ policy: MovementGuard = MovementGuard(), decay: Double = 0.1,
        rate: Double = 0.1, device: any Device
    ) throws -> Trainer<ThreeRecipe> {
        var configuration = TrainingConfiguration()
        configuration.epochs = 1
        configuration.batchSize = 1
        configuration.optimizer.learningRate = rate
        configuration.optimizer.weightDecay = decay
        configuration.schedule.kind = .constant
        return try Trainer(
            recipe, arena: ParameterArena(recipe.model, device: device, seed: 1),
            configuration: configuration, seed: 1, adding: [policy], isInterrupted: { false })
    }

    private func device() throws -> any Device { try CPUDevice(threads: 1) }

    @Test("A run whose parameters all learn goes on, and the guard forgets what it has kept")
    func sound() throws {
        let device = try device()
        let policy = MovementGuard()
        let trainer = try train(
            ThreeRecipe(.both(1), hasUnused: true, on: device), policy, device: device)
        #expect(try trainer.run() == .finished(.finishedEpochs))
        #expect(policy.savedState.initial == nil && policy.savedState.reached.isEmpty)
        #expect(trainer.state.step == 5)
    }

    @Test("Unused parameters are named after the third step, though decay has changed them")
    func unused() throws {
        let device = try device()
        let trainer = try train(
            ThreeRecipe(.used, hasUnused: true, on: device), device: device)
        let error = TrainingError.parametersStandStill(["unused"], parameters: 2, step: 3)
        #expect(throws: error) { try trainer.run() }
        #expect(trainer.state.step == 3)
        #expect(error.description.contains("1 of 2 parameter tensors do not learn"))
        #expect(error.description.contains("unused"))
    }

    @Test("A gradient of zeros is none")
    func zeros() throws {
        let device = try device()
        let trainer = try train(
            ThreeRecipe(.hidden, hasUnused: true, on: device), device: device)
        #expect(
            throws: TrainingError.parametersStandStill(["unused"], parameters: 2, step: 3)
        ) { try trainer.run() }
    }

    @Test(
        "A parameter may be reached as late as in the third step, not later",
        arguments: [(0, true), (2, true), (3, false)])
    func late(_ first: Int, _ isSound: Bool) throws {
        let device = try device()
        let trainer = try train(
            ThreeRecipe(.usedFromPass(first), hasUnused: true, on: device), device: device)
        if isSound {
            #expect(try trainer.run() == .finished(.finishedEpochs))
        } else {
            #expect(
                throws: TrainingError.parametersStandStill(["unused"], parameters: 2, step: 3)
            ) { try trainer.run() }
        }
    }

    @Test("The step is chosen")
    func otherStep() throws {
        let device = try device()
        let trainer = try train(
            ThreeRecipe(.usedFromPass(3), hasUnused: true, on: device), MovementGuard(steps: 4),
            device: device)
        #expect(try trainer.run() == .finished(.finishedEpochs))
        let early = try train(
            ThreeRecipe(.usedFromPass(1), hasUnused: true, on: device), MovementGuard(steps: 1),
            device: device)
        #expect(
            throws: TrainingError.parametersStandStill(["unused"], parameters: 2, step: 1)
        ) { try early.run() }
    }

    @Test("Parameters with gradients that a rate of nearly 0 leaves as they are stand still too")
    func unchanged() throws {
        let device = try device()
        let trainer = try train(
            ThreeRecipe(.used, on: device), decay: 0, rate: 1e-30, device: device)
        #expect(throws: TrainingError.parametersStandStill(["used"], parameters: 1, step: 3)) {
            try trainer.run()
        }
    }

    @Test("A run that is resumed before the third step is judged by its beginning")
    func resumed() throws {
        try withTemporaryFolder { folder in
            for (kind, isSound) in [(ThreeRecipe.Loss.both(1), true), (.used, false)] {
                let device = try device()
                var configuration = TrainingConfiguration()
                configuration.epochs = 1
                configuration.batchSize = 1
                configuration.schedule.kind = .constant
                let run = try RunDirectory(
                    creating: folder + "/run-\(isSound)", configuration: "{}")
                func trainer(_ policy: MovementGuard, stops: Bool) throws -> Trainer<ThreeRecipe> {
                    let recipe = ThreeRecipe(kind, hasUnused: true, on: device)
                    return try Trainer(
                        recipe, arena: ParameterArena(recipe.model, device: device, seed: 1),
                        configuration: configuration, seed: 1, run: run, adding: [policy],
                        isInterrupted: { stops })
                }
                #expect(try trainer(MovementGuard(), stops: true).run() == .interrupted)
                let policy = MovementGuard()
                let second = try trainer(policy, stops: false)
                try second.resume(run)
                #expect(second.state.step == 1)
                #expect(policy.savedState.initial != nil)
                #expect(policy.savedState.reached == (isSound ? [true, true] : [true, false]))
                if isSound {
                    #expect(try second.run() == .finished(.finishedEpochs))
                } else {
                    #expect(
                        throws: TrainingError.parametersStandStill(
                            ["unused"], parameters: 2, step: 3)
                    ) { try second.run() }
                }
            }
        }
    }

    @Test("Ten names are listed, the others counted")
    func manyNames() {
        let error = TrainingError.parametersStandStill(
            (0..<13).map { "p\($0)" }, parameters: 20, step: 3)
        #expect(
            error.description.contains("13 of 20") && error.description.contains("p9 and 3 more"))
        #expect(!error.description.contains("p10"))
    }

    @Test("A loss that depends on no parameter ends the run in its first step")
    func constantLoss() throws {
        let device = try device()
        let trainer = try train(ThreeRecipe(.constant, on: device), device: device)
        let error = TrainingError.noParameterInUse(parameters: 3)
        #expect(throws: error) { try trainer.run() }
        #expect(trainer.state.step == 0)
        #expect(error.description.hasPrefix("no trainable parameter in use: the model has 3 "))
    }

    @Test("A model without parameters has no trainer")
    func noParameters() throws {
        final class Nothing: Module {}
        final class NothingRecipe: TrainingRecipe {
            let model: any Module = Nothing()
            let lossTerms = [LossTerm("squared")]
            let batchSize = 1
            let batchesPerEpoch = 1
            func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> Int? { { nil } }
            func loss(_ batch: Int, _ context: ForwardContext) throws -> BatchLoss {
                BatchLoss([], examples: 1)
            }
            func evaluate() throws -> [Metric] { [] }
        }
        let recipe = NothingRecipe()
        let device = try device()
        var configuration = TrainingConfiguration()
        configuration.batchSize = 1
        let arena = try ParameterArena(recipe.model, device: device, seed: 1)
        #expect(throws: TrainingError.noParameterInUse(parameters: 0)) {
            try Trainer(
                recipe, arena: arena, configuration: configuration, seed: 1,
                isInterrupted: { false })
        }
        let text = TrainingError.noParameterInUse(parameters: 0).description
        #expect(text.hasPrefix("no trainable parameter in use: the model has no parameters"))
    }
}
