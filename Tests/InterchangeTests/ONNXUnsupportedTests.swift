import TandemDevices
import Testing

@testable import TandemInterchange

/// Models that cannot be computed are refused with a typed error that says why.
@Suite struct ONNXUnsupportedTests {
    private func problem(
        _ nodes: [ONNXNode], _ constants: [ONNXTensor] = [],
        change: (inout ONNXModel) -> Void = { _ in }
    ) throws -> ONNXProblem? {
        var model = TestModels.model(nodes: nodes, constants: constants)
        change(&model)
        do {
            _ = try model.predict([1, 2, 3, 4], count: 2, on: try CPUDevice(threads: 1))
            return nil
        } catch let problem as ONNXProblem { return problem }
    }

    private static let sum = ONNXNode("Gemm", ["x", "w"], to: "s")
    private static let squeeze = ONNXNode("Squeeze", ["s", "axes"], to: "y")
    private static let constants = [
        ONNXTensor("w", shape: [2, 1], .floats([1, 1])),
        ONNXTensor("axes", shape: [1], .integers([1])),
    ]

    @Test func theSmallModelWorks() throws {
        #expect(try problem([Self.sum, Self.squeeze], Self.constants) == nil)
    }

    @Test func operatorsAreNamed() throws {
        let unknown = ONNXNode("Celu", ["x"], to: "y")
        #expect(
            try problem([unknown]) == .unsupportedOperator(operation: "Celu", node: "y"))
        var foreign = ONNXNode("Relu", ["x"], to: "y")
        (foreign.domain, foreign.name) = ("com.example", "last")
        let found = try problem([foreign])
        #expect(found == .unsupportedOperator(operation: "com.example.Relu", node: "last"))
        #expect("\(try #require(found))".contains("Gemm"))
    }

    @Test func valuesThatNothingDefines() throws {
        let found = try problem([Self.sum, Self.squeeze], [Self.constants[1]])
        #expect("\(try #require(found))".contains("its input \"w\" is not defined before it"))
        #expect(try problem([Self.squeeze, Self.sum], Self.constants) != nil)
        #expect(try problem([Self.sum], Self.constants) != nil)
    }

    @Test func shapesThatDoNotFit() throws {
        let wide = ONNXTensor("w", shape: [3, 1], .floats([1, 1, 1]))
        let found = try problem([Self.sum, Self.squeeze], [wide, Self.constants[1]])
        #expect("\(try #require(found))".contains("[2, 2] and [3, 1]"))
        let vector = ONNXTensor("w", shape: [2], .floats([1, 1]))
        #expect(try problem([Self.sum, Self.squeeze], [vector, Self.constants[1]]) != nil)
        let empty = ONNXTensor("w", shape: [2, 0], .floats([]))
        #expect(try problem([Self.sum, Self.squeeze], [empty, Self.constants[1]]) != nil)
        for axis in [Int64(0), 2, -3, .min, .max] {
            let axes = ONNXTensor("axes", shape: [1], .integers([axis]))
            #expect(try problem([Self.sum, Self.squeeze], [Self.constants[0], axes]) != nil)
        }
        let large = ONNXTensor("c", shape: [2, 3], .floats([0, 0, 0, 0, 0, 0]))
        let sum = ONNXNode("Gemm", ["x", "w", "c"], to: "s")
        #expect(try problem([sum, Self.squeeze], Self.constants + [large]) != nil)
        #expect(try problem([ONNXNode("Relu", ["x"], to: "y")]) != nil)
    }

    @Test func constantsOfTheWrongKind() throws {
        let floats = ONNXTensor("axes", shape: [1], .floats([1]))
        #expect(try problem([Self.sum, Self.squeeze], [Self.constants[0], floats]) != nil)
        let integers = ONNXTensor("w", shape: [2, 1], .integers([1, 1]))
        #expect(try problem([Self.sum, Self.squeeze], [integers, Self.constants[1]]) != nil)
    }

    @Test func settingsThatAreNotKnown() throws {
        var sum = Self.sum
        sum.attributes = [ONNXAttribute("transC", .integer(1))]
        #expect(try problem([sum, Self.squeeze], Self.constants) != nil)
        sum.attributes = [ONNXAttribute("alpha", .integer(1))]
        #expect(try problem([sum, Self.squeeze], Self.constants) != nil)
        var squeeze = Self.squeeze
        squeeze.attributes = [ONNXAttribute("axes", .other(type: 7))]
        #expect(try problem([Self.sum, squeeze], Self.constants) != nil)
        squeeze = ONNXNode("Squeeze", ["s"], to: "y")
        #expect(try problem([Self.sum, squeeze], Self.constants) != nil)
    }

    @Test func versionsAndSignatures() throws {
        let nodes = [Self.sum, Self.squeeze]
        let found = try problem(nodes, Self.constants) { $0.operatorSets[0].version = 12 }
        #expect(found == .operatorSet(version: 12, supported: 13...26))
        #expect(try problem(nodes, Self.constants) { $0.operatorSets = [] } != nil)
        #expect(try problem(nodes, Self.constants) { $0.graph.inputs[0].elementType = 11 } != nil)
        #expect(try problem(nodes, Self.constants) { $0.graph.inputs[0].shape = nil } != nil)
        #expect(
            try problem(nodes, Self.constants) { $0.graph.inputs[0].shape?[0] = .fixed(2) } != nil)
        #expect(try problem(nodes, Self.constants) { $0.graph.inputs = [] } != nil)
        #expect(
            try problem(nodes, Self.constants) {
                $0.graph.outputs.append(ONNXValue("s", shape: []))
            } != nil)
        // Older files list the constants among the inputs.
        #expect(
            try problem(nodes, Self.constants) {
                $0.graph.inputs.append(ONNXValue("w", shape: [.fixed(2), .fixed(1)]))
            } == nil)
    }
}
