import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Mistakes in building and training models: every one is an error that says what to do.
@Suite(.exclusiveDevices) struct ModelMistakesTests {
    private final class Pair: Module {
        let first = Linear(3, 3)
        let second: any Module
        let lists: Bool

        init(_ second: any Module, lists: Bool = true) {
            self.second = second
            self.lists = lists
        }

        var submodules: [(name: String, module: any Module)] {
            [("first", first)] + (lists ? [("second", second)] : [])
        }
    }

    private func message(_ body: () throws -> Void) throws -> String {
        "\(try #require(#expect(throws: NetworkError.self) { try body() }))"
    }

    private static let impossible: [(problem: String, make: @Sendable () -> any Module)] = [
        ("hidden is -1", { GRU(input: 3, hidden: -1) }),
        ("layers is -1", { GRU(input: 3, hidden: 3, layers: -1) }),
        ("layers is 0", { GRU(input: 3, hidden: 3, layers: 0) }),
        ("input is 0", { GRU(input: 0, hidden: 3) }),
        ("hidden is \(Int.max)", { GRU(input: 3, hidden: .max) }),
        ("dropout is 1.0", { GRU(input: 3, hidden: 3, layers: 2, dropout: 1) }),
        ("dropout is nan", { Dropout(.nan) }), ("dropout is -0.5", { Dropout(-0.5) }),
        ("inputs is -3", { Linear(-3, 3) }), ("outputs is \(Int.min)", { Linear(3, .min) }),
        ("features is -1", { LayerNorm(-1) }), ("epsilon is 0.0", { LayerNorm(2, epsilon: 0) }),
        ("count is -2", { Embedding(-2, 3) }),
    ]

    /// Layers are made without `try`; what is impossible about them is said when they get memory.
    @Test(arguments: impossible.indices)
    func impossibleSizesNameTheModule(_ index: Int) throws {
        let model = Pair(Self.impossible[index].make())
        let text = try message {
            _ = try ParameterArena(model, device: TestDevices.makePlain(), seed: 0)
        }
        let place = "'second' (\(type(of: model.second))): "
        #expect(text.contains(place + Self.impossible[index].problem))
    }

    @Test func allProblemsOfAModelAreSaidAtOnce() throws {
        let model = Pair(Pair(GRU(input: -1, hidden: -2)))
        let text = try message {
            _ = try ParameterArena(model, device: TestDevices.makePlain(), seed: 0)
        }
        #expect(text.contains("input is -1") && text.contains("hidden is -2"))
        #expect(text.contains("'second.second' (GRU)"))
    }

    @Test func impossibleInitialValuesNameTheParameter() throws {
        let model = Pair(Linear(3, 3, initializer: .normal(deviation: .nan)))
        let text = try message {
            _ = try ParameterArena(model, device: TestDevices.makePlain(), seed: 0)
        }
        #expect(text.contains("'second.weight' of shape [3, 3]") && text.contains("nan"))
    }

    private final class Own: Module {
        let parameters: [(name: String, parameter: Parameter)]
        var submodules: [(name: String, module: any Module)] = []

        init(_ shape: Shape) {
            parameters = [("table", Parameter(shape, .constant(0)))]
        }
    }

    @Test(arguments: [[2, -1], [1, 1, 1, 1, 1, 1, 1], [.max, .max]] as [Shape])
    func impossibleShapesOfOwnParameters(_ shape: Shape) throws {
        let text = try message {
            _ = try ParameterArena(Own(shape), device: TestDevices.makePlain(), seed: 0)
        }
        #expect(text.contains("'table' of shape"))
    }

    @Test func aModuleInsideItselfIsRefused() throws {
        let (outer, inner) = (Own([2]), Own([3]))
        outer.submodules = [("inner", inner)]
        inner.submodules = [("outer", outer)]
        let text = try message {
            _ = try ParameterArena(outer, device: TestDevices.makePlain(), seed: 0)
        }
        #expect(text.contains("'inner.outer' (Own): contains itself"))
        inner.submodules = []
    }

    /// The error names the property that the list of submodules lacks.
    @Test(arguments: [true, false])
    func aForgottenSubmoduleIsNamed(_ isTraining: Bool) throws {
        let layer = Linear(3, 2)
        let model = Pair(layer, lists: false)
        let device = TestDevices.makePlain()
        _ = try ParameterArena(model, device: device, seed: 0)
        let x = try Tensor(repeating: 1, shape: [1, 3], on: device)
        let context = isTraining ? ForwardContext.training(seed: 0, pass: 0) : .evaluation()
        let text = try message { _ = try layer(model.first(x, context), context) }
        #expect(text.contains("'second.weight'") && text.contains("`submodules`"))
        // With the forgotten module first, nothing is known about the model yet.
        #expect(throws: NetworkError.unboundParameter(shape: [2, 3])) {
            try layer(x, .evaluation())
        }
    }

    /// Once a second arena was made, training with the first would change memory that the model no longer uses.
    @Test(arguments: TestDevices.all)
    func oneOptimizerAndTwoArenas(_ target: TestDevice) throws {
        let model = Pair(Linear(3, 2))
        let old = try ParameterArena(model, device: target.device, seed: 0)
        let groups = [ParameterGroup(learningRate: 0.1)]
        let optimizers: [any Optimizer] = [
            try Adam(old, groups: groups), try SGD(old, groups: groups),
        ]
        let average = try WeightAverage(old, decay: 0.9)
        let snapshot = try old.snapshot()
        let new = try ParameterArena(model, device: target.device, seed: 0)
        for optimizer in optimizers {
            let text = try message { try optimizer.step(factor: 1, gradientScale: nil) }
            #expect(text.contains("an arena made later has taken over 'first.weight'"))
        }
        #expect(throws: NetworkError.self) { try average.update() }
        #expect(throws: NetworkError.self) { try old.restore(snapshot) }
        #expect(throws: NetworkError.self) { try old.load([:]) }
        try Adam(new, groups: groups).step(factor: 1, gradientScale: nil)
    }

    /// An arena of a part of the model takes that part out of the model's own arena.
    @Test func aPartWithAnArenaOfItsOwn() throws {
        let device = TestDevices.makePlain()
        let layer = Linear(3, 2)
        let model = Pair(layer)
        _ = try ParameterArena(model, device: device, seed: 0)
        _ = try ParameterArena(layer, device: device, seed: 0)
        let x = try Tensor(repeating: 1, shape: [1, 3], on: device)
        let text = try message { _ = try model.first(x, .training(seed: 0, pass: 0)) }
        #expect(text.contains("'weight'"))
        _ = try model.first(x, .evaluation())
    }

    @Test(arguments: TestDevices.all)
    func trainingWithAnEvaluationContext(_ target: TestDevice) throws {
        let model = Pair(Linear(3, 2))
        let arena = try ParameterArena(model, device: target.device, seed: 0)
        let optimizer = try Adam(arena, groups: [ParameterGroup(learningRate: 0.1)])
        let x = try Tensor(repeating: 1, shape: [1, 3], on: target.device)
        let context = ForwardContext.evaluation()
        let loss = try model.first(x, context).sum()
        let text = try message { try context.backward(from: loss) }
        #expect(text.contains("ForwardContext.training"))
        #expect(throws: NetworkError.notTraining(operation: "Adam.step")) {
            try optimizer.step(factor: 1, gradientScale: nil)
        }
        // A trained step, then one that forgets to train.
        try arena.zeroGradients()
        let training = ForwardContext.training(seed: 0, pass: 0)
        try training.backward(from: try model.first(x, training).sum())
        try optimizer.step(factor: 1, gradientScale: nil)
        try arena.zeroGradients()
        _ = try model.first(x, .evaluation())
        #expect(throws: NetworkError.notTraining(operation: "Adam.step")) {
            try optimizer.step(factor: 1, gradientScale: nil)
        }
    }

    /// An evaluation between two training steps is no mistake, nor are gradients written by hand.
    @Test func evaluationBesideTrainingIsFine() throws {
        let device = TestDevices.makePlain()
        let model = Linear(3, 2)
        let arena = try ParameterArena(model, device: device, seed: 0)
        let optimizer = try SGD(arena, groups: [ParameterGroup(learningRate: 0.1)])
        let x = try Tensor(repeating: 1, shape: [1, 3], on: device)
        try device.fill(arena.gradients, value: 1)
        try optimizer.step(factor: 1, gradientScale: nil)
        for pass in 0..<2 {
            try arena.zeroGradients()
            let context = ForwardContext.training(seed: 0, pass: pass)
            try context.backward(from: try model(x, context).sum())
            _ = try model(x, .evaluation())
            try optimizer.step(factor: 1, gradientScale: nil)
            _ = try model(x, .evaluation())
        }
        #expect(optimizer.stepCount == 3)
    }

    @Test func dropoutOutsideItsRangeIsRefusedInEvaluationToo() throws {
        let x = try Tensor(repeating: 1, shape: [2], on: TestDevices.makePlain())
        #expect(throws: TensorError.self) { try Dropout(2)(x, .evaluation()) }
    }
}
