import TandemBasics
import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// Values, views, broadcasting and the errors of tensors.
@Suite(.exclusiveDevices) struct TensorTests {
    private func counting(_ shape: Shape, on device: any Device) throws -> Tensor {
        try Tensor((0..<shape.count).map(Float.init), shape: shape, on: device)
    }

    @Test(arguments: TestDevices.all)
    func viewsOfTheFirstAxisShareMemoryAndAreReadAtTheirOffset(_ target: TestDevice) throws {
        let x = try counting([5, 3], on: target.device)
        let view = try x.slice(axis: 0, 1..<4)
        #expect(view.slice.buffer === x.slice.buffer && view.slice.offset == 3)
        #expect(try view.values() == (3..<12).map(Float.init))
        #expect(try view.slice(axis: 0, 2..<3).values() == [9, 10, 11])
        #expect(try (view * 2).values() == (3..<12).map { Float(2 * $0) })
        #expect(try view.sumOverFirstAxis().values() == [18, 21, 24])
        let square = try view.matmul(view, transposeRight: true).values()
        #expect(square == [50, 86, 122, 86, 149, 212, 122, 212, 302])
        #expect(try x.select(axis: 0, 4).values() == [12, 13, 14])
        #expect(try x.select(axis: 1, 2).values() == [2, 5, 8, 11, 14])
    }

    @Test(arguments: TestDevices.all)
    func aViewOutlivesItsSource(_ target: TestDevice) throws {
        let view = try counting([4, 2], on: target.device).slice(axis: 0, 2..<4)
        for _ in 0..<4 { _ = try Tensor(repeating: -1, shape: [4, 2], on: target.device) }
        #expect(try view.values() == [4, 5, 6, 7])
    }

    struct Broadcast: Sendable {
        let left: Shape
        let right: Shape
        var result: Shape = []
        var sum: [Float] = []
    }

    /// Element `i` of the left operand is `i`, of the right one `10 i`.
    @Test(
        arguments: TestDevices.all,
        [
            Broadcast(left: [2, 2], right: [2], result: [2, 2], sum: [0, 11, 2, 13]),
            Broadcast(left: [2, 2], right: [1, 2], result: [2, 2], sum: [0, 11, 2, 13]),
            Broadcast(left: [2, 2], right: [2, 1], result: [2, 2], sum: [0, 1, 12, 13]),
            Broadcast(left: [2], right: [2, 2], result: [2, 2], sum: [0, 11, 20, 31]),
            Broadcast(left: [2, 1], right: [2, 2], result: [2, 2], sum: [0, 10, 21, 31]),
            Broadcast(left: [2, 1, 2], right: [2], result: [2, 1, 2], sum: [0, 11, 2, 13]),
            Broadcast(
                left: [2, 1, 2], right: [2, 1, 1], result: [2, 1, 2], sum: [0, 1, 12, 13]),
            Broadcast(
                left: [2, 2, 1], right: [2, 2, 1], result: [2, 2, 1], sum: [0, 11, 22, 33]),
            Broadcast(left: [2, 2, 1], right: [2, 1], result: [2, 2, 1], sum: [0, 11, 2, 13]),
            Broadcast(left: [3], right: [], result: [3], sum: [0, 1, 2]),
            Broadcast(left: [3, 1], right: [1, 2], result: [3, 2], sum: [0, 10, 1, 11, 2, 12]),
            Broadcast(left: [2], right: [2, 1], result: [2, 2], sum: [0, 1, 10, 11]),
            Broadcast(
                left: [1, 2, 1], right: [2, 1, 2], result: [2, 2, 2],
                sum: [0, 10, 1, 11, 20, 30, 21, 31]),
            Broadcast(
                left: [2, 1, 1, 1, 1, 2], right: [1, 1, 2, 1, 1, 1], result: [2, 1, 2, 1, 1, 2],
                sum: [0, 1, 10, 11, 2, 3, 12, 13]),
            Broadcast(left: [2, 1, 0], right: [3, 1], result: [2, 3, 0]),
            Broadcast(left: [1, 1], right: [3, 1], result: [3, 1], sum: [0, 10, 20]),
            Broadcast(left: [1], right: [1, 1], result: [1, 1], sum: [0]),
            Broadcast(left: [0, 3], right: [3], result: [0, 3]),
            Broadcast(left: [3, 0], right: [3, 1], result: [3, 0]),
            Broadcast(left: [0], right: [], result: [0]),
        ])
    func broadcastsAsNumPy(_ target: TestDevice, _ example: Broadcast) throws {
        let left = try counting(example.left, on: target.device)
        let right = try counting(example.right, on: target.device) * 10
        let sum = try left + right
        #expect(sum.shape == example.result)
        #expect(try sum.values() == example.sum)
        #expect(try (left - right * -1).values() == example.sum)
    }

    @Test(
        arguments: TestDevices.all,
        [
            Broadcast(left: [2, 3], right: [2]), Broadcast(left: [4, 2, 5], right: [4, 1]),
            Broadcast(left: [2, 3], right: [3, 2]), Broadcast(left: [0], right: [2]),
            Broadcast(left: [4, 1, 5], right: [4, 2, 4]),
        ])
    func refusesShapesThatDoNotFit(_ target: TestDevice, _ example: Broadcast) throws {
        let left = try counting(example.left, on: target.device)
        let right = try counting(example.right, on: target.device)
        #expect(throws: TensorError.self) { try left + right }
        #expect(throws: TensorError.self) { try right / left }
    }

    @Test(arguments: TestDevices.all)
    func emptyTensorsComputeNothing(_ target: TestDevice) throws {
        let empty = try Tensor([], shape: [0, 3], on: target.device)
        let weight = try counting([2, 3], on: target.device)
        #expect(try empty.sum().item() == 0)
        #expect(try empty.sumOverFirstAxis().values() == [0, 0, 0])
        #expect(try empty.softmax().squared().values() == [])
        #expect(try empty.linear(weight: weight).shape == [0, 2])
        #expect(try Tensor.concatenate([empty, weight], axis: 0).values() == weight.values())
        #expect(try weight.slice(axis: 1, 1..<1).shape == [2, 0])
        #expect(throws: TensorError.self) { try empty.mean() }
    }

    @Test(arguments: TestDevices.all)
    func gradientsOfEmptyBatchesAreZero(_ target: TestDevice) throws {
        let tape = Tape()
        let weight = tape.variable(try counting([2, 3], on: target.device))
        let empty = try Tensor([], shape: [0, 3], on: target.device)
        try tape.backward(from: try empty.linear(weight: weight).sum())
        #expect(try tape.gradient(of: weight)?.values() == [0, 0, 0, 0, 0, 0])
    }

    @Test(arguments: TestDevices.all)
    func refusesOperandsOfAnotherDevice(_ target: TestDevice) throws {
        let here = try counting([2, 2], on: target.device)
        let there = try counting([2, 2], on: TestDevices.makePlain())
        let vector = try counting([2], on: target.device)
        let foreign = try counting([2], on: TestDevices.makePlain())
        let mismatches: [(String, () throws -> Tensor)] = [
            ("add", { try here + there }), ("matmul", { try here.matmul(there) }),
            ("linear", { try here.linear(weight: here, bias: foreign) }),
            ("layerNorm", { try here.layerNorm(gamma: vector, beta: foreign) }),
            ("concatenate", { try Tensor.concatenate([here, here, there], axis: 0) }),
            (
                "gather",
                { try here.gather(try IndexTensor([0], shape: [1], on: TestDevices.makePlain())) }
            ),
            (
                "softmaxCrossEntropy",
                {
                    try here.softmaxCrossEntropy(
                        targets: try IndexTensor([0, 1], shape: [2], on: TestDevices.makePlain()))
                }
            ),
        ]
        for (operation, call) in mismatches {
            #expect(
                throws: TensorError.deviceMismatch(
                    operation: operation, left: target.device.identifier, right: "plain")
            ) { try call() }
        }
        #expect(try (here + there.copied(to: target.device)).values() == [0, 2, 4, 6])
    }

    @Test(arguments: TestDevices.all)
    func refusesWrongArguments(_ target: TestDevice) throws {
        let device = target.device
        let x = try counting([2, 3], on: device)
        let wrong: [() throws -> Any] = [
            { try Tensor([1, 2], shape: [3], on: device) }, { try x.item() },
            { try x.reshaped([7]) }, { try x.transposed(0, 2) }, { try x.transposed(-3, 0) },
            { try x.slice(axis: 1, 2..<4) }, { try x.slice(axis: 2, 0..<1) },
            { try x.select(axis: 0, 2) }, { try x.select(axis: 0, -3) },
            { try x.matmul(x) }, { try x.matmul(try x.reshaped([1, 2, 3])) },
            { try x.linear(weight: try x.reshaped([3, 2])) },
            { try x.linear(weight: x, bias: try counting([3], on: device)) },
            { try x.layerNorm(gamma: x, beta: x) }, { try Tensor.concatenate([], axis: 0) },
            { try Tensor.concatenate([x, try x.reshaped([3, 2])], axis: 0) },
            { try x.dropout(probability: 1, stream: RandomStream(seed: 0, identifier: 0)) },
            { try x.dropout(probability: .nan, stream: RandomStream(seed: 0, identifier: 0)) },
            { try x.gru(weightIH: x, weightHH: x, biasIH: x, biasHH: x) },
            { try x.gather(try IndexTensor([0, 2], shape: [2], on: device)) },
            { try x.gather(try IndexTensor([-1], shape: [1], on: device)) },
            { try IndexTensor([0, 1], shape: [3], on: device) },
        ]
        for (position, call) in wrong.enumerated() {
            #expect(throws: TensorError.self, "case \(position)") { try call() }
        }
    }

    /// -5 lies between the ignore index -100 and 0, and 7 above the classes: neither may reach the device.
    @Test(arguments: TestDevices.all, [-5, 3, 7] as [Int32])
    func refusesClassesThatAreNone(_ target: TestDevice, _ wrong: Int32) throws {
        let logits = try counting([2, 3], on: target.device)
        let targets = try IndexTensor([-100, wrong], shape: [2], on: target.device)
        let error = try #require(throws: TensorError.self) {
            try logits.softmaxCrossEntropy(targets: targets)
        }
        #expect(error.description.contains("target \(wrong) of row 1"))
        let padding = try IndexTensor([9, 1], shape: [2], on: target.device)
        #expect(try logits.softmaxCrossEntropy(targets: padding, ignoreIndex: 9).values()[0] == 0)
    }
}
