import Devices

/// How the smaller operand of an arithmetic operation is spread over the larger one.
enum BroadcastPlan {
    case same
    case vector(BroadcastAxis, rows: Int, columns: Int)

    /// Finds the plan for two shapes, the larger first, or `nil` when they do not fit.
    ///
    /// The smaller shape is equal, one element, a suffix of the larger (`[R, C]` with `[C]`) or its prefix with the other
    /// axes 1 (`[R, C]` with `[R, 1]`).
    init?(large: Shape, small: Shape) {
        if large == small {
            self = .same
            return
        }
        if small.count == 1 {
            self = .vector(.perRow, rows: 1, columns: large.count)
            return
        }
        let sizes = large.dimensions
        let core = Array(small.dimensions.drop(while: { $0 == 1 }))
        if core.count <= sizes.count, Array(sizes.suffix(core.count)) == core {
            let columns = core.reduce(1, *)
            self = .vector(.perColumn, rows: large.count / max(columns, 1), columns: columns)
            return
        }
        var prefix = small.dimensions
        while prefix.last == 1 { prefix.removeLast() }
        if small.rank == large.rank, Array(sizes.prefix(prefix.count)) == prefix {
            let rows = prefix.reduce(1, *)
            self = .vector(.perRow, rows: rows, columns: large.count / max(rows, 1))
            return
        }
        return nil
    }
}

extension Tensor {
    /// Element-wise sum; shapes equal, or one operand a scalar, a suffix (`[R, C] + [C]`) or a prefix (`[R, C] + [R, 1]`).
    public static func + (left: Tensor, right: Tensor) throws -> Tensor {
        try arithmetic(.add, left, right)
    }

    /// Element-wise difference; broadcasting as for `+`, the right operand being the smaller.
    public static func - (left: Tensor, right: Tensor) throws -> Tensor {
        try arithmetic(.subtract, left, right)
    }

    /// Element-wise product; broadcasting as for `+`.
    public static func * (left: Tensor, right: Tensor) throws -> Tensor {
        try arithmetic(.multiply, left, right)
    }

    /// Element-wise quotient; broadcasting as for `+`, the right operand being the smaller.
    public static func / (left: Tensor, right: Tensor) throws -> Tensor {
        try arithmetic(.divide, left, right)
    }

    /// `scale * self + offset`.
    public func affine(scale: Float, offset: Float = 0) throws -> Tensor {
        let output = try Tensor(uninitialized: shape, on: device)
        try device.affine(input: slice, output: output.slice, scale: scale, offset: offset)
        return output.recorded(from: self) { gradient, destination, adds in
            if adds {
                try gradient.device.axpy(alpha: scale, x: gradient.slice, y: destination)
            } else {
                try gradient.device.affine(
                    input: gradient.slice, output: destination, scale: scale, offset: 0)
            }
        }
    }

    /// Every element multiplied by `scale`.
    public static func * (tensor: Tensor, scale: Float) throws -> Tensor {
        try tensor.affine(scale: scale)
    }

    /// Every element plus `offset`.
    public static func + (tensor: Tensor, offset: Float) throws -> Tensor {
        try tensor.affine(scale: 1, offset: offset)
    }

    private static func arithmetic(_ operation: BinaryOperation, _ left: Tensor, _ right: Tensor)
        throws -> Tensor
    {
        let commutes = operation == .add || operation == .multiply
        if commutes, right.count > left.count || right.shape.rank > left.shape.rank {
            return try arithmetic(operation, large: right, small: left)
        }
        return try arithmetic(operation, large: left, small: right)
    }

    private static func arithmetic(_ operation: BinaryOperation, large: Tensor, small: Tensor)
        throws -> Tensor
    {
        let device = try commonDevice("\(operation)", large, small)
        guard let plan = BroadcastPlan(large: large.shape, small: small.shape) else {
            throw TensorError.shapeMismatch(
                operation: "\(operation)", shapes: [large.shape, small.shape],
                advice: "use equal shapes, a scalar, a vector over the last axes, or [R, 1]")
        }
        let output = try Tensor(uninitialized: large.shape, on: device)
        try combine(operation, large.slice, small.slice, output.slice, plan, device)
        guard let tape = try commonTape("\(operation)", large, small) else { return output }
        let (largeNode, smallNode) = (large.node, small.node)
        let (largeValue, smallValue) = (large.detached, small.detached)
        return tape.record(output) { gradient, tape in
            if let node = largeNode {
                let rule = try largeGradient(operation, gradient, smallValue, plan)
                try tape.add(rule.gradient, to: node.index, owned: rule.owned)
            }
            if let node = smallNode {
                let full = try smallGradient(operation, gradient, largeValue, smallValue, plan)
                let (reduced, owned) = try reduce(full.gradient, to: smallValue.shape, plan)
                try tape.add(reduced, to: node.index, owned: owned || full.owned)
            }
        }
    }

    private static func combine(
        _ operation: BinaryOperation, _ large: BufferSlice, _ small: BufferSlice,
        _ output: BufferSlice, _ plan: BroadcastPlan, _ device: any Device
    ) throws {
        switch plan {
        case .same:
            try device.binary(operation, left: large, right: small, output: output)
        case .vector(let axis, let rows, let columns):
            try device.binaryBroadcast(
                operation, matrix: large, vector: small, axis: axis, output: output, rows: rows,
                columns: columns)
        }
    }

    private static func largeGradient(
        _ operation: BinaryOperation, _ gradient: Tensor, _ small: Tensor, _ plan: BroadcastPlan
    ) throws -> (gradient: Tensor, owned: Bool) {
        switch operation {
        case .add, .subtract:
            return (gradient, false)
        case .multiply, .divide:
            let result = try Tensor(uninitialized: gradient.shape, on: gradient.device)
            try combine(
                operation, gradient.slice, small.slice, result.slice, plan, gradient.device)
            return (result, true)
        case .maximum:
            throw TensorError.invalidArgument(
                operation: "maximum", detail: "has no gradient; use relu of a difference")
        }
    }

    /// The gradient of the smaller operand before its broadcast axes are summed.
    private static func smallGradient(
        _ operation: BinaryOperation, _ gradient: Tensor, _ large: Tensor, _ small: Tensor,
        _ plan: BroadcastPlan
    ) throws -> (gradient: Tensor, owned: Bool) {
        let device = gradient.device
        switch operation {
        case .add:
            return (gradient, false)
        case .subtract:
            return (try gradient.affine(scale: -1), true)
        case .multiply:
            return (try arithmetic(.multiply, large: gradient, small: large), true)
        case .divide:
            // d(a / b)/db = -(a / b) / b
            let result = try Tensor(uninitialized: gradient.shape, on: device)
            try device.binary(
                .multiply, left: gradient.slice, right: large.slice, output: result.slice)
            for _ in 0..<2 {
                try combine(.divide, result.slice, small.slice, result.slice, plan, device)
            }
            try device.affine(input: result.slice, output: result.slice, scale: -1, offset: 0)
            return (result, true)
        case .maximum:
            throw TensorError.invalidArgument(
                operation: "maximum", detail: "has no gradient; use relu of a difference")
        }
    }

    private static func reduce(_ gradient: Tensor, to shape: Shape, _ plan: BroadcastPlan) throws
        -> (Tensor, owned: Bool)
    {
        guard case .vector(let axis, let rows, let columns) = plan else {
            return (gradient, false)
        }
        let result = try Tensor(uninitialized: shape, on: gradient.device)
        try gradient.device.reduce(
            .sum, input: gradient.slice, output: result.slice, rows: rows, columns: columns,
            axis: axis == .perColumn ? .alongColumns : .alongRows, scale: 1, accumulate: false)
        return (result, true)
    }
}
