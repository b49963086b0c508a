import TandemTensors

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
