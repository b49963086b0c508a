import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// Operations against PyTorch: outputs within 1e-6 + 1e-5 of each value, gradients within 1e-4 of each value and of the
/// largest element of their array.
@Suite(.exclusiveDevices) struct GoldenOperationTests {
    /// One operation of a golden file.
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        let function: @Sendable ([Tensor]) throws -> Tensor

        init(_ name: String, _ function: @escaping @Sendable ([Tensor]) throws -> Tensor) {
            description = name
            self.function = function
        }
    }

    private func check(_ file: String, _ operation: Case, on device: any Device) throws {
        let golden = try Golden(file)
        let name = operation.description
        let tape = Tape()
        var inputs: [Tensor] = []
        while golden.file.arrays["\(name).input.\(inputs.count)"] != nil {
            let input = try golden.tensor("\(name).input.\(inputs.count)", on: device)
            inputs.append(tape.variable(input))
        }
        #expect(!inputs.isEmpty)
        let output = try operation.function(inputs)
        let expected = "\(name).output"
        if output.shape.rank > 0 { #expect(output.shape == (try golden.shape(expected))) }
        #expect(mismatch(try output.values(), try golden.values(expected), .forward) == nil)
        guard golden.file.arrays["\(name).weights"] != nil else {
            return #expect(!output.isRecorded)
        }
        let weights = try golden.tensor("\(name).weights", on: device)
        try tape.backward(from: output, gradient: try weights.reshaped(output.shape))
        for (place, input) in inputs.enumerated() {
            let wanted = try golden.values("\(name).gradient.\(place)")
            let found = try #require(try tape.gradient(of: input)).values()
            let difference = mismatch(found, wanted, .gradient(of: wanted))
            #expect(difference == nil, "gradient of input \(place)")
        }
    }

    private static let broadcasts = ["outer", "vector", "middle", "six", "ranks"]

    static let arithmetic: [Case] =
        broadcasts.flatMap { name in
            [
                Case("\(name).add") { try $0[0] + $0[1] },
                Case("\(name).subtract") { try $0[0] - $0[1] },
                Case("\(name).multiply") { try $0[0] * $0[1] },
                Case("\(name).divide") { try $0[0] / $0[1] },
                Case("\(name).power") { try $0[0].power($0[1]) },
                Case("\(name).maximum") { try Tensor.maximum($0[0], $0[1]) },
                Case("\(name).minimum") { try Tensor.minimum($0[0], $0[1]) },
            ]
        }

    static let comparisons: [Case] = broadcasts.flatMap { name in
        [
            Case("\(name).eq") { try $0[0] .== $0[1] },
            Case("\(name).ne") { try $0[0] .!= $0[1] },
            Case("\(name).lt") { try $0[0] .< $0[1] },
            Case("\(name).le") { try $0[0] .<= $0[1] },
            Case("\(name).gt") { try $0[0] .> $0[1] },
            Case("\(name).ge") { try $0[0] .>= $0[1] },
        ]
    }

    static let elementWise: [Case] = [
        Case("scalars") { try (1 - $0[0]) * 2 + 3 / ($0[0] / 4) - (-$0[0] - 0.5) },
        Case("where") { try Tensor.where($0[0] .> 0, $0[0], $0[1]) },
        Case("masked") {
            try $0[0].masked(where: Tensor.arange(to: 3, on: $0[0].device) .> 1, with: -7)
        },
        Case("clamped") { try $0[0].clamped(to: -1...1) },
        Case("clamped.below") { try $0[0].clamped(to: 0.25...) },
        Case("clamped.above") { try $0[0].clamped(to: ...0.25) },
        Case("power.scalar") { try $0[0].power(1.7) },
        Case("power.cube") { try $0[0].power(3) },
        Case("sine") { try $0[0].sine() },
        Case("cosine") { try $0[0].cosine() },
    ]

    static let reductions: [Case] =
        [
            ("last", [2]), ("first", [0]), ("middle", [-2]), ("ends", [2, 0]), ("all", [0, 1, 2]),
        ].flatMap { (name: String, axes: [Int]) in
            [
                Case("\(name).sum") { try $0[0].sum(axes: axes) },
                Case("\(name).mean") { try $0[0].mean(axes: axes, keepingAxes: true) },
                Case("\(name).maximum") { try $0[0].maximum(axes: axes) },
                Case("\(name).minimum") { try $0[0].minimum(axes: axes, keepingAxes: true) },
                Case("\(name).variance") { try $0[0].variance(axes: axes) },
                Case("\(name).unbiased") {
                    try $0[0].variance(axes: axes, keepingAxes: true, isUnbiased: true)
                },
                Case("\(name).deviation") { try $0[0].standardDeviation(axes: axes) },
            ]
        }
        + (0..<3).flatMap { axis in
            [
                Case("softmax.\(axis)") { try $0[0].softmax(axis: axis) },
                Case("logSoftmax.\(axis)") { try $0[0].logSoftmax(axis: axis - 3) },
            ]
        }

    static let movement: [Case] = [
        Case("permuted") { try $0[0].permuted(3, 0, -2, 1) },
        Case("permuted.reverse") { try $0[0].permuted([4, 3, 2, 1, 0]) },
        Case("transposed.far") { try $0[0].transposed(0, -1) },
        Case("transposed.last") { try $0[0].transposed() },
        Case("reshaped") { try $0[0].reshaped([4, -1]) },
        Case("expanded") { try $0[0].expanded(to: [2, 3, 4, 2]) },
        Case("subscript") { try $0[0][1, 1..<3, -1] },
        Case("subscript.ranges") { try $0[0][0..., -3 ..< -1, 1...2] },
        Case("stack") { try Tensor.stack([$0[0], $0[1], $0[0]], axis: -1) },
        Case("concatenate") { try Tensor.concatenate([$0[0], $0[1]], axis: -2) },
        Case("split") {
            try $0[0].split(sizes: [1, 3, 2], axis: 1)[1] * $0[0].split(into: 2, axis: -1)[1]
        },
    ]

    private static func indices(_ values: [Int32], _ shape: Shape, _ tensor: Tensor) throws
        -> IndexTensor
    {
        try IndexTensor(values, shape: shape, on: tensor.device)
    }

    /// The same numbers in memory whose contents the operation cannot know.
    private static func unknown(
        _ values: [Int32], _ shape: Shape, below bound: Int, _ tensor: Tensor
    ) throws -> IndexTensor {
        let buffer = try IndexBuffer(
            capacity: values.count, bound: bound, on: tensor.device)
        try buffer.replace(with: values[...])
        return try buffer.tensor(count: values.count).reshaped(shape)
    }

    private static let chosen: [Int32] = [2, 0, 2, 1, 3, 3]
    private static let rows: [Int32] = [2, 0, 2, 1, 1, 3, 3, 3]

    static let gathers: [Case] = [
        Case("gather.first") { try $0[0].gather(indices(chosen, [2, 3], $0[0])) },
        Case("gather.middle") { try $0[0].gather(indices(chosen, [2, 3], $0[0]), axis: 1) },
        Case("gather.last") {
            try $0[0].gather(unknown(chosen, [2, 3], below: 4, $0[0]), axis: -1)
        },
        Case("gatherElements.last") {
            try $0[0].gatherElements(indices(rows, [2, 4], $0[0]), axis: -1)
        },
        Case("gatherElements.last") {
            try $0[0].gatherElements(unknown(rows, [2, 4], below: 4, $0[0]), axis: 1)
        },
        Case("gatherElements.first") {
            try $0[0].gatherElements(indices(rows.map { $0 % 3 }, [2, 4], $0[0]), axis: 0)
        },
        Case("gatherElements.first") {
            try $0[0].gatherElements(
                unknown(rows.map { $0 % 3 }, [2, 4], below: 3, $0[0]), axis: 0)
        },
        Case("gatherElements.middle") {
            try $0[0].gatherElements(indices(rows + rows + rows, [3, 2, 4], $0[0]), axis: 1)
        },
        Case("gatherElements.middle") {
            try $0[0].gatherElements(
                unknown(rows + rows + rows, [3, 2, 4], below: 5, $0[0]), axis: 1)
        },
    ]

    static let products: [Case] = [
        Case("matmul.batch") { try $0[0].matmul($0[1]) },
        Case("matmul.shared") { try $0[0].matmul($0[1]) },
        Case("matmul.left") { try $0[0].matmul($0[1], transposeLeft: true) },
        Case("matmul.right") { try $0[0].matmul($0[1], transposeRight: true) },
    ]

    @Test(arguments: TestDevices.all, arithmetic + comparisons + elementWise)
    func broadcasting(_ target: TestDevice, _ operation: Case) throws {
        try check("tensor-broadcasting", operation, on: target.device)
    }

    @Test(arguments: TestDevices.all, reductions)
    func overAxes(_ target: TestDevice, _ operation: Case) throws {
        try check("tensor-reductions", operation, on: target.device)
    }

    @Test(arguments: TestDevices.all, movement + gathers + products)
    func rearrangement(_ target: TestDevice, _ operation: Case) throws {
        try check("tensor-movement", operation, on: target.device)
    }

    static let attentions: [Case] = [
        Case("plain") { try $0[0].attention(key: $0[1], value: $0[2], heads: 3) },
        Case("one") { try $0[0].attention(key: $0[1], value: $0[2]) },
        Case("causal") {
            try $0[0].attention(key: $0[1], value: $0[2], heads: 4, isCausal: true)
        },
        Case("masked") {
            let mask = try Golden("tensor-attention").tensor("mask", on: $0[0].device)
            let added = try Tensor.zeros(mask.shape, on: mask.device)
                .masked(where: mask .== 0, with: -.infinity)
            return try $0[0].attention(key: $0[1], value: $0[2], heads: 2, mask: added)
        },
    ]

    @Test(arguments: TestDevices.all, attentions)
    func attention(_ target: TestDevice, _ operation: Case) throws {
        try check("tensor-attention", operation, on: target.device)
    }

    @Test(arguments: TestDevices.all, [0, 1, 2])
    func placesOfExtremes(_ target: TestDevice, _ axis: Int) throws {
        let golden = try Golden("tensor-reductions")
        let name = "arguments.\(axis)"
        let x = try golden.tensor("\(name).input", on: target.device)
        for (found, kind) in [
            (try x.argmax(axis: axis), "argmax"),
            (try x.argmin(axis: axis - 3, keepingAxis: true), "argmin"),
        ] {
            #expect(found.shape == (try golden.shape("\(name).\(kind)")))
            let expected: [Int32] = try golden.file.arrays.array(named: "\(name).\(kind)")
                .elements()
            #expect(try found.values() == expected)
        }
    }
}
