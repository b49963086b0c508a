import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// Differentiable operations from outside the package: nothing here sees more of the library than its users do.
@Suite(.exclusiveDevices) struct CustomOperationTests {
    private func cube(_ x: Tensor) throws -> Tensor {
        try Tensor.custom("cube", inputs: [x]) { inputs in
            [try inputs[0] * inputs[0] * inputs[0]]
        } backward: { pass in
            [try pass.gradients[0] * pass.inputs[0].squared() * 3]
        }[0]
    }

    /// The quotient and the remainder's square root, two results of two inputs.
    private func twins(_ a: Tensor, _ b: Tensor) throws -> [Tensor] {
        try Tensor.custom("twins", inputs: [a, b]) { inputs in
            [try inputs[0] * inputs[1], try inputs[0].exponential()]
        } backward: { pass in
            [
                try pass.gradients[0] * pass.inputs[1] + pass.gradients[1] * pass.outputs[1],
                try pass.gradients[0] * pass.inputs[0],
            ]
        }
    }

    @Test(arguments: TestDevices.all)
    func matchesCentralDifferences(_ target: TestDevice) throws {
        let inputs = [CheckedInput([2, 3], 1), CheckedInput([2, 3], 2)]
        let functions: [([Tensor]) throws -> Tensor] = [
            { try cube($0[0] * $0[1]) + $0[0] },
            { try twins($0[0], $0[1])[0] },
            { try twins($0[0], $0[1])[1] * $0[1] },
            {
                let both = try twins($0[0], $0[1])
                return try both[0] * both[1] + cube(both[1])
            },
            { try twins($0[0], $0[0])[0] },
        ]
        for (place, function) in functions.enumerated() {
            let found = try gradientMismatch(on: target.device, inputs, function)
            #expect(found == nil, "function \(place)")
        }
    }

    @Test(arguments: TestDevices.all)
    func gradientsMayBeLeftOut(_ target: TestDevice) throws {
        let tape = Tape()
        let a = tape.variable(try Tensor([1, 2], on: target.device))
        let b = tape.variable(try Tensor([3, 4], on: target.device))
        let sum = try Tensor.custom("left", inputs: [a, b]) {
            [try $0[0] + $0[1]]
        } backward: {
            [$0.gradients[0], nil]
        }[0]
        try tape.backward(from: sum.sum())
        #expect(try tape.gradient(of: a)?.values() == [1, 1])
        #expect(try tape.gradient(of: b) == nil)
    }

    /// Nothing recorded reaches the forward half, and without a tape the backward half is never called.
    @Test(arguments: TestDevices.all)
    func seesDetachedInputs(_ target: TestDevice) throws {
        let x = try Tensor([2], on: target.device)
        var wasRecorded = false
        let plain = try Tensor.custom("plain", inputs: [x]) { inputs in
            wasRecorded = inputs[0].isRecorded
            return inputs
        } backward: { _ in
            Issue.record("called")
            return [nil]
        }
        #expect(!plain[0].isRecorded && !wasRecorded)
        #expect(try cube(Tape().variable(x)).isRecorded)
        let none = try Tensor.custom("none", inputs: []) { _ in
            [x]
        } backward: { _ in
            []
        }
        #expect(try none[0].values() == [2])
    }

    @Test(arguments: TestDevices.all)
    func refusesGradientsThatDoNotFit(_ target: TestDevice) throws {
        let device = target.device
        let wrong: [([Tensor?], String)] = [
            ([], "mine: its backward half returned 0 gradients for 1 inputs"),
            ([nil, nil], "mine: its backward half returned 2 gradients for 1 inputs"),
            (
                [try Tensor.zeros([3], on: device)],
                "mine: shapes [2] and [3] do not fit; the gradient of input 0"
            ),
            (
                [try Tensor.zeros([2], on: TestDevices.makePlain())],
                "mine: operands live on different devices"
            ),
        ]
        for (gradients, text) in wrong {
            let tape = Tape()
            let x = tape.variable(try Tensor([1, 2], on: device))
            let y = try Tensor.custom("mine", inputs: [x]) {
                $0
            } backward: { _ in
                gradients
            }[0]
            let error = #expect(throws: TensorError.self) { try tape.backward(from: y.sum()) }
            #expect(error?.description.contains(text) == true, "\(String(describing: error))")
        }
        let there = try Tensor.zeros([2], on: TestDevices.makePlain())
        let here = try Tensor.zeros([2], on: device)
        #expect(throws: TensorError.self) {
            try Tensor.custom("mixed", inputs: [here, there]) {
                $0
            } backward: { _ in
                [nil, nil]
            }
        }
    }
}
