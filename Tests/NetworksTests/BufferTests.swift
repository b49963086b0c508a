import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// State of modules that is kept with the parameters but not trained.
@Suite(.exclusiveDevices) struct BufferTests {
    /// `y = W m + state`, with a fixed matrix and a state that recipes replace.
    private final class Memory: Module {
        let weight = Parameter([3, 4], .normal(deviation: 1))
        let matrix = Buffer([4, 5], .normal(deviation: 1))
        let state = Buffer([3, 5])

        var parameters: [(name: String, parameter: Parameter)] { [("weight", weight)] }
        var buffers: [(name: String, buffer: Buffer)] {
            [("matrix", matrix), ("state", state)]
        }

        func callAsFunction(_ context: ForwardContext) throws -> Tensor {
            try context.tensor(weight).matmul(context.tensor(matrix)) + context.tensor(state)
        }
    }

    private final class Model: Module {
        let memory = Memory()

        var submodules: [(name: String, module: any Module)] { [("memory", memory)] }
    }

    @Test(arguments: TestDevices.all)
    func buffersAreNamedCountedAndInitialised(_ target: TestDevice) throws {
        let model = Model()
        let arena = try ParameterArena(model, device: target.device, seed: 3)
        #expect(arena.bufferEntries.map(\.name) == ["memory.matrix", "memory.state"])
        #expect(arena.parameterCount == 12 && arena.bufferCount == 35)
        let stored = try arena.namedValues()
        #expect(stored.map(\.name) == ["memory.weight", "memory.matrix", "memory.state"])
        #expect(stored.map(\.shape) == [[3, 4], [4, 5], [3, 5]])
        #expect(Set(stored[1].values).count == 20)
        #expect(stored[2].values == [Float](repeating: 0, count: 15))
        #expect(try model.memory.matrix.value.values() == stored[1].values)
    }

    @Test(arguments: TestDevices.all)
    func buffersAreLoadedAndRestored(_ target: TestDevice) throws {
        let model = Model()
        let arena = try ParameterArena(model, device: target.device, seed: 3)
        var stored: [String: (shape: [Int], values: [Float])] = [:]
        for (name, shape, values) in try arena.namedValues() {
            stored[name] = (shape, values.map { $0 + 1 })
        }
        let before = try arena.namedValues().map(\.values)
        let snapshot = try arena.snapshot()
        try arena.load(stored)
        #expect(try arena.namedValues().map(\.values) == before.map { $0.map { $0 + 1 } })
        try arena.restore(snapshot)
        #expect(try arena.namedValues().map(\.values) == before)
        stored["memory.state"] = nil
        #expect(
            throws: NetworkError.incompatibleParameters(["'memory.state' is missing"])
        ) { try arena.load(stored) }
    }

    /// The optimiser leaves buffers alone, and no gradient flows into them.
    @Test(arguments: TestDevices.all)
    func buffersAreNotTrained(_ target: TestDevice) throws {
        let model = Model()
        let arena = try ParameterArena(model, device: target.device, seed: 3)
        let matrix = try model.memory.matrix.value.values()
        let optimizer = try Adam(
            arena, groups: [ParameterGroup(learningRate: 0.1, weightDecay: 0.1)])
        let context = ForwardContext.training(seed: 0, pass: 0)
        try context.backward(from: try model.memory(context).squared().sum())
        try optimizer.step(factor: 1, gradientScale: nil)
        #expect(try model.memory.matrix.value.values() == matrix)
    }

    @Test(arguments: TestDevices.all)
    func replacedValuesAreReadByRecordedSteps(_ target: TestDevice) throws {
        let device = target.device
        let model = Model()
        let arena = try ParameterArena(model, device: device, seed: 3)
        let output = try Tensor(repeating: 0, shape: [3, 5], on: device)
        func pass() throws {
            let y = try model.memory(.evaluation())
            try device.affine(input: y.slice, output: output.slice, scale: 1, offset: 0)
            try model.memory.state.replace(with: y)
        }
        let recording = try device.record(pass: 0) { try pass() }
        let first = try output.values()
        #expect(try model.memory.state.value.values() == first)
        try recording.replay(pass: 1)
        let product = try model.memory.weight.value.matmul(model.memory.matrix.value).values()
        #expect(try output.values() == zip(product, first).map { $0 + $1 })
        #expect(arena.bufferEntries.count == 2)
    }

    @Test func wrongReplacementsAreRefused() throws {
        let device = TestDevices.makePlain()
        let model = Model()
        #expect(throws: NetworkError.unboundParameter(shape: [3, 5])) {
            try model.memory.state.value
        }
        _ = try ParameterArena(model, device: device, seed: 3)
        let wrong = try Tensor(repeating: 0, shape: [5, 3], on: device)
        #expect(throws: TensorError.self) { try model.memory.state.replace(with: wrong) }
        let elsewhere = try Tensor(
            repeating: 0, shape: [3, 5], on: TestDevices.makePlain())
        #expect(throws: TensorError.self) { try model.memory.state.replace(with: elsewhere) }
    }

    /// Gradients computed from values that have changed since would be wrong without a sign of it.
    @Test func aReplacementBeforeTheBackwardPassIsRefused() throws {
        let device = TestDevices.makePlain()
        let model = Model()
        _ = try ParameterArena(model, device: device, seed: 3)
        let context = ForwardContext.training(seed: 0, pass: 0)
        let y = try model.memory(context)
        try model.memory.state.replace(with: y.detached)
        let error = #expect(throws: NetworkError.self) { try context.backward(from: y.sum()) }
        #expect("\(try #require(error))".contains("replace it after the backward pass"))
    }
}
