import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Everything together: small models learn, the same everywhere, in constant memory.
@Suite(.exclusiveDevices) struct TrainingLoopTests {
    /// Two recurrent layers with dropout, a norm and a head that predicts the next vector.
    private final class Model: Module {
        let gru: GRU
        let norm = LayerNorm(16)
        let dropout: Dropout
        let head = Linear(16, 4)

        init(dropout: Float) {
            gru = GRU(input: 4, hidden: 16, layers: 2, dropout: dropout)
            self.dropout = Dropout(dropout)
        }

        var submodules: [(name: String, module: any Module)] {
            [("gru", gru), ("norm", norm), ("head", head)]
        }

        func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
            let states = try norm(try gru(x, context), context)
            return try head(try dropout(states, context).select(axis: 0, x.shape[0] - 1), context)
        }
    }

    /// A model in training on one batch of six windows of five steps.
    private final class Run {
        let device: any Device
        let model: Model
        let arena: ParameterArena
        let optimizer: Adam
        let clipping: GradientClipping
        let x: Tensor
        let target: Tensor
        var step = 0

        init(on device: any Device, dropout: Float, learningRate: Double) throws {
            self.device = device
            model = Model(dropout: dropout)
            arena = try ParameterArena(model, device: device, seed: 21)
            optimizer = try Adam(
                arena, groups: [ParameterGroup(learningRate: learningRate, weightDecay: 0.01)])
            clipping = try GradientClipping(arena, maximumNorm: 1)
            x = try CheckedInput([5, 6, 4], 1).tensor(on: device)
            target = try CheckedInput([6, 4], 2).tensor(on: device)
        }

        /// One training step; returns the loss before it, still on the device.
        func train() throws -> Tensor {
            let context = ForwardContext.training(seed: 21, pass: step)
            step += 1
            try arena.zeroGradients()
            let loss = try Loss.meanSquaredError(try model(x, context), target)
            try context.backward(from: loss)
            try optimizer.step(factor: 1, gradientScale: try clipping.scale())
            return loss
        }

        /// Trains for `steps` steps and returns the losses.
        func losses(_ steps: Int) throws -> [Float] {
            try (0..<steps).map { _ in try train().item() }
        }
    }

    @Test(arguments: TestDevices.all)
    func oneBatchIsLearnedByHeart(_ target: TestDevice) throws {
        let run = try Run(on: target.device, dropout: 0, learningRate: 0.02)
        let losses = try run.losses(100)
        #expect(losses[0] > 0.3)
        #expect(try #require(losses.last) < 1e-3)
    }

    /// Every loss of 100 steps with dropout lies within 1e-3 of that on every other device.
    @Test func curvesAgreeAcrossDevices() throws {
        let curves = try TestDevices.all.map {
            try Run(on: $0.device, dropout: 0.2, learningRate: 0.005).losses(100)
        }
        for (place, expected) in curves.enumerated() {
            #expect(expected[99] < expected[0])
            for (other, found) in curves.enumerated() where other != place {
                expectClose(
                    found, expected, Tolerance(absolute: 0, relative: 1e-3),
                    "\(TestDevices.all[other]) against \(TestDevices.all[place])")
            }
        }
    }

    @Test(arguments: TestDevices.all)
    func twoRunsAreEqualToTheBit(_ target: TestDevice) throws {
        let runs = try (0..<2).map { _ in
            let run = try Run(on: target.device, dropout: 0.2, learningRate: 0.01)
            let losses = try run.losses(10)
            return (losses, try run.device.download(run.arena.values))
        }
        #expect(runs[0].0.map(\.bitPattern) == runs[1].0.map(\.bitPattern))
        #expect(runs[0].1.map(\.bitPattern) == runs[1].1.map(\.bitPattern))
    }

    /// After three steps the pool serves every request, and no step leaves memory behind.
    @Test(arguments: TestDevices.all)
    func steadyStateTakesNoMemoryFromTheDriver(_ target: TestDevice) throws {
        let run = try Run(on: target.device, dropout: 0.2, learningRate: 0.01)
        for _ in 0..<3 { _ = try run.train() }
        try run.device.synchronize()
        let before = run.device.poolStatistics
        for _ in 0..<5 { _ = try run.train() }
        try run.device.synchronize()
        let after = run.device.poolStatistics
        #expect(after.requests > before.requests)
        #expect(after.driverAllocations == before.driverAllocations)
        #expect(after.liveBytes == before.liveBytes && after.peakBytes == before.peakBytes)
    }

    @Test(arguments: TestDevices.all)
    func evaluationLeavesNoTraceInGradientsAndMemory(_ target: TestDevice) throws {
        let run = try Run(on: target.device, dropout: 0.2, learningRate: 0.01)
        _ = try run.train()
        try run.device.synchronize()
        let gradients = try run.device.download(run.arena.gradients)
        let before = run.device.poolStatistics.liveBytes
        for _ in 0..<2 {
            let output = try run.model(run.x, .evaluation())
            #expect(!output.isRecorded)
        }
        try run.device.synchronize()
        #expect(run.device.poolStatistics.liveBytes == before)
        #expect(try run.device.download(run.arena.gradients) == gradients)
    }
}
