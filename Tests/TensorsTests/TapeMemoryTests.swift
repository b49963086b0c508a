import TandemBasics
import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// What a tape keeps alive, and for how long.
@Suite(.exclusiveDevices) struct TapeMemoryTests {
    /// A pass that records every kind of node.
    private func everyOperation(_ tape: Tape, on device: any Device) throws -> Tensor {
        let x = tape.variable(try CheckedInput([4, 3, 2], 1).tensor(on: device))
        let weight = tape.variable(try CheckedInput([6, 2], 2).tensor(on: device))
        let bias = tape.variable(try Tensor(repeating: 0.1, shape: [6], on: device))
        let scale = tape.variable(try Tensor(repeating: 1, shape: [2], on: device))
        let y = try x.gru(weightIH: weight, weightHH: weight, biasIH: bias, biasHH: bias)
            .layerNorm(gamma: scale, beta: scale)
        let z = try y.linear(weight: weight, bias: bias, activation: .gelu)
            .dropout(probability: 0.5, stream: RandomStream(seed: 1, identifier: 2))
            .transposed(0, 1).select(axis: 1, 3).l2Normalized().softmax()
        let joined = try Tensor.concatenate([z, (z / (z + 1)).slice(axis: 0, 1..<3)], axis: 0)
        let scores = try joined.matmul(joined, transposeRight: true) * bias.sum() - joined.mean()
        let rows = try IndexTensor([0, 4, 4, 1], shape: [4], on: device)
        return try scores.gather(rows).reshaped([2, 10]).softmaxCrossEntropy(
            targets: try IndexTensor([3, 9], shape: [2], on: device)
        ).sumOverFirstAxis() + scores.sumOverLastAxis().squared().affine(scale: 2).mean()
    }

    @Test(arguments: TestDevices.all)
    func aTapeDroppedWithoutBackwardReleasesEverything(_ target: TestDevice) throws {
        let before = target.device.poolStatistics.liveBytes
        weak var dropped: Tape?
        try {
            let tape = Tape()
            dropped = tape
            let loss = try everyOperation(tape, on: target.device)
            #expect(loss.isRecorded && target.device.poolStatistics.liveBytes > before)
        }()
        try target.device.synchronize()
        #expect(dropped == nil)
        #expect(target.device.poolStatistics.liveBytes == before)
    }

    /// After the pass only the four gradients, their variables and the loss are left.
    @Test(arguments: TestDevices.all)
    func backwardReleasesWhatNodesSaved(_ target: TestDevice) throws {
        let before = target.device.poolStatistics.liveBytes
        let tape = Tape()
        let loss = try everyOperation(tape, on: target.device)
        let recorded = target.device.poolStatistics.liveBytes
        try tape.backward(from: loss)
        try target.device.synchronize()
        let after = target.device.poolStatistics.liveBytes
        let smallest = BufferPool<Int>.sizeClass(4)
        #expect(after < recorded)
        #expect(after - before <= 5 * smallest)
        #expect(try loss.item().isFinite)
    }

    @Test(arguments: TestDevices.all)
    func evaluationKeepsOnlyItsResult(_ target: TestDevice) throws {
        let before = target.device.poolStatistics.liveBytes
        let x = try Tensor(repeating: 0.5, shape: [8, 8], on: target.device)
        var y = x
        for _ in 0..<10 { y = try y.matmul(x).tanh() }
        try target.device.synchronize()
        let size = BufferPool<Int>.sizeClass(4 * 64)
        #expect(target.device.poolStatistics.liveBytes - before == 2 * size)
        #expect(try y.values().allSatisfy(\.isFinite))
    }

    @Test(arguments: TestDevices.all)
    func repeatedPassesReachTheDriverOnce(_ target: TestDevice) throws {
        var allocations: [Int] = []
        for _ in 0..<8 {
            let tape = Tape()
            try tape.backward(from: try everyOperation(tape, on: target.device))
            allocations.append(target.device.poolStatistics.driverAllocations)
        }
        #expect(Set(allocations.dropFirst(3)).count == 1)
    }
}
