import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// How gradients travel along the tape, and what the tape refuses.
@Suite(.exclusiveDevices) struct TapeTests {
    private static let three: [Float] = [1, -2, 3]

    private func variable(_ tape: Tape, _ values: [Float], on device: any Device) throws -> Tensor {
        tape.variable(try Tensor(values, shape: [values.count], on: device))
    }

    /// `y = (a + b) + a + 2 a`: the first contribution to a is shared with b, the later ones are added.
    @Test(arguments: TestDevices.all)
    func laterContributionsLeaveASharedGradientAlone(_ target: TestDevice) throws {
        let tape = Tape()
        let a = try variable(tape, Self.three, on: target.device)
        let b = try variable(tape, [5, 6, 7], on: target.device)
        let y = try (a * 2) + a + (a + b)
        try tape.backward(from: try y.sum())
        #expect(try tape.gradient(of: a)?.values() == [4, 4, 4])
        #expect(try tape.gradient(of: b)?.values() == [1, 1, 1])
    }

    /// The gradient of the output belongs to the caller and must survive the pass.
    @Test(arguments: TestDevices.all)
    func theGivenGradientIsNotWrittenTo(_ target: TestDevice) throws {
        let tape = Tape()
        let a = try variable(tape, Self.three, on: target.device)
        let given = try Tensor([1, 10, 100], shape: [3], on: target.device)
        try tape.backward(from: try a + a, gradient: given)
        #expect(try given.values() == [1, 10, 100])
        #expect(try tape.gradient(of: a)?.values() == [2, 20, 200])
    }

    /// A diamond of depth `n` multiplies the gradient by 2 at every level.
    @Test(arguments: TestDevices.all)
    func diamondsMultiply(_ target: TestDevice) throws {
        let tape = Tape()
        let a = try variable(tape, Self.three, on: target.device)
        var x = a
        for _ in 0..<5 { x = try x.reshaped([3, 1]).reshaped([3]) + x }
        try tape.backward(from: try x.sum())
        #expect(try tape.gradient(of: a)?.values() == [32, 32, 32])
    }

    @Test(arguments: TestDevices.all)
    func oneValueUsedThreeTimes(_ target: TestDevice) throws {
        let found = try gradientMismatch(
            on: target.device, [CheckedInput([2, 3], 1), CheckedInput([3, 3], 2)]
        ) { inputs in
            let product = try inputs[0].matmul(inputs[1])
            let gate = try product.sigmoid()
            let value = try product.tanh() * gate + product
            return try (value - product.slice(axis: 0, 0..<1).reshaped([3])) * gate
        }
        #expect(found == nil)
    }

    @Test(arguments: TestDevices.all)
    func chainsOfMovements(_ target: TestDevice) throws {
        let found = try gradientMismatch(on: target.device, [CheckedInput([3, 2, 4], 1)]) {
            inputs in
            let x = inputs[0]
            let last = try x.select(axis: 0, 2)
            let turned = try x.transposed(0, 1).slice(axis: 1, 1..<3).reshaped([4, 4])
            let joined = try Tensor.concatenate([last, turned, last.squared()], axis: 0)
            let rows = try IndexTensor([7, 0, 3, 3, 1], shape: [5], on: x.device)
            return try joined.gather(rows).reshaped([2, 10]).slice(axis: 1, 3..<8).tanh()
        }
        #expect(found == nil)
    }

    @Test(arguments: TestDevices.all)
    func gradientsAreAddedToGivenMemory(_ target: TestDevice) throws {
        let value = try Tensor(Self.three, shape: [3], on: target.device)
        let gradient = try Tensor([100, 200, 300], shape: [3], on: target.device)
        for _ in 0..<2 {
            let tape = Tape()
            let a = try tape.variable(value, addingGradientTo: gradient)
            try tape.backward(from: try (a.squared() + a).sum(), scale: 0.5)
            #expect(try tape.gradient(of: a)?.values() == gradient.values())
        }
        #expect(try gradient.values() == [103, 197, 307])
    }

    @Test(arguments: TestDevices.all)
    func nothingFlowsPastDetached(_ target: TestDevice) throws {
        let tape = Tape()
        let a = try variable(tape, Self.three, on: target.device)
        let b = try variable(tape, Self.three, on: target.device)
        let y = try a.squared().detached * b
        #expect(!a.detached.isRecorded && y.isRecorded)
        try tape.backward(from: try y.sum())
        #expect(try tape.gradient(of: a) == nil)
        #expect(try tape.gradient(of: b)?.values() == [1, 4, 9])
    }

    @Test(arguments: TestDevices.all)
    func withoutAVariableNothingIsRecorded(_ target: TestDevice) throws {
        let x = try Tensor(Self.three, shape: [1, 3], on: target.device)
        let y = try x.linear(weight: try x.softmax()).gelu().mean()
        #expect(!y.isRecorded)
        let tape = Tape()
        #expect(throws: TensorError.notRecorded(operation: "backward")) {
            try tape.backward(from: y)
        }
    }

    @Test(arguments: TestDevices.all)
    func misuseIsRefused(_ target: TestDevice) throws {
        let tape = Tape()
        let a = try variable(tape, Self.three, on: target.device)
        let y = try a.squared()
        #expect(throws: TensorError.self) { try tape.backward(from: y) }
        #expect(throws: TensorError.self) { try tape.backward(from: y, gradient: try y.sum()) }
        let elsewhere = try Tensor(repeating: 1, shape: [3], on: TestDevices.makePlain())
        #expect(throws: TensorError.self) { try tape.backward(from: y, gradient: elsewhere) }
        #expect(throws: TensorError.self) { try tape.gradient(of: y) }
        #expect(throws: TensorError.self) { try Tape().gradient(of: a) }
        #expect(throws: TensorError.self) {
            try tape.variable(a, addingGradientTo: try Tensor([0], shape: [1], on: target.device))
        }

        let loss = try y.sum()
        try tape.backward(from: loss)
        #expect(throws: TensorError.tapeUsedUp(operation: "backward")) {
            try tape.backward(from: loss)
        }
        #expect(try tape.gradient(of: a)?.values() == [2, -4, 6])
    }

    /// The constant stands first, so comparing every operand with the first alone would see no conflict.
    @Test(arguments: TestDevices.all)
    func tapesDoNotMix(_ target: TestDevice) throws {
        let a = try variable(Tape(), Self.three, on: target.device)
        let b = try variable(Tape(), Self.three, on: target.device)
        let constant = try Tensor(Self.three, shape: [3], on: target.device)
        #expect(throws: TensorError.tapeMismatch(operation: "add")) { try a + b }
        #expect(throws: TensorError.tapeMismatch(operation: "concatenate")) {
            try Tensor.concatenate([constant, a, b], axis: 0)
        }
        #expect(throws: TensorError.tapeMismatch(operation: "linear")) {
            try constant.linear(weight: try a.reshaped([1, 3]), bias: try b.slice(axis: 0, 0..<1))
        }
    }

    @Test(arguments: TestDevices.all)
    func nodesBeyondTheLossAreIgnored(_ target: TestDevice) throws {
        let tape = Tape()
        let a = try variable(tape, Self.three, on: target.device)
        let loss = try a.sum()
        let later = try (a * 5).sum()
        try tape.backward(from: loss)
        #expect(try tape.gradient(of: a)?.values() == [1, 1, 1])
        #expect(later.isRecorded)
    }
}
