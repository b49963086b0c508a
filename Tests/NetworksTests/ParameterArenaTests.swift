import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Names, places, initial values, loading and saving of parameters.
@Suite(.exclusiveDevices) struct ParameterArenaTests {
    /// A model with every kind of layer; `decoder` shares the weight of `encoder`.
    private final class Model: Module {
        let embedding = Embedding(11, 6)
        let gru = GRU(input: 6, hidden: 5, layers: 2)
        let norm = LayerNorm(5)
        let head = Linear(5, 3)
        let tied: Tied

        init() { tied = Tied(embedding) }

        var submodules: [(name: String, module: any Module)] {
            [
                ("embedding", embedding), ("gru", gru), ("norm", norm), ("head", head),
                ("tied", tied),
            ]
        }
    }

    private final class Tied: Module {
        let embedding: Embedding

        init(_ embedding: Embedding) { self.embedding = embedding }

        var parameters: [(name: String, parameter: Parameter)] { [("weight", embedding.weight)] }
    }

    private final class Named: Module {
        let parameters: [(name: String, parameter: Parameter)]

        init(_ parameters: [(name: String, parameter: Parameter)]) { self.parameters = parameters }
    }

    private static let names = [
        "embedding.weight", "gru.weight_ih_l0", "gru.weight_hh_l0", "gru.bias_ih_l0",
        "gru.bias_hh_l0", "gru.weight_ih_l1", "gru.weight_hh_l1", "gru.bias_ih_l1",
        "gru.bias_hh_l1", "norm.weight", "norm.bias", "head.weight", "head.bias",
    ]

    /// The counts are those of `sum(p.numel() for p in model.parameters())` in PyTorch.
    @Test(arguments: TestDevices.all)
    func namesAndCountsArePyTorchs(_ target: TestDevice) throws {
        let arena = try ParameterArena(Model(), device: target.device, seed: 1)
        #expect(arena.entries.map(\.name) == Self.names)
        let gru = 15 * 6 + 15 * 5 + 30 + 15 * 5 + 15 * 5 + 30
        #expect(arena.parameterCount == 66 + gru + 10 + 18)
        #expect(arena.entries.allSatisfy { $0.start % 16 == 0 })
        #expect(
            try arena.namedValues().map(\.shape)
                == arena.entries.map { $0.parameter.shape.dimensions })
    }

    /// Golden files carry the names of PyTorch's `state_dict`.
    @Test(
        arguments: [
            ("gru-3-layers", GRU(input: 10, hidden: 15, layers: 3) as any Module),
            ("linear", Linear(33, 17)), ("layer-norm", LayerNorm(65)),
            ("embedding", Embedding(11, 5)),
        ].map { ($0.0, Set($0.1.namedParameters.map(\.name))) })
    func namesOfLayersArePyTorchs(_ name: String, _ names: Set<String>) throws {
        #expect(try Set(Golden(name).arrays(prefix: "parameter.").keys) == names)
    }

    @Test(arguments: TestDevices.all)
    func aSharedParameterIsHeldOnceAndGetsBothGradients(_ target: TestDevice) throws {
        let model = Model()
        let arena = try ParameterArena(model, device: target.device, seed: 1)
        let tape = Tape()
        let context = ForwardContext(tape: tape, isTraining: false, seed: 0, pass: 0)
        let first = try context.tensor(model.embedding.weight)
        let second = try context.tensor(model.tied.embedding.weight)
        try tape.backward(from: try (first.sum() + second.sum() * 2))
        #expect(tape.count == 5)
        #expect(
            try arena.entries[0].parameter.gradient.values() == [Float](repeating: 3, count: 66))
    }

    @Test func equalNamesAreRefused() throws {
        let model = Named([
            ("a", Parameter([1], .constant(0))), ("a", Parameter([2], .constant(0))),
        ])
        #expect(throws: NetworkError.duplicateName("a")) {
            try ParameterArena(model, device: TestDevices.makePlain(), seed: 0)
        }
    }

    @Test func wrongNumberOfInitialValuesIsRefused() throws {
        let model = Named([("a", Parameter([3], .values([1, 2])))])
        #expect(throws: NetworkError.self) {
            try ParameterArena(model, device: TestDevices.makePlain(), seed: 0)
        }
    }

    @Test func aParameterWithoutMemorySaysSo() throws {
        let layer = Linear(2, 3)
        let x = try Tensor([1, 2], shape: [1, 2], on: TestDevices.makePlain())
        #expect(throws: NetworkError.unboundParameter(shape: [3, 2])) {
            try layer(x, .evaluation())
        }
    }

    @Test func loadingReportsAllProblemsAtOnceAndChangesNothing() throws {
        let arena = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 1)
        let before = try arena.device.download(arena.values)
        var stored: [String: (shape: [Int], values: [Float])] = [:]
        for (name, shape, values) in try arena.namedValues() {
            stored[name] = (shape, values.map { _ in 9 })
        }
        stored["norm.weight"] = nil
        stored["head.weight"] = ([5, 3], [Float](repeating: 9, count: 15))
        stored["head.bias"] = ([3], [9])
        stored["extra"] = ([1], [9])
        let error = try #require(throws: NetworkError.self) { try arena.load(stored) }
        #expect(
            error
                == .incompatibleParameters([
                    "'head.bias' has 1 values for shape [3]", "'norm.weight' is missing",
                    "'head.weight' has shape [5, 3], expected [3, 5]",
                    "'extra' is not part of the model",
                ]))
        #expect(try arena.device.download(arena.values) == before)
    }

    @Test(arguments: TestDevices.all)
    func whatIsSavedIsLoaded(_ target: TestDevice) throws {
        let arena = try ParameterArena(Model(), device: target.device, seed: 1)
        let other = try ParameterArena(Model(), device: target.device, seed: 2)
        var stored: [String: (shape: [Int], values: [Float])] = [:]
        for (name, shape, values) in try arena.namedValues() { stored[name] = (shape, values) }
        #expect(try other.namedValues().map(\.values) != arena.namedValues().map(\.values))
        try other.load(stored)
        #expect(try other.namedValues().map(\.values) == arena.namedValues().map(\.values))
    }

    /// Zero with a sign, the smallest numbers and infinities keep their bits; arithmetic would change some of them.
    @Test(arguments: TestDevices.all)
    func snapshotsAreExact(_ target: TestDevice) throws {
        let special: [Float] = [-0.0, .leastNonzeroMagnitude, -.leastNormalMagnitude, .infinity, 1]
        let model = Named([("a", Parameter([5], .values(special)))])
        let arena = try ParameterArena(model, device: target.device, seed: 0)
        let snapshot = try arena.snapshot()
        try target.device.fill(arena.values, value: 7)
        try arena.restore(snapshot)
        let restored = try model.parameters[0].parameter.value.values()
        #expect(restored.map(\.bitPattern) == special.map(\.bitPattern))
        let short = try target.device.allocate(3)
        #expect(throws: NetworkError.self) { try arena.restore(short) }
    }

    @Test(arguments: TestDevices.all)
    func initialValuesAreTheSameOnEveryDevice(_ target: TestDevice) throws {
        let plain = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 5)
        let here = try ParameterArena(Model(), device: target.device, seed: 5)
        let other = try ParameterArena(Model(), device: target.device, seed: 6)
        #expect(try here.namedValues().map(\.values) == plain.namedValues().map(\.values))
        #expect(try here.namedValues()[0].values != other.namedValues()[0].values)
    }

    /// Every parameter has a stream of its own: no two arrays begin alike.
    @Test func parametersDoNotShareNumbers() throws {
        let arena = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 5)
        let random = try arena.namedValues().filter { !$0.name.hasPrefix("norm") }
        #expect(Set(random.map { $0.values[0] }).count == random.count)
    }

    @Test(arguments: TestDevices.all)
    func gradientsAreAccumulatedOverPassesUntilZeroed(_ target: TestDevice) throws {
        let layer = Linear(4, 2)
        let arena = try ParameterArena(layer, device: target.device, seed: 3)
        let x = try CheckedInput([3, 4], 1).tensor(on: target.device)
        func pass(_ scale: Float) throws {
            let context = ForwardContext.training(seed: 0, pass: 0)
            let tape = try #require(context.tape)
            try tape.backward(from: try layer(x, context).squared().mean(), scale: scale)
        }
        try pass(1)
        let whole = try target.device.download(arena.gradients)
        try arena.zeroGradients()
        #expect(try target.device.download(arena.gradients).allSatisfy { $0 == 0 })
        try pass(0.5)
        try pass(0.5)
        // Halving and adding equal halves is exact in binary arithmetic.
        #expect(try target.device.download(arena.gradients) == whole)
    }
}
