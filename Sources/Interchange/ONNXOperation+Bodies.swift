import TandemTensors

import Glibc

/// What single operators compute; formulas as in the documentation of ONNX's operators.
extension ONNXOperation {
    static func softmax(_ settings: inout ONNXSettings) throws(ONNXProblem) -> ONNXBody {
        let axis = try settings.integer("axis", -1)
        return { operands in
            let x = try operands.tensor(0)
            return [try x.softmax(axis: try operands.place(of: axis, in: x.shape))]
        }
    }

    /// Over the last axis, as all layers here have it.
    static func layerNorm(_ settings: inout ONNXSettings) throws(ONNXProblem) -> ONNXBody {
        let axis = try settings.integer("axis", -1)
        let epsilon = try settings.float("epsilon", 1e-5)
        try settings.require("stash_type", 1, else: 1)
        return { operands in
            let x = try operands.tensor(0)
            guard try operands.place(of: axis, in: x.shape) == x.shape.rank - 1 else {
                throw operands.problem(
                    "axis \(axis) of the shape \(x.shape) is not the last one; only that is "
                        + "supported")
            }
            return [
                try x.layerNorm(
                    gamma: try operands.tensor(1), beta: try operands.tensor(2), epsilon: epsilon)
            ]
        }
    }

    /// `sqrt(sum of squares)` along axes.
    static func reduceL2(_ settings: inout ONNXSettings) throws(ONNXProblem) -> ONNXBody {
        let keepsAxes = try settings.integer("keepdims", 1) != 0
        try settings.require("noop_with_empty_axes", 0, else: 0)
        return { operands in
            let x = try operands.tensor(0)
            var axes: Set<Int> = []
            for axis in try operands.integers(1, "axes").values {
                axes.insert(try operands.place(of: axis, in: x.shape))
            }
            return [
                try x.squared().sum(axes: axes.sorted(), keepingAxes: keepsAxes).squareRoot()
            ]
        }
    }

    static func clip(_ operands: ONNXOperands) throws -> Tensor {
        var x = try operands.tensor(0)
        for (index, bound) in [(1, Tensor.maximum), (2, Tensor.minimum)]
            as [(Int, (Tensor, Tensor) throws -> Tensor)]
        {
            guard let limit = try operands.optionalTensor(index) else { continue }
            guard limit.shape.rank == 0 else {
                throw operands.problem("a bound has the shape \(limit.shape), expected one number")
            }
            x = try bound(x, limit)
        }
        return x
    }

    static func transpose(_ settings: inout ONNXSettings) throws(ONNXProblem) -> ONNXBody {
        let order = try settings.integers("perm")
        return { operands in
            let x = try operands.tensor(0)
            let axes = order ?? (0..<Int64(x.shape.rank)).reversed()
            var places: [Int] = []
            for axis in axes {
                guard axis >= 0 else { throw operands.problem("perm holds \(axis)") }
                places.append(try operands.place(of: axis, in: x.shape))
            }
            return [try x.permuted(places)]
        }
    }

    /// A size of 0 is that of the input, one of -1 what the others leave.
    static func reshape(_ settings: inout ONNXSettings) throws(ONNXProblem) -> ONNXBody {
        try settings.require("allowzero", 0, else: 0)
        return { operands in
            let x = try operands.tensor(0)
            var sizes: [Int] = []
            for (axis, size) in try operands.integers(1, "sizes").values.enumerated() {
                guard size != 0 || axis < x.shape.rank else {
                    throw operands.problem("axis \(axis) is outside the shape \(x.shape)")
                }
                sizes.append(size == 0 ? x.shape[at: axis] : Int(size))
            }
            return [try x.reshaped(Shape(sizes))]
        }
    }

    static func squeeze(_ operands: ONNXOperands) throws -> Tensor {
        let x = try operands.tensor(0)
        var removed: Set<Int> = []
        for axis in try operands.integers(1, "axes").values {
            removed.insert(try operands.place(of: axis, in: x.shape))
        }
        if let wide = removed.sorted().first(where: { x.shape[at: $0] != 1 }) {
            throw operands.problem("axis \(wide) of the shape \(x.shape) has not the size 1")
        }
        let kept = (0..<x.shape.rank).filter { !removed.contains($0) }
        return try x.reshaped(Shape(kept.map { x.shape[at: $0] }))
    }

    /// With constant indices only; one index without axes removes the axis.
    static func gather(_ settings: inout ONNXSettings) throws(ONNXProblem) -> ONNXBody {
        let axis = try settings.integer("axis", 0)
        return { operands in
            let x = try operands.tensor(0)
            let place = try operands.place(of: axis, in: x.shape)
            let size = x.shape[at: place]
            let indices = try operands.integers(1, "indices")
            var rows: [Int32] = []
            for index in indices.values {
                guard index >= -Int64(size), index < size, size <= Int(Int32.max) else {
                    throw operands.problem("index \(index) is outside an axis of size \(size)")
                }
                rows.append(Int32(index < 0 ? index + Int64(size) : index))
            }
            return [
                try x.gather(
                    try IndexTensor(rows, shape: Shape(indices.shape), on: x.device), axis: place)
            ]
        }
    }

    static func concatenate(_ settings: inout ONNXSettings) throws(ONNXProblem) -> ONNXBody {
        guard let axis = try settings.optionalInteger("axis") else {
            throw settings.problem("it has no attribute \"axis\"")
        }
        return { operands in
            var parts: [Tensor] = []
            for index in 0..<operands.count { parts.append(try operands.tensor(index)) }
            let place = try operands.place(of: axis, in: parts[0].shape)
            return [try Tensor.concatenate(parts, axis: place)]
        }
    }
}

/// The error function, which no device has: it is computed on the host.
enum ONNXErrorFunction {
    static func apply(to x: Tensor) throws -> Tensor {
        try Tensor(try x.values().map { erf($0) }, shape: x.shape, on: x.device)
    }
}

/// The settings of a general matrix product: `alpha op(A) op(B) + beta C`.
struct GemmSettings: Equatable {
    let alpha: Float
    let beta: Float
    let transposesLeft: Bool
    let transposesRight: Bool

    init(_ settings: inout ONNXSettings) throws(ONNXProblem) {
        alpha = try settings.float("alpha", 1)
        beta = try settings.float("beta", 1)
        transposesLeft = try settings.integer("transA", 0) != 0
        transposesRight = try settings.integer("transB", 0) != 0
    }

    var body: ONNXBody {
        {
            [try apply($0.tensor(0), $0.tensor(1), $0.optionalTensor(2))]
        }
    }

    /// The product of matrices, plus what is added to each of its elements.
    private func apply(_ left: Tensor, _ right: Tensor, _ addend: Tensor?) throws -> Tensor {
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
