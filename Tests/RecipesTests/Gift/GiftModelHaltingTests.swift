import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// Sequences that halt between the segments of the recursive core.
@Suite(.exclusiveDevices) struct GiftModelHaltingTests {
    private func makeCore(on device: any Device) throws -> RecursiveCore {
        let core = RecursiveCore(GoldenGiftCoreTests.smallSizes)
        try GiftParameters.load(
            into: ParameterArena(core, device: device, seed: 0), prefix: "core.")
        return core
    }

    private func inputs(_ count: Int, on device: any Device) throws -> Tensor {
        try Tensor(
            GiftParameters.values("inputs", [count * 6 * 32]).map { 8 * $0 },
            shape: [count, 6, 32], on: device)
    }

    /// Row by row.
    private func rows(_ tensor: Tensor) throws -> [[Float]] {
        let values = try tensor.values()
        let width = values.count / tensor.shape.dimensions[0]
        return stride(from: 0, to: values.count, by: width).map {
            Array(values[$0..<$0 + width])
        }
    }

    @Test(arguments: TestDevices.all)
    func haltedSequencesKeepTheirStates(_ target: TestDevice) throws {
        let (core, count) = (try makeCore(on: target.device), 4)
        let context = ForwardContext.training(seed: 5, pass: 0)
        let inputs = context.variable(try inputs(count, on: target.device))
        let start = try core.start(batch: count, steps: 6, context)
        let (first, open) = try core.segment(start, inputs, context)
        // Half of the sequences have halted.
        var carry = open
        let flags = (0..<count).map { Float($0 % 2) }
        carry.halted = try Tensor(flags, shape: [count, 1, 1], on: target.device)
        let (high, next) = try core.segment(carry, inputs, context)
        let (free, freeNext) = try core.segment(open, inputs, context)
        #expect(next.steps == 2)
        let expected = try [first, carry.low, free, freeNext.low].map(rows)
        let found = try [high, next.high, next.low].map(rows)
        for row in 0..<count {
            let isHalted = flags[row] == 1
            let states = isHalted ? expected[0][row] : expected[2][row]
            #expect(found[0][row] == states && found[1][row] == states, "row \(row)")
            #expect(found[2][row] == (isHalted ? expected[1][row] : expected[3][row]))
            #expect(expected[0][row] != expected[2][row])
        }
        // What has halted has nothing more to learn.
        try context.backward(from: high.squared().sum() + high.sum())
        let gradient = try rows(#require(try context.gradient(of: inputs)))
        for row in 0..<count {
            #expect(gradient[row].contains { $0 != 0 } == (flags[row] == 0), "row \(row)")
        }
    }

    /// A positive logit halts, except for the tenth that explores 2 segments or 3, drawn at each step.
    @Test(arguments: TestDevices.all, [1, 2])
    func exploration(_ target: TestDevice, _ steps: Int) throws {
        let (core, count) = (try makeCore(on: target.device), 4000)
        let logits = try Tensor(
            (0..<count).flatMap { [$0 % 2 == 0 ? 0.5 : -0.5, 9] as [Float] }, shape: [count, 2],
            on: target.device)
        let state = try Tensor(repeating: 0, shape: [count, 1, 1], on: target.device)
        var carry = RecursiveCore.Carry(high: state, low: state, steps: steps)
        let context = ForwardContext.training(seed: 5, pass: 0)
        try core.halt(&carry, logits, context)
        let halted = try #require(carry.halted).values()
        #expect(halted.allSatisfy { $0 == 0 || $0 == 1 })
        #expect((0..<count).allSatisfy { $0 % 2 == 0 || halted[$0] == 0 })
        let share = halted.reduce(0, +) / Float(count / 2)
        let expected: Float = steps == 1 ? 0.9 : 0.95
        #expect((share - expected).magnitude < 0.02, "\(share)")
        // The draws of a pass are those of its seed; what has halted stays so.
        var again = RecursiveCore.Carry(high: state, low: state, steps: steps)
        try core.halt(&again, logits, .training(seed: 5, pass: 0))
        #expect(try again.halted?.values() == halted)
        try core.halt(&carry, logits * -1, context)
        let later = try #require(carry.halted).values()
        #expect(zip(halted, later).allSatisfy { $0 <= $1 })
    }

    @Test(arguments: TestDevices.all)
    func evaluationNeverHalts(_ target: TestDevice) throws {
        let core = try makeCore(on: target.device)
        let inputs = try inputs(3, on: target.device)
        let context = ForwardContext.evaluation()
        var carry = try core.start(batch: 3, steps: 6, context)
        var states: [[Float]] = []
        for segment in 1...3 {
            let (high, next) = try core.segment(carry, inputs, context)
            carry = next
            try core.halt(
                &carry, Tensor(repeating: 7, shape: [3, 2], on: target.device), context)
            #expect(carry.halted == nil && carry.steps == segment)
            states.append(try high.values())
        }
        #expect(states[0] != states[1] && states[1] != states[2])
    }
}
