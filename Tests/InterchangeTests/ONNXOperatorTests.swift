import TandemDevices
import Testing

@testable import TandemInterchange

/// Single operators as ONNX describes them, and what of them is refused.
@Suite struct ONNXOperatorTests {
    /// The output for rows of a node that reads `x`.
    private func compute(
        _ node: ONNXNode, _ rows: [Float], with constants: [ONNXTensor] = [], input: [Int],
        output: [Int]
    ) throws -> [Float] {
        try TestModels.model(nodes: [node], constants: constants, input: input, output: output)
            .predictVectors(
                rows, count: rows.count / input.reduce(1, *), on: try CPUDevice(threads: 1))
    }

    private func reason(
        _ node: ONNXNode, _ constants: [ONNXTensor] = [], input: [Int] = [2], output: [Int] = [2]
    ) throws -> String? {
        do {
            let row = [Float](repeating: 0.5, count: input.reduce(1, *))
            _ = try compute(node, row + row, with: constants, input: input, output: output)
            return nil
        } catch let problem as ONNXProblem { return "\(problem)" }
    }

    private static func integers(_ name: String, _ values: [Int64], shape: [Int]? = nil)
        -> ONNXTensor
    {
        ONNXTensor(name, shape: shape ?? [values.count], .integers(values))
    }

    @Test func movement() throws {
        let turned = ONNXNode(
            "Transpose", ["x"], to: "y", attributes: [ONNXAttribute("perm", .integers([0, 2, 1]))])
        #expect(
            try compute(turned, [1, 2, 3, 4, 5, 6], input: [2, 3], output: [3, 2])
                == [1, 4, 2, 5, 3, 6])
        let shaped = ONNXNode("Reshape", ["x", "sizes"], to: "y")
        let sizes = Self.integers("sizes", [0, -1])
        #expect(
            try compute(shaped, [1, 2, 3, 4], with: [sizes], input: [2, 2], output: [4]) == [
                1, 2, 3, 4,
            ])
        let taken = ONNXNode(
            "Gather", ["x", "rows"], to: "y", attributes: [ONNXAttribute("axis", .integer(1))])
        #expect(
            try compute(
                taken, [1, 2, 3, 4, 5, 6], with: [Self.integers("rows", [-1, 0])], input: [3],
                output: [2]) == [3, 1, 6, 4])
        // One index without axes takes the axis away.
        #expect(
            try compute(
                taken, [1, 2, 3, 4, 5, 6], with: [Self.integers("rows", [-1], shape: [])],
                input: [3], output: []) == [3, 6])
        let joined = ONNXNode(
            "Concat", ["x", "x"], to: "y", attributes: [ONNXAttribute("axis", .integer(-1))])
        #expect(try compute(joined, [1, 2], input: [1], output: [2]) == [1, 1, 2, 2])
    }

    /// Without `perm` all axes change their order.
    @Test func transposeOfAConstant() throws {
        let weight = ONNXTensor("w", shape: [1, 2], .floats([3, 4]))
        let model = TestModels.model(
            nodes: [
                ONNXNode("Transpose", ["w"], to: "turned"),
                ONNXNode("MatMul", ["x", "turned"], to: "y"),
            ], constants: [weight], output: [1])
        let device = try CPUDevice(threads: 1)
        #expect(try model.predictVectors([1, 2, 0, 1], count: 2, on: device) == [11, 4])
    }

    @Test func rows() throws {
        let axes = Self.integers("axes", [-1])
        let norm = ONNXNode("ReduceL2", ["x", "axes"], to: "y")
        #expect(try compute(norm, [3, 4, 0, 2], with: [axes], input: [2], output: [1]) == [5, 2])
        let flat = ONNXNode(
            "ReduceL2", ["x", "axes"], to: "y", attributes: [ONNXAttribute("keepdims", .integer(0))]
        )
        #expect(try compute(flat, [3, 4, 0, 2], with: [axes], input: [2], output: []) == [5, 2])
        let bounds = [
            ONNXTensor("low", shape: [], .floats([-1])),
            ONNXTensor("high", shape: [], .floats([2])),
        ]
        let clip = ONNXNode("Clip", ["x", "low", "high"], to: "y")
        #expect(
            try compute(clip, [-3, 0.5, 5], with: bounds, input: [3], output: [3]) == [-1, 0.5, 2])
        let above = ONNXNode("Clip", ["x", "", "high"], to: "y")
        #expect(
            try compute(above, [-3, 0.5, 5], with: bounds, input: [3], output: [3]) == [-3, 0.5, 2])
        let shares = ONNXNode("Softmax", ["x"], to: "y")
        #expect(try compute(shares, [7, 7], input: [2], output: [2]) == [0.5, 0.5])
        let erf = ONNXNode("Erf", ["x"], to: "y")
        let found = try compute(erf, [0, 1, -2, .infinity], input: [4], output: [4])
        for (found, expected) in zip(found, [0, 0.842_700_8, -0.995_322_3, 1] as [Float]) {
            #expect(abs(found - expected) < 1e-6)
        }
    }

    /// The state before the first step, and no bias: `h' = (1 - z) n + z h` with z = sigmoid(x), r = sigmoid(0), n = tanh(0).
    @Test func recurrenceFromAState() throws {
        let constants = [
            ONNXTensor("w", shape: [1, 3, 1], .floats([1, 0, 0])),
            ONNXTensor("r", shape: [1, 3, 1], .floats([0, 0, 0])),
            ONNXTensor("h", shape: [1, 1, 1], .floats([0.5])),
        ]
        // One row, so that the axis of rows may stand for time.
        var node = ONNXNode("GRU", ["x", "w", "r", "", "", "h"], to: "y")
        node.attributes = [
            ONNXAttribute("hidden_size", .integer(1)),
            ONNXAttribute("linear_before_reset", .integer(1)),
            ONNXAttribute("direction", .text("forward")),
        ]
        let found = try compute(node, [0], with: constants, input: [1, 1], output: [1, 1, 1])
        #expect(abs(found[0] - 0.25) < 1e-7)
    }

    @Test func recurrencesThatAreNotSupported() throws {
        let constants = [
            ONNXTensor("w", shape: [1, 3, 2], .floats([Float](repeating: 0.1, count: 6))),
            ONNXTensor("r", shape: [1, 3, 1], .floats([0.1, 0.1, 0.1])),
            ONNXTensor("b", shape: [1, 6], .floats([Float](repeating: 0.1, count: 6))),
            ONNXTensor("two", shape: [2, 3, 2], .floats([Float](repeating: 0.1, count: 12))),
            Self.integers("lengths", [2]),
        ]
        let usual = [
            ONNXAttribute("hidden_size", .integer(1)),
            ONNXAttribute("linear_before_reset", .integer(1)),
        ]
        func reason(_ inputs: [String], _ attributes: [ONNXAttribute]) throws -> String? {
            try self.reason(
                ONNXNode("GRU", inputs, to: "y", attributes: attributes), constants, input: [1, 2],
                output: [1, 1, 1])
        }
        #expect(try reason(["x", "w", "r", "b"], usual) == nil)
        for (attributes, word) in [
            ([usual[0]], "linear_before_reset is 0"), ([usual[1]], "hidden_size is 0"),
            ([usual[1], ONNXAttribute("hidden_size", .integer(.max))], "hidden_size is 9"),
            (usual + [ONNXAttribute("direction", .text("reverse"))], "\"reverse\""),
            (usual + [ONNXAttribute("layout", .integer(1))], "layout is 1"),
            (usual + [ONNXAttribute("activations", .other(type: 8))], "\"activations\""),
            (usual + [ONNXAttribute("clip", .float(1))], "\"clip\""),
        ] {
            let found = try #require(try reason(["x", "w", "r", "b"], attributes))
            #expect(found.contains(word), "\(found)")
        }
        #expect(try reason(["x", "w", "r", "b", "lengths"], usual) != nil)
        #expect(try reason(["x", "two", "r", "b"], usual) != nil)
        #expect(try reason(["x", "r", "w", "b"], usual) != nil)
        #expect(try reason(["x", "w", "r", "w"], usual) != nil)
        #expect(try reason(["x", "", "r", "b"], usual)?.contains("is left out") == true)
    }

    @Test func settingsAndConstantsThatDoNotFit() throws {
        func attribute(_ name: String, _ value: Int64) -> [ONNXAttribute] {
            [ONNXAttribute(name, .integer(value))]
        }
        let gamma = ONNXTensor("g", shape: [2], .floats([1, 1]))
        let norm = ["x", "g", "g"]
        #expect(try reason(ONNXNode("LayerNormalization", norm, to: "y"), [gamma]) == nil)
        for attributes in [attribute("axis", 0), attribute("axis", 2), attribute("stash_type", 10)]
        {
            let node = ONNXNode("LayerNormalization", norm, to: "y", attributes: attributes)
            #expect(try reason(node, [gamma]) != nil)
        }
        let sizes = Self.integers("i", [-1, 2])
        #expect(try reason(ONNXNode("Reshape", ["x", "i"], to: "y"), [sizes]) == nil)
        for sizes in [[-1, -1], [-2, 2], [2, 3], [.max, 2], [.min, 2], [2, 2, 0]] as [[Int64]] {
            let constant = Self.integers("i", sizes)
            #expect(try reason(ONNXNode("Reshape", ["x", "i"], to: "y"), [constant]) != nil)
        }
        #expect(try reason(ONNXNode("Reshape", ["x", "g"], to: "y"), [gamma]) != nil)
        for index in [Int64(2), -3, .max, .min] {
            let node = ONNXNode("Gather", ["x", "i"], to: "y", attributes: attribute("axis", 1))
            #expect(try reason(node, [Self.integers("i", [0, index])]) != nil)
        }
        for axes in [[2], [-3], [.max]] as [[Int64]] {
            let node = ONNXNode("ReduceL2", ["x", "i"], to: "y")
            #expect(try reason(node, [Self.integers("i", axes)]) != nil)
        }
        for order in [[0], [0, 0], [0, 2], [1, -2], [.max, 0]] as [[Int64]] {
            let node = ONNXNode(
                "Transpose", ["x"], to: "y", attributes: [ONNXAttribute("perm", .integers(order))])
            #expect(try reason(node) != nil, "\(order)")
        }
        #expect(try reason(ONNXNode("Concat", ["x", "x"], to: "y")) != nil)
        #expect(try reason(ONNXNode("MatMul", ["x", "g"], to: "y"), [gamma]) != nil)
        #expect(try reason(ONNXNode("Clip", ["x", "g"], to: "y"), [gamma]) != nil)
        let softmax = ONNXNode("Softmax", ["x"], to: "y", attributes: attribute("axis", 2))
        #expect(try reason(softmax) != nil)
    }

    /// An output of another size than the file says, and rows that got lost.
    @Test func outputsThatAreNotWhatTheFileSays() throws {
        let same = ONNXNode("Identity", ["x"], to: "y")
        #expect(try reason(same) == nil)
        #expect(try reason(same, output: [3]) != nil)
        let flat = ONNXNode("Reshape", ["x", "i"], to: "y")
        let sizes = Self.integers("i", [-1])
        #expect(try reason(flat, [sizes], output: [1]) != nil)
        #expect(try reason(flat, [sizes], output: [2])?.contains("for 2 rows") == true)
    }
}
