import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemNetworks

/// Parts of a model whose forward pass is repeated in the backward pass.
@Suite(.exclusiveDevices) struct RecomputationTests {
    private func model() -> Sequential {
        Sequential([Linear(6, 9), Dropout(0.4), Linear(9, 5), Dropout(0.3), Linear(5, 2)])
    }

    /// Loss, gradients, and the first number of the dropout stream that comes next, over three parts of a batch.
    private func step(_ target: TestDevice, recomputes: Bool, pass: Int = 4) throws -> [[Float]] {
        let model = model()
        let arena = try ParameterArena(model, device: target.device, seed: 7)
        let context = ForwardContext.training(seed: 3, pass: pass)
        let parts = try (0..<3).map { part in
            let input = try CheckedInput([4, 6], UInt64(part)).tensor(on: target.device)
            return recomputes
                ? try context.recomputed { try model(input, $0) } : try model(input, context)
        }
        let outputs = try Tensor.concatenate(parts)
        let loss = try (try outputs.matmul(outputs, transposeRight: true)).squared().mean()
        try context.backward(from: loss)
        let next = try Tensor.uniform([1], stream: context.nextDropoutStream(), on: target.device)
        return [try loss.values(), try target.device.download(arena.gradients), try next.values()]
    }

    @Test(arguments: TestDevices.all)
    func givesTheSameLossAndGradientsWithDropout(_ target: TestDevice) throws {
        let (plain, again) = (
            try step(target, recomputes: false), try step(target, recomputes: true)
        )
        #expect(again[0] == plain[0])
        #expect(again[2] == plain[2])
        #expect(plain[1].contains { $0 != 0 })
        let largest = try #require(plain[1].map(\.magnitude).max())
        for (a, b) in zip(again[1], plain[1]) { #expect(abs(a - b) <= 1e-5 * largest) }
        #expect(try step(target, recomputes: true, pass: 5)[0] != plain[0])
    }

    @Test(arguments: TestDevices.all)
    func evaluationComputesOnce(_ target: TestDevice) throws {
        let model = model()
        _ = try ParameterArena(model, device: target.device, seed: 7)
        let input = try CheckedInput([4, 6], 1).tensor(on: target.device)
        var calls = 0
        let output = try ForwardContext.evaluation().recomputed { context in
            calls += 1
            return try model(input, context)
        }
        #expect(calls == 1)
        #expect(try output.values() == model(input, .evaluation()).values())
    }

    /// Work for the end waits for that of the whole pass, and is done once for each part.
    @Test func workForTheEndIsDoneOnce() throws {
        let device = TestDevices.makePlain()
        let model = model()
        _ = try ParameterArena(model, device: device, seed: 7)
        let input = try CheckedInput([4, 6], 1).tensor(on: device)
        let context = ForwardContext.training(seed: 3, pass: 0)
        var (calls, events) = (0, [String]())
        let parts = try (0..<2).map { part in
            try context.recomputed { context in
                calls += 1
                context.afterBackward { events.append("\(part) after \(calls) calls") }
                return try model(input, context)
            }
        }
        #expect(events.isEmpty)
        try context.backward(from: try (parts[0] + parts[1]).mean())
        #expect(events.sorted() == ["0 after 4 calls", "1 after 4 calls"])
    }

    /// What the first pass computes is not kept: the memory is that of one part.
    @Test func memoryIsThatOfOnePart() throws {
        func peak(recomputes: Bool) throws -> Int {
            let device = TestDevices.makePlain()
            let layers = (0..<12).map { _ in Linear(64, 64) }
            let model = Sequential(layers)
            let arena = try ParameterArena(model, device: device, seed: 7)
            let input = try Tensor(repeating: 0.1, shape: [32, 64], on: device)
            let start = device.poolStatistics.liveBytes
            let context = ForwardContext.training(seed: 3, pass: 0)
            let parts = try (0..<8).map { _ in
                recomputes
                    ? try context.recomputed { try model(input, $0) } : try model(input, context)
            }
            try context.backward(from: try Tensor.concatenate(parts).squared().mean())
            _ = try device.download(arena.gradients)
            return device.poolStatistics.peakBytes - start
        }
        let (again, plain) = (try peak(recomputes: true), try peak(recomputes: false))
        #expect(2 * again < plain, "\(again) bytes, without recomputation \(plain)")
    }
}
