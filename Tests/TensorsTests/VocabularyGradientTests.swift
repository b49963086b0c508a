import TandemBasics
import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// Operations over any axes and shapes against central differences.
@Suite(.exclusiveDevices) struct VocabularyGradientTests {
    typealias Case = GradientTests.Case

    /// No two elements closer than the differences reach.
    private static let apart = CheckedInput(
        [2, 3, 2], values: [3, -1.5, 0.5, 2.25, -3, 1.25, -0.5, 4, -2.25, 5, -4, 6])
    private static let positive = CheckedInput([2, 1, 2], 1, low: 0.8, high: 2)
    /// 1 and 0 by turns.
    private static func mask(_ x: Tensor) throws -> Tensor {
        try Tensor([1, 0, 1], on: x.device).reshaped([3, 1])
    }

    static let functions: [Case] = [
        Case("[2, 1, 2] + [3, 1]", .init([2, 1, 2], 1), .init([3, 1], 2)) { try $0[0] + $0[1] },
        Case("[3, 1] - [2, 1, 2]", .init([3, 1], 1), .init([2, 1, 2], 2)) { try $0[0] - $0[1] },
        Case("[2, 1, 2] * [3, 1]", .init([2, 1, 2], 1), .init([3, 1], 2)) { try $0[0] * $0[1] },
        Case("[3, 1] / [2, 1, 2]", .init([3, 1], 1), positive) { try $0[0] / $0[1] },
        Case("power", positive, .init([3, 1], 2)) { try $0[0].power($0[1]) },
        Case("power of itself", positive) { try $0[0].power($0[0]) },
        Case("power by a number", positive) { try $0[0].power(-1.5) },
        Case("maximum of two", apart, .init([1], values: [0.9])) {
            try Tensor.maximum($0[0], $0[1])
        },
        Case("minimum of two", .init([1], values: [0.9]), apart) {
            try Tensor.minimum($0[0], $0[1])
        },
        Case("maximum with a number", apart) { try Tensor.maximum($0[0], 0.9) },
        Case("minimum with a number", apart) { try Tensor.minimum($0[0], 0.9) },
        Case("where", .init([2, 3, 2], 1), .init([2], 2)) {
            try Tensor.where(mask($0[0]), $0[0], $0[1])
        },
        Case("masked", .init([2, 3, 2], 1)) { try $0[0].masked(where: mask($0[0]), with: 4) },
        Case("clamped", apart) { try $0[0].clamped(to: -1...2.75) },
        Case("clamped on one side", apart) { try $0[0].clamped(to: 0.9...).clamped(to: ...3.5) },
        Case("scalars", positive) { try 2 - (1 / $0[0] + 3) * 0.5 - (-$0[0]) / 4 },
        Case("sine and cosine", .init([5], 1, low: -3, high: 3)) {
            try $0[0].sine() * $0[0].cosine()
        },
    ]

    static let reductions: [Case] = [
        Case("sum of the outer axes", .init([2, 3, 2], 1)) { try $0[0].sum(axes: [0, -1]) },
        Case("mean of the middle", .init([2, 3, 2], 1)) {
            try $0[0].mean(axis: 1, keepingAxis: true).squared()
        },
        Case("maximum", apart) { try $0[0].maximum(axes: [2, 0]) },
        Case("minimum", apart) { try $0[0].minimum(axis: 1, keepingAxis: true) },
        Case("variance", .init([2, 3, 2], 1)) { try $0[0].variance(axes: [1], isUnbiased: true) },
        Case("deviation", .init([2, 3, 2], 1)) { try $0[0].standardDeviation(axes: [0, 1]) },
        Case("softmax", .init([2, 3, 2], 1, low: -2, high: 2)) { try $0[0].softmax(axis: 1) },
        Case("log softmax", .init([2, 3, 2], 1, low: -2, high: 2)) {
            try $0[0].logSoftmax(axis: 0)
        },
        Case("rms norm", .init([2, 5], 1, low: -2, high: 2), .init([5], 2)) {
            try $0[0].rmsNorm(gamma: $0[1])
        },
    ]

    static let movement: [Case] = [
        Case("permuted", .init([2, 3, 1, 2], 1)) { try $0[0].permuted(3, 2, 0, 1) },
        Case("axes of size 1", .init([2, 3], 1)) {
            try $0[0].insertingAxis(1).transposed(0, 1).removingAxis(0)
        },
        Case("expanded", .init([3, 1], 1)) { try $0[0].expanded(to: [2, 3, 2]) },
        Case("subscript", .init([3, 4, 2], 1)) { try $0[0][1..., -2, 0...] },
        Case("stack", .init([2, 3], 1), .init([2, 3], 2)) {
            try Tensor.stack([$0[0], $0[1], $0[0]], axis: 1)
        },
        Case("split", .init([2, 4], 1)) {
            let parts = try $0[0].split(into: 2, axis: -1)
            return try parts[0] * parts[1]
        },
        Case("gather", .init([2, 3, 2], 1)) {
            try $0[0].gather(try IndexTensor([2, 0, 2], shape: [3], on: $0[0].device), axis: 1)
        },
        Case("gather elements", .init([2, 3], 1)) {
            try $0[0].gatherElements(
                try IndexTensor([2, 2, 0, 1], shape: [2, 2], on: $0[0].device), axis: 1)
        },
        Case("shared matrices", .init([2, 1, 2, 3], 1), .init([2, 3, 2], 2)) {
            try $0[0].matmul($0[1])
        },
        Case("shared left matrix", .init([3, 2], 1), .init([2, 2, 3], 2)) {
            try $0[0].matmul($0[1], transposeLeft: true, transposeRight: true)
        },
        Case("attention", .init([2, 3, 4], 1), .init([2, 3, 4], 2), .init([2, 3, 4], 3)) {
            try $0[0].attention(key: $0[1], value: $0[2], heads: 2, isCausal: true)
        },
        Case("attention to itself", .init([3, 4], 1)) {
            try $0[0].attention(key: $0[0], value: $0[0], heads: 2)
        },
    ]

    @Test(arguments: TestDevices.all, functions + reductions)
    func matchesCentralDifferences(_ target: TestDevice, _ operation: Case) throws {
        let found = try gradientMismatch(on: target.device, operation.inputs, operation.function)
        #expect(found == nil)
    }

    @Test(arguments: TestDevices.all, movement)
    func rearrangementsMatchCentralDifferences(_ target: TestDevice, _ operation: Case) throws {
        let found = try gradientMismatch(on: target.device, operation.inputs, operation.function)
        #expect(found == nil)
    }

    /// Ties share the gradient, as in PyTorch's `amax`; a tie of two tensors is divided between them.
    @Test(arguments: TestDevices.all)
    func tiesShareTheGradient(_ target: TestDevice) throws {
        let tape = Tape()
        let x = tape.variable(try Tensor([[1, 3, 3], [2, 2, 2]], on: target.device))
        try tape.backward(from: try x.maximum(axis: 1).sum(), scale: 6)
        #expect(try tape.gradient(of: x)?.values() == [0, 3, 3, 2, 2, 2])
        let second = Tape()
        let a = second.variable(try Tensor([1, 2, 3], on: target.device))
        let b = second.variable(try Tensor([2, 2, 2], on: target.device))
        try second.backward(from: try Tensor.maximum(a, b).sum())
        #expect(try second.gradient(of: a)?.values() == [0, 0.5, 1])
        #expect(try second.gradient(of: b)?.values() == [1, 0.5, 0])
    }

    /// Masks of every shape that spreads over the scores; a position that sees none gets 0.
    @Test(
        arguments: TestDevices.all,
        [[3], [3, 3], [3, 1], [2, 1, 1, 3], [2, 3, 3], [1, 2, 3, 1], [2, 2, 3, 3]] as [Shape])
    func attentionMasks(_ target: TestDevice, _ shape: Shape) throws {
        let device = target.device
        let inputs = try (1...3).map { try CheckedInput([2, 3, 4], $0).tensor(on: device) }
        let random = try CheckedInput(shape, 4).tensor(on: device)
        let mask = try random.masked(where: random .< -0.5, with: -.infinity)
        let found = try inputs[0].attention(
            key: inputs[1], value: inputs[2], heads: 2, mask: mask)
        let heads = try inputs.map { try $0.reshaped([2, 3, 2, 2]).permuted(0, 2, 1, 3) }
        let scores = try heads[0].matmul(heads[1], transposeRight: true) / Float(2).squareRoot()
        let hidden = try (scores + mask).softmax()
        let chances = try hidden.masked(where: hidden .!= hidden, with: 0)
        let expected = try chances.matmul(heads[2]).permuted(0, 2, 1, 3).reshaped([2, 3, 4])
        #expect(mismatch(try found.values(), try expected.values(), .forward) == nil)
    }
}
