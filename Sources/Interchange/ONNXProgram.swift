public import TandemDevices
import TandemTensors

/// A graph that has been checked, with its constants on a device and what follows from them alone computed.
struct ONNXProgram {
    /// The versions of the standard operators whose supported ones have the same meaning.
    static let operatorSets: ClosedRange<Int64> = 13...26

    /// The sizes of one row of the input.
    let rowShape: [Int]
    /// The number of values per row.
    var width: Int { rowShape.reduce(1, *) }
    private let device: any Device
    private let input: String
    private let output: String
    private var steps: [Step] = []
    private var constants = ONNXValues()

    private struct Step {
        let node: ONNXNode
        let body: ONNXBody
        /// Values that no later step needs.
        var released: [String] = []
    }

    /// Checks everything that does not depend on the input, and uploads the constants.
    init(_ model: ONNXModel, on device: any Device) throws {
        try Self.checkOperatorSet(model)
        (input, output, rowShape) = try Self.signature(model)
        self.device = device
        let all = try model.graph.nodes.map(Self.step)
        try Self.checkValues(of: model.graph, input: input, output: output)
        for constant in model.graph.initializers {
            guard constant.elements.count > 0 else {
                throw ONNXProblem.impossibleShape(
                    tensor: constant.name, shape: constant.shape.map(Int64.init))
            }
            switch constant.elements {
            case .floats(let values):
                constants.numbers[constant.name] = try Tensor(
                    values, shape: Shape(constant.shape), on: device)
            case .integers(let values):
                constants.integers[constant.name] = ONNXIntegers(
                    values: values, shape: constant.shape)
            }
        }
        for step in all {
            if step.node.inputs.allSatisfy({ $0.isEmpty || constants.contains($0) }) {
                try Self.apply(step, to: &constants)
            } else {
                steps.append(step)
            }
        }
        releaseAfterLastUse()
    }

    /// The output for some rows of `rowShape`.
    func run(_ rows: [Float]) throws -> Tensor {
        let count = rows.count / width
        var values = constants
        values.numbers[input] = try Tensor(rows, shape: Shape([count] + rowShape), on: device)
        for step in steps {
            try Self.apply(step, to: &values)
            for name in step.released { values.numbers[name] = nil }
        }
        guard let result = values.numbers[output] else {
            throw ONNXProblem.signature("the output \"\(output)\" is no array of numbers")
        }
        guard result.shape.rank > 0, result.shape[at: 0] == count else {
            throw ONNXProblem.signature(
                "the output \"\(output)\" has the shape \(result.shape) for \(count) rows")
        }
        return result
    }

    private static func apply(_ step: Step, to values: inout ONNXValues) throws {
        let node = step.node
        do {
            let results = try step.body(ONNXOperands(node: node, values: values))
            for (name, result) in zip(node.outputs, results) where !name.isEmpty {
                values.numbers[name] = result
            }
        } catch let error as TensorError {
            throw ONNXProblem.node(
                operation: node.operation, node: node.label, reason: "\(error)")
        }
    }

    private mutating func releaseAfterLastUse() {
        var known: Set<String> = [output]
        known.formUnion(constants.numbers.keys)
        for index in steps.indices.reversed() {
            let node = steps[index].node
            steps[index].released = (node.inputs + node.outputs).filter {
                known.insert($0).inserted
            }
        }
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
    ) throws(ONNXProblem) -> (input: String, output: String, rowShape: [Int]) {
        let (inputs, outputs) = (model.graph.suppliedInputs, model.graph.outputs)
        guard inputs.count == 1, outputs.count == 1 else {
            throw .signature("the model has \(inputs.count) inputs and \(outputs.count) outputs")
        }
        for value in inputs + outputs where value.elementType != ONNXElementType.float {
            throw .unsupportedType(
                value: value.name, type: ONNXElementType.name(value.elementType),
                supported: "inputs and outputs of FLOAT")
        }
        guard let rowShape = model.inputShape else {
            throw .signature("the input \"\(inputs[0].name)\" has no fixed number of features")
        }
        if case .fixed(let rows)? = inputs[0].shape?.first {
            throw .signature(
                "the input \"\(inputs[0].name)\" takes exactly \(rows) rows and not any number")
        }
        return (inputs[0].name, outputs[0].name, rowShape)
    }

    private static func step(_ node: ONNXNode) throws(ONNXProblem) -> Step {
        guard isStandard(node.domain), let operation = ONNXOperation(rawValue: node.operation)
        else {
            let domain = isStandard(node.domain) ? "" : node.domain + "."
            throw .unsupportedOperator(operation: domain + node.operation, node: node.label)
        }
        guard operation.inputCounts.contains(node.inputs.count),
            operation.outputCounts.contains(node.outputs.count)
        else {
            throw .node(
                operation: node.operation, node: node.label,
                reason: "\(node.inputs.count) inputs and \(node.outputs.count) outputs are not "
                    + "supported")
        }
        var settings = ONNXSettings(node)
        let body = try operation.body(&settings)
        try settings.requireAllKnown()
        return Step(node: node, body: body)
    }

    /// Every value is defined before it is used.
    private static func checkValues(
        of graph: ONNXGraph, input: String, output: String
    ) throws(ONNXProblem) {
        var known = Set(graph.initializers.map(\.name))
        known.insert(input)
        for node in graph.nodes {
            // An empty name is an input that is left out; the operator knows whether it may be.
            for name in node.inputs where !name.isEmpty && !known.contains(name) {
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
    /// Values that are computed on at once, so that the memory needed does not grow with the input.
    private static let blockValues = 1 << 22
    /// Rows that are computed at once at most.
    private static let blockRows = 4_096

    /// Computes the model's output for some rows, one number for each.
    ///
    /// The supported operators are those of ``ONNXOperation``. The same rows on the same device give the same bits.
    ///
    /// - Parameters:
    ///   - rows: raw values, row-major `[count, inputWidth]`.
    ///   - count: the number of rows; 0 gives an empty result.
    ///   - device: where to compute.
    /// - Returns: one output per row, `[count]`.
    /// - Throws: ``ONNXProblem`` when the rows have another width, the graph is not a supported one
    ///   or its shapes do not fit; `DeviceError` when the device fails.
    public func predict(_ rows: [Float], count: Int, on device: any Device) throws -> [Float] {
        try outputs(rows, count: count, width: 1, on: device)
    }

    /// Computes the model's output for some rows, a vector or several for each.
    ///
    /// - Parameters:
    ///   - rows: values, row-major `[count]` and then ``inputShape``.
    ///   - count: the number of rows; 0 gives an empty result.
    ///   - device: where to compute.
    /// - Returns: the outputs, row-major `[count]` and then ``outputShape``.
    /// - Throws: as ``predict(_:count:on:)``, and when the file does not say how long an output is.
    public func predictVectors(
        _ rows: [Float], count: Int, on device: any Device
    ) throws -> [Float] {
        guard let shape = outputShape else {
            throw ONNXProblem.signature("the output has no fixed number of values per row")
        }
        return try outputs(rows, count: count, width: shape.reduce(1, *), on: device)
    }

    /// The outputs of every row, `width` for each.
    private func outputs(
        _ rows: [Float], count: Int, width: Int, on device: any Device
    ) throws -> [Float] {
        let program = try ONNXProgram(self, on: device)
        let inputs = program.width
        let (needed, overflows) = count.multipliedReportingOverflow(by: inputs)
        guard count >= 0, !overflows, rows.count == needed else {
            if count > 0, rows.count % count == 0 {
                throw ONNXProblem.width(expected: inputs, found: rows.count / count)
            }
            throw ONNXProblem.valueCount(rows: count, width: inputs, found: rows.count)
        }
        var outputs: [Float] = []
        let block = max(1, min(Self.blockRows, Self.blockValues / inputs))
        for start in stride(from: 0, to: count, by: block) {
            let end = min(start + block, count)
            let result = try program.run(Array(rows[start * inputs..<end * inputs]))
            guard result.count == (end - start) * width else {
                throw ONNXProblem.signature(
                    "the output has the shape \(result.shape) for \(end - start) rows, expected "
                        + "\(width) values for each")
            }
            outputs += try result.values()
        }
        return outputs
    }
}
