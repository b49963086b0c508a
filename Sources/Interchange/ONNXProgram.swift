public import TandemDevices
import TandemTensors

/// A graph that has been checked, with its constants on a device.
struct ONNXProgram {
    /// The versions of the standard operators whose supported ones have the same meaning.
    static let operatorSets: ClosedRange<Int64> = 13...26

    /// The number of values per row.
    let width: Int
    private let device: any Device
    private let input: String
    private let output: String
    private let steps: [Step]
    private var numbers: [String: Tensor] = [:]
    private var integers: [String: [Int64]] = [:]

    private struct Step {
        let operation: ONNXOperation
        let gemm: GemmSettings?
        let node: ONNXNode

        func problem(_ reason: String) -> ONNXProblem {
            .node(operation: node.operation, node: node.label, reason: reason)
        }
    }

    /// Checks everything that does not depend on the input, and uploads the constants.
    init(_ model: ONNXModel, on device: any Device) throws {
        try Self.checkOperatorSet(model)
        (input, output, width) = try Self.signature(model)
        self.device = device
        steps = try model.graph.nodes.map(Self.step)
        try Self.checkValues(of: model.graph, input: input, output: output)
        for constant in model.graph.initializers {
            guard constant.elements.count > 0 else {
                throw ONNXProblem.impossibleShape(
                    tensor: constant.name, shape: constant.shape.map(Int64.init))
            }
            switch constant.elements {
            case .floats(let values):
                numbers[constant.name] = try Tensor(
                    values, shape: Shape(constant.shape), on: device)
            case .integers(let values): integers[constant.name] = values
            }
        }
    }

    /// The outputs `[rows.count / width]` for some rows `[n, width]`.
    func run(_ rows: [Float]) throws -> [Float] {
        let count = rows.count / width
        var values = numbers
        values[input] = try Tensor(rows, shape: [count, width], on: device)
        for step in steps {
            do {
                values[step.node.outputs[0]] = try apply(step, values)
            } catch let error as TensorError {
                throw step.problem("\(error)")
            }
        }
        guard let result = values[output], result.shape == [count] || result.shape == [count, 1]
        else {
            let shape = values[output].map { "has the shape \($0.shape)" } ?? "is no array"
            throw ONNXProblem.signature("the output \"\(output)\" \(shape) for \(count) rows")
        }
        return try result.values()
    }

    private func apply(_ step: Step, _ values: [String: Tensor]) throws -> Tensor {
        func operand(_ index: Int) throws -> Tensor {
            guard let value = values[step.node.inputs[index]] else {
                throw step.problem("\"\(step.node.inputs[index])\" is no array of numbers")
            }
            return value
        }
        switch step.operation {
        case .add: return try operand(0) + operand(1)
        case .subtract: return try operand(0) - operand(1)
        case .multiply: return try operand(0) * operand(1)
        case .divide: return try operand(0) / operand(1)
        case .relu: return try operand(0).relu()
        case .sigmoid: return try operand(0).sigmoid()
        case .identity: return try operand(0)
        case .squeeze: return try squeeze(try operand(0), step)
        case .gemm:
            guard let gemm = step.gemm else { throw step.problem("it has no settings") }
            let hasAddend = step.node.inputs.count == 3 && !step.node.inputs[2].isEmpty
            return try gemm.apply(
                try operand(0), try operand(1), hasAddend ? try operand(2) : nil)
        }
    }

    private func squeeze(_ tensor: Tensor, _ step: Step) throws -> Tensor {
        guard let axes = integers[step.node.inputs[1]] else {
            throw step.problem("its axes \"\(step.node.inputs[1])\" are no constant of INT64")
        }
        let rank = Int64(tensor.shape.rank)
        var removed: Set<Int> = []
        for axis in axes {
            guard axis >= -rank, axis < rank else {
                throw step.problem("axis \(axis) is outside the shape \(tensor.shape)")
            }
            removed.insert(Int(axis < 0 ? axis + rank : axis))
        }
        if let wide = removed.sorted().first(where: { tensor.shape[at: $0] != 1 }) {
            throw step.problem("axis \(wide) of the shape \(tensor.shape) has not the size 1")
        }
        let kept = (0..<tensor.shape.rank).filter { !removed.contains($0) }
        return try tensor.reshaped(Shape(kept.map { tensor.shape[at: $0] }))
    }
}

extension ONNXProgram {
    private static func checkOperatorSet(_ model: ONNXModel) throws(ONNXProblem) {
        let version = model.operatorSets.first { isStandard($0.domain) }?.version
        guard let version, operatorSets.contains(version) else {
            throw .operatorSet(version: version, supported: operatorSets)
        }
    }

    private static func isStandard(_ domain: String) -> Bool {
        domain.isEmpty || domain == "ai.onnx"
    }

    private static func signature(
        _ model: ONNXModel
    ) throws(ONNXProblem) -> (input: String, output: String, width: Int) {
        let (inputs, outputs) = (model.graph.suppliedInputs, model.graph.outputs)
        guard inputs.count == 1, outputs.count == 1 else {
            throw .signature("the model has \(inputs.count) inputs and \(outputs.count) outputs")
        }
        for value in inputs + outputs where value.elementType != ONNXElementType.float {
            throw .unsupportedType(
                value: value.name, type: ONNXElementType.name(value.elementType),
                supported: "inputs and outputs of FLOAT")
        }
        guard let width = model.inputWidth else {
            throw .signature("the input \"\(inputs[0].name)\" has no fixed number of features")
        }
        if case .fixed(let rows)? = inputs[0].shape?.first {
            throw .signature(
                "the input \"\(inputs[0].name)\" takes exactly \(rows) rows and not any number")
        }
        return (inputs[0].name, outputs[0].name, width)
    }

    private static func step(_ node: ONNXNode) throws(ONNXProblem) -> Step {
        guard isStandard(node.domain), let operation = ONNXOperation(rawValue: node.operation)
        else {
            let domain = isStandard(node.domain) ? "" : node.domain + "."
            throw .unsupportedOperator(operation: domain + node.operation, node: node.label)
        }
        let step = Step(
            operation: operation, gemm: operation == .gemm ? try GemmSettings(node) : nil,
            node: node)
        guard operation.inputCounts.contains(node.inputs.count), node.outputs.count == 1 else {
            throw step.problem(
                "\(node.inputs.count) inputs and \(node.outputs.count) outputs are not supported")
        }
        if operation != .gemm, let attribute = node.attributes.first {
            throw step.problem("the attribute \"\(attribute.name)\" is not known")
        }
        return step
    }

    /// Every value is defined before it is used.
    private static func checkValues(
        of graph: ONNXGraph, input: String, output: String
    ) throws(ONNXProblem) {
        var known = Set(graph.initializers.map(\.name))
        known.insert(input)
        for node in graph.nodes {
            for (index, name) in node.inputs.enumerated() where !known.contains(name) {
                if name.isEmpty, index == 2 { continue }
                throw .node(
                    operation: node.operation, node: node.label,
                    reason: "its input \"\(name)\" is not defined before it")
            }
            known.formUnion(node.outputs)
        }
        guard known.contains(output) else {
            throw .signature("the output \"\(output)\" is not computed by any node")
        }
    }
}

extension ONNXModel {
    /// Rows that are computed at once, so that the memory needed does not grow with the input.
    private static let blockRows = 4_096

    /// Computes the model's output for some rows.
    ///
    /// The supported operators are those of feed-forward networks: `Add`, `Sub`, `Mul`, `Div`,
    /// `Gemm`, `Relu`, `Sigmoid`, `Squeeze`, `Identity`. The same rows on the same device give the
    /// same bits.
    ///
    /// - Parameters:
    ///   - rows: raw values, row-major `[count, inputWidth]`.
    ///   - count: the number of rows; 0 gives an empty result.
    ///   - device: where to compute.
    /// - Returns: one output per row, `[count]`.
    /// - Throws: ``ONNXProblem`` when the rows have another width, the graph is not a supported one
    ///   or its shapes do not fit; `DeviceError` when the device fails.
    public func predict(_ rows: [Float], count: Int, on device: any Device) throws -> [Float] {
        let program = try ONNXProgram(self, on: device)
        let width = program.width
        let (needed, overflows) = count.multipliedReportingOverflow(by: width)
        guard count >= 0, !overflows, rows.count == needed else {
            if count > 0, rows.count % count == 0 {
                throw ONNXProblem.width(expected: width, found: rows.count / count)
            }
            throw ONNXProblem.valueCount(rows: count, width: width, found: rows.count)
        }
        var outputs: [Float] = []
        outputs.reserveCapacity(count)
        for start in stride(from: 0, to: count, by: Self.blockRows) {
            let end = min(start + Self.blockRows, count)
            outputs += try program.run(Array(rows[start * width..<end * width]))
        }
        return outputs
    }
}

/// The operators that can be computed, as ONNX defines them since version 13 of its operators.
enum ONNXOperation: String, CaseIterable {
    case add = "Add"
    case subtract = "Sub"
    case multiply = "Mul"
    case divide = "Div"
    case gemm = "Gemm"
    case relu = "Relu"
    case sigmoid = "Sigmoid"
    case squeeze = "Squeeze"
    case identity = "Identity"

    /// The names of all operators.
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// How many inputs an operator takes.
    var inputCounts: ClosedRange<Int> {
        switch self {
        case .add, .subtract, .multiply, .divide, .squeeze: 2...2
        case .gemm: 2...3
        case .relu, .sigmoid, .identity: 1...1
        }
    }
}

/// The settings of a general matrix product: `alpha op(A) op(B) + beta C`.
struct GemmSettings: Equatable {
    var alpha: Float = 1
    var beta: Float = 1
    var transposesLeft = false
    var transposesRight = false

    init(_ node: ONNXNode) throws(ONNXProblem) {
        for attribute in node.attributes {
            switch (attribute.name, attribute.value) {
            case ("alpha", .float(let value)): alpha = value
            case ("beta", .float(let value)): beta = value
            case ("transA", .integer(let value)): transposesLeft = value != 0
            case ("transB", .integer(let value)): transposesRight = value != 0
            default:
                throw .node(
                    operation: node.operation, node: node.label,
                    reason: "the attribute \"\(attribute.name)\" or its type is not known")
            }
        }
    }

    /// The product of matrices, plus what is added to each of its elements.
    func apply(_ left: Tensor, _ right: Tensor, _ addend: Tensor?) throws -> Tensor {
        if !transposesLeft, transposesRight, alpha == 1, beta == 1, right.shape.rank == 2,
            let addend, addend.shape == [right.shape[at: 0]], left.shape.rank == 2
        {
            return try left.linear(weight: right, bias: addend)
        }
        guard left.shape.rank == 2, right.shape.rank == 2 else {
            throw TensorError.shapeMismatch(
                operation: "product", shapes: [left.shape, right.shape],
                advice: "both operands must be matrices")
        }
        var product = try left.matmul(
            right, transposeLeft: transposesLeft, transposeRight: transposesRight)
        if alpha != 1 { product = try product * alpha }
        guard let addend, beta != 0 else { return product }
        let sum = try product + (beta == 1 ? addend : addend * beta)
        guard sum.shape == product.shape else {
            throw TensorError.shapeMismatch(
                operation: "sum", shapes: [product.shape, addend.shape],
                advice: "what is added must not be larger than the product")
        }
        return sum
    }
}
