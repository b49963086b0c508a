import TandemBasics
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Dropout masks: where they come from and what they do.
@Suite(.exclusiveDevices) struct DropoutTests {
    private func ones(_ shape: Shape, _ target: TestDevice) throws -> Tensor {
        try Tensor(repeating: 1, shape: shape, on: target.device)
    }

    /// The mask by definition: word `i` of the stream of this pass and call decides about element `i`.
    private func expected(_ probability: Float, pass: Int, call: Int, _ count: Int) -> [Float] {
        var generator = Philox(RandomStreams.dropout(seed: 3, pass: pass, call: call))
        let threshold = UInt32(Double(probability) * 0x1p32)
        return (0..<count).map { _ in
            generator.nextWord() >= threshold ? 1 / (1 - probability) : 0
        }
    }

    @Test(arguments: TestDevices.all)
    func masksAreAFunctionOfSeedPassAndCall(_ target: TestDevice) throws {
        let dropout = Dropout(0.25)
        var seen: [[Float]] = []
        for pass in 0..<2 {
            let context = ForwardContext.training(seed: 3, pass: pass)
            for call in 0..<2 {
                let mask = try dropout(ones([5, 13], target), context).values()
                #expect(mask == expected(0.25, pass: pass, call: call, 65))
                seen.append(mask)
            }
        }
        #expect(Set(seen).count == 4)
        let again = ForwardContext.training(seed: 3, pass: 0)
        #expect(try dropout(ones([5, 13], target), again).values() == seen[0])
        let other = ForwardContext.training(seed: 4, pass: 0)
        #expect(try dropout(ones([5, 13], target), other).values() != seen[0])
    }

    @Test(arguments: TestDevices.all)
    func evaluationIsTheIdentity(_ target: TestDevice) throws {
        let x = try CheckedInput([40], 1).tensor(on: target.device)
        let y = try Dropout(0.9)(x, .evaluation())
        #expect(y.slice.buffer === x.slice.buffer)
        let training = ForwardContext.training(seed: 1, pass: 0)
        #expect(try Dropout(0)(x, training).slice.buffer === x.slice.buffer)
    }

    @Test(arguments: TestDevices.all)
    func backwardUsesTheSameMask(_ target: TestDevice) throws {
        let context = ForwardContext.training(seed: 3, pass: 7)
        let tape = try #require(context.tape)
        let x = tape.variable(try ones([100], target))
        let y = try Dropout(0.5)(x, context)
        try tape.backward(from: try y.sum())
        #expect(try tape.gradient(of: x)?.values() == y.values())
    }

    /// The number of kept elements is binomial: within five standard deviations of its mean.
    @Test(arguments: TestDevices.all, [0.1, 0.5, 0.9] as [Float])
    func keepsTheExpectedShare(_ target: TestDevice, _ probability: Float) throws {
        let count = 40_000
        let context = ForwardContext.training(seed: 8, pass: 0)
        let values = try Dropout(probability)(ones([count], target), context).values()
        let kept = Double(values.count { $0 != 0 })
        let share = 1 - Double(probability)
        let deviation = (Double(count) * share * (1 - share)).squareRoot()
        #expect(abs(kept - Double(count) * share) < 5 * deviation)
        #expect(Set(values) == [0, 1 / (1 - probability)])
    }

    @Test(arguments: TestDevices.all, [-0.1, 1, 1.5, .nan] as [Float])
    func impossibleProbabilitiesAreRefused(_ target: TestDevice, _ probability: Float) throws {
        let context = ForwardContext.training(seed: 3, pass: 0)
        #expect(throws: TensorError.self) {
            try Dropout(probability)(ones([3], target), context)
        }
    }

    /// Only the connections between layers are dropped: one layer is untouched, two are not.
    @Test(arguments: TestDevices.all, [1, 2])
    func gruDropsBetweenLayersOnly(_ target: TestDevice, _ layers: Int) throws {
        let gru = GRU(input: 3, hidden: 4, layers: layers, dropout: 0.5)
        _ = try ParameterArena(gru, device: target.device, seed: 2)
        let x = try CheckedInput([4, 2, 3], 1).tensor(on: target.device)
        let trained = try gru(x, .training(seed: 1, pass: 0)).values()
        let evaluated = try gru(x, .evaluation()).values()
        #expect((trained == evaluated) == (layers == 1))
    }
}
