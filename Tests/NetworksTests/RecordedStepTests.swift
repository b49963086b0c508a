import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Steps that are recorded and replayed equal steps issued anew, to the bit.
@Suite(.exclusiveDevices) struct RecordedStepTests {
    /// What recipes are made of: recurrent layers with dropout, norms, an embedding, linear layers, several losses.
    private final class Model: Module {
        let embedding = Embedding(9, 6)
        let gru = GRU(input: 6, hidden: 10, layers: 2, dropout: 0.2)
        let norm = LayerNorm(10)
        let dropout = Dropout(0.3)
        let hidden = Linear(10, 7, activation: .gelu)
        let head = Linear(7, 5)

        var submodules: [(name: String, module: any Module)] {
            [
                ("embedding", embedding), ("gru", gru), ("norm", norm), ("hidden", hidden),
                ("head", head),
            ]
        }

        func callAsFunction(_ words: IndexTensor, _ context: ForwardContext) throws -> Tensor {
            let steps = try embedding(words, context).reshaped([3, 4, 6])
            let states = try norm(gru(steps, context), context)
            let last = try dropout(states, context).select(axis: 0, 2)
            return try head(hidden(last.relu(), context), context)
        }
    }

    private final class Run {
        let device: any Device
        let model = Model()
        let arena: ParameterArena
        let optimizer: Adam
        let words: IndexBuffer
        let classes: IndexBuffer
        let vectors: Tensor
        let numbers: IndexTensor
        let losses: BufferSlice
        var recording: DeviceRecording?

        /// Whether steps are recorded, verified once and replayed.
        private let records: Bool
        private var isVerified = false

        init(on device: any Device, records: Bool) throws {
            self.records = records
            self.device = device
            arena = try ParameterArena(model, device: device, seed: 4)
            optimizer = try Adam(
                arena, groups: [ParameterGroup(learningRate: 0.01, weightDecay: 0.1)])
            words = try IndexBuffer(capacity: 12, bound: 9, on: device)
            classes = try IndexBuffer(capacity: 4, bound: 5, on: device)
            vectors = try CheckedInput([4, 5], 3).tensor(on: device)
            numbers = try IndexTensor(upTo: 4, on: device)
            losses = try device.allocate(3).slice
            try device.fill(losses, value: 0)
        }

        func stage(_ step: Int) throws {
            try words.replace(with: (0..<12).map { Int32(($0 * 5 + step * step) % 9) }[...])
            try classes.replace(with: (0..<4).map { Int32(($0 + step) % 5) }[...])
        }

        func issue(_ step: Int) throws {
            try arena.zeroGradients()
            let context = ForwardContext.training(seed: 4, pass: step)
            let output = try model(words.tensor(count: 12), context)
            let terms = [
                try Loss.crossEntropy(output, targets: classes.tensor(count: 4)),
                try Loss.cosine(output, vectors),
                try Loss.infoNCE(
                    predictions: output.l2Normalized(), targets: vectors.l2Normalized(),
                    temperature: 0.5, classes: numbers),
            ]
            for (place, term) in terms.enumerated() {
                try device.axpy(
                    alpha: 4, x: term.slice, y: losses.part(from: place, count: 1))
            }
            try context.backward(from: terms[0] + terms[1] * 0.5 + terms[2], scale: 0.5)
        }

        func train(_ steps: Int) throws -> [UInt32] {
            for step in 0..<steps {
                try stage(step)
                if !records {
                    try issue(step)
                } else if let recording, isVerified {
                    try recording.replay(pass: step)
                } else if let recording {
                    try recording.verify(pass: step) { try issue(step) }
                    isVerified = true
                } else {
                    recording = try device.record(pass: step) { try issue(step) }
                }
                try optimizer.step(factor: 1, gradientScale: nil)
            }
            return try (device.download(arena.values) + device.download(losses)).map(\.bitPattern)
        }
    }

    @Test(arguments: TestDevices.all)
    func recordedStepsEqualStepsIssuedAnew(_ target: TestDevice) throws {
        let anew = try Run(on: target.device, records: false).train(8)
        #expect(try Run(on: target.device, records: true).train(8) == anew)
        #expect(try Run(on: target.device, records: true).train(7) != anew)
    }

    /// A replay takes no memory, neither from the driver nor from the pool (a device's own scratch goes back at once).
    @Test(arguments: TestDevices.all)
    func replaysKeepTheMemoryConstant(_ target: TestDevice) throws {
        let run = try Run(on: target.device, records: true)
        _ = try run.train(3)
        let before = run.device.poolStatistics
        _ = try run.train(3)
        let after = run.device.poolStatistics
        #expect(after.driverAllocations == before.driverAllocations)
        #expect(after.liveBytes == before.liveBytes && after.peakBytes == before.peakBytes)
    }
}
