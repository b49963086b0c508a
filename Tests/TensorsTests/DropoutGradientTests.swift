import TandemBasics
import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// Dropout behind ReLU finds its mask in its output; the gradient is that of a mask computed again.
@Suite(.exclusiveDevices) struct DropoutGradientTests {
    private func gradient(_ x: Tensor, _ compute: (Tensor) throws -> Tensor) throws -> [Float] {
        let tape = Tape()
        let variable = tape.variable(x)
        let weights = try CheckedInput(x.shape, 5).tensor(on: x.device)
        try tape.backward(from: try (compute(variable) * weights).sum())
        return try #require(try tape.gradient(of: variable)).values()
    }

    private func input(on device: any Device) throws -> Tensor {
        let values = (0..<300).map { (place: Int) -> Float in
            place % 7 == 0 ? 0 : Float((place * 37) % 101) - 50
        }
        return try Tensor(values, shape: [20, 15], on: device)
    }

    @Test(arguments: TestDevices.all)
    func equalsTheMaskComputedAgain(_ target: TestDevice) throws {
        let x = try input(on: target.device)
        let stream = RandomStream(seed: 6, identifier: 7)
        let found = try gradient(x) { try $0.relu().dropout(probability: 0.3, stream: stream) }
        // A reshaped tensor is no longer known to come from ReLU.
        let expected = try gradient(x) {
            try $0.relu().reshaped([300]).dropout(probability: 0.3, stream: stream)
                .reshaped([20, 15])
        }
        #expect(found == expected)
        #expect(found.contains { $0 != 0 } && found.contains(0))
    }

    /// ReLU stops the sum of the gradients, so each of them may be anything where the value is 0.
    @Test(arguments: TestDevices.all)
    func anotherUseOfTheValueDoesNotMatter(_ target: TestDevice) throws {
        let x = try input(on: target.device)
        let stream = RandomStream(seed: 6, identifier: 8)
        let found = try gradient(x) {
            let y = try $0.relu()
            return try y.dropout(probability: 0.3, stream: stream) * y + y
        }
        let expected = try gradient(x) {
            let y = try $0.relu()
            let dropped = try y.reshaped([300]).dropout(probability: 0.3, stream: stream)
            return try dropped.reshaped([20, 15]) * y + y
        }
        #expect(found == expected)
    }

    /// Other activations let gradients pass where they are 0: dropout behind them must know its mask.
    @Test(arguments: TestDevices.all)
    func otherActivationsKeepTheirGradientAtZero(_ target: TestDevice) throws {
        let x = try Tensor(repeating: 0, shape: [20, 15], on: target.device)
        let stream = RandomStream(seed: 6, identifier: 9)
        let found = try gradient(x) { try $0.tanh().dropout(probability: 0.3, stream: stream) }
        let kept = found.count { $0 != 0 }
        #expect(kept > 150 && kept < 270)
    }
}
