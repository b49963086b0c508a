import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

import Foundation

/// Several threads train on one device at the same time and get what each gets alone, to the bit.
@Suite(.exclusiveDevices) struct SharedDeviceTests {
    private static let threads = 4
    private static let steps = 8

    /// A recurrent layer that is large enough for the device's threads, and small layers that are not; each number another size.
    private final class Model: Module {
        let gru: GRU
        let norm: LayerNorm
        let dropout = Dropout(0.25)
        let hidden: Linear
        let head: Linear

        init(_ number: Int) {
            gru = GRU(input: 8 + number, hidden: 64 + 8 * number)
            norm = LayerNorm(64 + 8 * number)
            hidden = Linear(64 + 8 * number, 20 + number, activation: .relu)
            head = Linear(20 + number, 3)
        }

        var submodules: [(name: String, module: any Module)] {
            [("gru", gru), ("norm", norm), ("hidden", hidden), ("head", head)]
        }

        func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
            let states = try norm(gru(x, context), context)
            return try head(dropout(hidden(states, context), context), context)
        }
    }

    /// Trains model number `number`; odd ones by recorded steps.
    ///
    /// Returns the bits of the weights and of the losses.
    private static func train(_ number: Int, on device: any Device) throws -> [UInt32] {
        let model = Model(number)
        let arena = try ParameterArena(model, device: device, seed: UInt64(number))
        let optimizer = try Adam(
            arena, groups: [ParameterGroup(learningRate: 0.01, weightDecay: 0.1)])
        let input = try CheckedInput([12, 16, 8 + number], UInt64(number)).tensor(on: device)
        let target = try CheckedInput([12, 16, 3], UInt64(number + 5)).tensor(on: device)
        let losses = try device.allocate(1).slice
        try device.fill(losses, value: 0)
        var recording: DeviceRecording?
        for step in 0..<steps {
            func issue() throws {
                try arena.zeroGradients()
                let context = ForwardContext.training(seed: UInt64(number), pass: step)
                let loss = try Loss.meanSquaredError(model(input, context), target)
                try device.axpy(alpha: 4, x: loss.slice, y: losses)
                try context.tape?.backward(from: loss, scale: 1)
            }
            if number % 2 == 0 {
                try issue()
            } else if let recording, step == 1 {
                try recording.verify(pass: step, issue)
            } else if let recording {
                try recording.replay(pass: step)
            } else {
                recording = try device.record(pass: step, issue)
            }
            try optimizer.step(factor: 1, gradientScale: nil)
        }
        return try (device.download(arena.values) + device.download(losses)).map(\.bitPattern)
    }

    /// What all threads found, in the order of their numbers.
    private final class Results: @unchecked Sendable {
        private let lock = NSLock()
        private var found: [Int: Result<[UInt32], any Error>] = [:]

        func put(_ number: Int, _ result: Result<[UInt32], any Error>) {
            lock.withLock { found[number] = result }
        }

        func get(_ number: Int) throws -> [UInt32]? {
            try lock.withLock { try found[number]?.get() }
        }
    }

    @Test(arguments: TestDevices.all)
    func threadsOnOneDeviceGetWhatEachGetsAlone(_ target: TestDevice) throws {
        let device = target.device
        let alone = try (0..<Self.threads).map { try Self.train($0, on: device) }
        for _ in 0..<3 {
            let results = Results()
            let done = DispatchSemaphore(value: 0)
            for number in 0..<Self.threads {
                Thread.detachNewThread {
                    results.put(number, Result { try Self.train(number, on: device) })
                    done.signal()
                }
            }
            for _ in 0..<Self.threads { done.wait() }
            for number in 0..<Self.threads {
                #expect(try results.get(number) == alone[number])
            }
        }
    }

    /// Small work that stays on its thread and large work of the device's threads, on one processor.
    @Test func operationsOfSeveralThreadsDoNotMeet() throws {
        let device = try CPUDevice(threads: 2)
        let results = Results()
        let done = DispatchSemaphore(value: 0)
        for number in 0..<Self.threads {
            Thread.detachNewThread {
                results.put(
                    number,
                    Result {
                        let size = number % 2 == 0 ? 24 : 200
                        let ones = try device.allocate(size * size).slice
                        try device.fill(ones, value: 1)
                        let product = try device.allocate(size * size).slice
                        for _ in 0..<60 {
                            try device.matmul(
                                left: ones, right: ones, bias: nil, output: product,
                                MatmulParameters(
                                    m: size, n: size, k: size, transposeRight: number > 1))
                            let values: [Float] = try device.download(product)
                            guard values.allSatisfy({ $0 == Float(size) }) else { return [1] }
                        }
                        return [0]
                    })
                done.signal()
            }
        }
        for _ in 0..<Self.threads { done.wait() }
        for number in 0..<Self.threads { #expect(try results.get(number) == [0]) }
        #expect(device.handOffs >= 120)
    }
}
