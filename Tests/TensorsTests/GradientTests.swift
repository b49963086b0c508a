import TandemBasics
import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// Every differentiable operation against central differences.
@Suite(.exclusiveDevices) struct GradientTests {
    /// One operation with inputs small enough to be differentiated element by element.
    struct Case: Sendable, CustomStringConvertible {
        let name: String
        let inputs: [CheckedInput]
        let function: @Sendable ([Tensor]) throws -> Tensor
        var description: String { name }

        init(
            _ name: String, _ inputs: CheckedInput...,
            function: @escaping @Sendable ([Tensor]) throws -> Tensor
        ) {
            self.name = name
            self.inputs = inputs
            self.function = function
        }
    }

    @Test(arguments: TestDevices.all, elementWise + movement)
    func matchesCentralDifferences(_ target: TestDevice, _ operation: Case) throws {
        let found = try gradientMismatch(
            on: target.device, operation.inputs, operation.function)
        #expect(found == nil)
    }

    @Test(arguments: TestDevices.all, products + composed)
    func fusedOperationsMatchCentralDifferences(_ target: TestDevice, _ operation: Case) throws {
        let found = try gradientMismatch(
            on: target.device, operation.inputs, operation.function)
        #expect(found == nil)
    }

    /// An operand may lack a leading axis of one element, over which there is nothing to add up.
    @Test(arguments: TestDevices.all)
    func leadingAxesOfOneElement(_ target: TestDevice) throws {
        let tape = Tape()
        let x = try tape.variable(Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2], on: target.device))
        let y = try tape.variable(
            Tensor([7, 8, 9, 1, 2, 3], shape: [1, 3, 2], on: target.device))
        try tape.backward(from: (y * x - x).sum())
        #expect(try tape.gradient(of: x)?.values() == [6, 7, 8, 0, 1, 2])
        #expect(try tape.gradient(of: y)?.values() == [1, 2, 3, 4, 5, 6])
    }

    /// Elements whose absolute value is at least a quarter: two steps of the difference do not cross the kink at 0.
    private static let awayFromZero = CheckedInput(
        [2, 3], values: [-0.9, 0.25, 0.5, -0.3, 0.7, -0.26])
    private static let positive = CheckedInput([2, 3], 1, low: 0.8, high: 2)

    static let elementWise: [Case] =
        UnaryOperation.allCases.map { operation in
            switch operation {
            case .logarithm, .squareRoot, .reciprocal:
                Case("\(operation)", positive) { try $0[0].unary(operation) }
            default:
                Case("\(operation)", awayFromZero) { try $0[0].unary(operation) }
            }
        } + [
            Case("a + b", .init([2, 3], 1), .init([2, 3], 2)) { try $0[0] + $0[1] },
            Case("[R, C] + [C]", .init([2, 3], 1), .init([3], 2)) { try $0[0] + $0[1] },
            Case("[C] + [R, C]", .init([3], 1), .init([2, 3], 2)) { try $0[0] + $0[1] },
            Case("[R, C] + [R, 1]", .init([2, 3], 1), .init([2, 1], 2)) { try $0[0] + $0[1] },
            Case("[A, B, C] + [B, C]", .init([2, 3, 2], 1), .init([3, 2], 2)) {
                try $0[0] + $0[1]
            },
            Case("[A, B, C] + [A, B, 1]", .init([2, 3, 2], 1), .init([2, 3, 1], 2)) {
                try $0[0] + $0[1]
            },
            Case("a + scalar", .init([2, 3], 1), .init([], 2)) { try $0[0] + $0[1] },
            Case("a - b", .init([2, 3], 1), .init([2, 3], 2)) { try $0[0] - $0[1] },
            Case("[R, C] - [C]", .init([2, 3], 1), .init([3], 2)) { try $0[0] - $0[1] },
            Case("[C] - [R, C]", .init([3], 1), .init([2, 3], 2)) { try $0[0] - $0[1] },
            Case("[R, C] - [R, 1]", .init([2, 3], 1), .init([2, 1], 2)) { try $0[0] - $0[1] },
            Case("scalar - a", .init([], 1), .init([2, 3], 2)) { try $0[0] - $0[1] },
            Case("a * b", .init([2, 3], 1), .init([2, 3], 2)) { try $0[0] * $0[1] },
            Case("[R, C] * [C]", .init([2, 3], 1), .init([3], 2)) { try $0[0] * $0[1] },
            Case("[R, 1] * [R, C]", .init([2, 1], 1), .init([2, 3], 2)) { try $0[0] * $0[1] },
            Case("a * scalar", .init([2, 3], 1), .init([1], 2)) { try $0[0] * $0[1] },
            Case("a / b", .init([2, 3], 1), positive) { try $0[0] / $0[1] },
            Case("[R, C] / [C]", .init([2, 3], 1), .init([3], 2, low: 1, high: 2)) {
                try $0[0] / $0[1]
            },
            Case("[R, C] / [R, 1]", .init([2, 3], 1), .init([2, 1], 2, low: 1, high: 2)) {
                try $0[0] / $0[1]
            },
            Case("scalar / a", .init([], 1), positive) { try $0[0] / $0[1] },
            Case("affine", .init([5], 1)) { try $0[0].affine(scale: -3, offset: 2) },
            Case("dropout", .init([31], 1)) {
                try $0[0].dropout(
                    probability: 0.4, stream: RandomStream(seed: 3, identifier: 4))
            },
            Case("relu, then dropout", .init([31], values: (0..<31).map { Float($0) - 14.5 })) {
                try $0[0].relu().dropout(
                    probability: 0.4, stream: RandomStream(seed: 3, identifier: 4))
            },
        ]

    static let movement: [Case] = [
        Case("reshape", .init([2, 6], 1)) { try $0[0].reshaped([3, 4]).squared() },
        Case("transpose", .init([2, 3], 1)) { try $0[0].transposed(0, 1) },
        Case("transpose inside", .init([2, 3, 2, 2], 1)) { try $0[0].transposed(1, 2) },
        Case("slice first axis", .init([4, 3], 1)) { try $0[0].slice(axis: 0, 1..<3) },
        Case("slice last axis", .init([2, 5], 1)) { try $0[0].slice(axis: 1, 1..<4) },
        Case("overlapping slices", .init([4, 3], 1)) {
            try $0[0].slice(axis: 0, 0..<3) * $0[0].slice(axis: 0, 1..<4)
        },
        Case("select", .init([2, 3, 2], 1)) { try $0[0].select(axis: 1, 2) },
        Case("concatenate rows", .init([2, 3], 1), .init([1, 3], 2)) {
            try Tensor.concatenate([$0[0], $0[1]], axis: 0)
        },
        Case("concatenate one tensor twice", .init([2, 2], 1), .init([2, 3], 2)) {
            try Tensor.concatenate([$0[0], $0[1], $0[0]], axis: 1)
        },
        Case("gather with repeats", .init([4, 3], 1)) {
            try $0[0].gather(try IndexTensor([2, 0, 2, 2, 3, 1], shape: [2, 3], on: $0[0].device))
        },
        Case("sum", .init([2, 3], 1)) { try $0[0].sum() },
        Case("mean", .init([2, 3], 1)) { try $0[0].mean() },
        Case("sum over last axis", .init([2, 3, 2], 1)) { try $0[0].sumOverLastAxis() },
        Case("sum over first axis", .init([2, 3, 2], 1)) { try $0[0].sumOverFirstAxis() },
    ]

    static let products: [Case] =
        [(false, false), (false, true), (true, false), (true, true)].flatMap { left, right in
            let (a, b): (Shape, Shape) = (left ? [4, 2] : [2, 4], right ? [3, 4] : [4, 3])
            let (c, d) = (Shape([2] + a.dimensions), Shape([2] + b.dimensions))
            return [(a, b), (c, d)].map { a, b in
                Case("matmul \(a) \(left) x \(b) \(right)", .init(a, 1), .init(b, 2)) {
                    try $0[0].matmul($0[1], transposeLeft: left, transposeRight: right)
                }
            }
        }
        + MatmulActivation.allCases.map { activation in
            // The bias keeps every pre-activation of the relu at least a quarter away from 0.
            Case(
                "linear \(activation)", .init([2, 2, 3], 1, low: -0.3, high: 0.3),
                .init([4, 3], 2, low: -0.3, high: 0.3), .init([4], values: [1, -1, 0.8, -0.9])
            ) {
                try $0[0].linear(weight: $0[1], bias: $0[2], activation: activation)
            }
        } + [
            Case("linear without bias", .init([3, 2], 1), .init([4, 2], 2)) {
                try $0[0].linear(weight: $0[1])
            },
            Case("matmul with itself", .init([3, 3], 1)) { try $0[0].matmul($0[0]) },
        ]

    static let composed: [Case] = [
        Case("softmax", .init([3, 4], 1, low: -2, high: 2)) { try $0[0].softmax() },
        Case("softmax cross-entropy", .init([3, 4], 1, low: -2, high: 2)) {
            try $0[0].softmaxCrossEntropy(
                targets: try IndexTensor([3, -100, 0], shape: [3], on: $0[0].device))
        },
        Case("layer norm", .init([2, 5], 1, low: -2, high: 2), .init([5], 2), .init([5], 3)) {
            try $0[0].layerNorm(gamma: $0[1], beta: $0[2])
        },
        Case("layer norm, one vector twice", .init([2, 5], 1, low: -2, high: 2), .init([5], 2)) {
            try $0[0].layerNorm(gamma: $0[1], beta: $0[1])
        },
        Case("l2 normalisation", .init([2, 4], 1, low: 1, high: 2)) { try $0[0].l2Normalized() },
        Case(
            "gru", .init([3, 2, 2], 1), .init([9, 2], 2), .init([9, 3], 3), .init([9], 4),
            .init([9], 5), .init([2, 3], 6)
        ) {
            try $0[0].gru(
                weightIH: $0[1], weightHH: $0[2], biasIH: $0[3], biasHH: $0[4],
                initialState: $0[5])
        },
        Case(
            "gru, one bias twice", .init([2, 2, 2], 1), .init([6, 2], 2), .init([6, 2], 3),
            .init([6], 4)
        ) {
            try $0[0].gru(
                weightIH: $0[1], weightHH: $0[2], biasIH: $0[3], biasHH: $0[3])
        },
        Case("gru, one weight twice", .init([2, 2, 3], 1), .init([9, 3], 2), .init([9], 3)) {
            try $0[0].gru(
                weightIH: $0[1], weightHH: $0[1], biasIH: $0[2], biasHH: $0[2])
        },
    ]
}
