import TandemDevices

extension Tensor {
    /// Element-wise sum.
    ///
    /// The shapes are broadcast by NumPy's rule: aligned at the end, sizes are equal or 1, and `[B, 1, D] + [G, 1]` gives
    /// `[B, G, D]`. The gradient of an operand is summed over the axes along which it was spread. Throws when the shapes do
    /// not fit or the operands belong to different devices or tapes.
    public static func + (left: Tensor, right: Tensor) throws -> Tensor {
        try arithmetic(.add, left, right)
    }

    /// Element-wise difference; broadcasting and errors as for `+`.
    public static func - (left: Tensor, right: Tensor) throws -> Tensor {
        try arithmetic(.subtract, left, right)
    }

    /// Element-wise product; broadcasting and errors as for `+`.
    public static func * (left: Tensor, right: Tensor) throws -> Tensor {
        try arithmetic(.multiply, left, right)
    }

    /// Element-wise quotient; broadcasting and errors as for `+`.
    public static func / (left: Tensor, right: Tensor) throws -> Tensor {
        try arithmetic(.divide, left, right)
    }

    private enum Arithmetic: String {
        case add, subtract, multiply, divide

        var operation: BinaryOperation {
            switch self {
            case .add: .add
            case .subtract: .subtract
            case .multiply: .multiply
            case .divide: .divide
            }
        }
    }

    private static func arithmetic(_ kind: Arithmetic, _ left: Tensor, _ right: Tensor) throws
        -> Tensor
    {
        if let plan = BroadcastPlan(large: left.shape, small: right.shape) {
            return try arithmetic(kind, large: left, small: right, plan)
        }
        guard let plan = BroadcastPlan(large: right.shape, small: left.shape) else {
            let joint = try broadcastShape(kind.rawValue, left, right)
            return try arithmetic(
                kind, try left.expanded(to: joint), try right.expanded(to: joint))
        }
        switch kind {
        case .add, .multiply: return try arithmetic(kind, large: right, small: left, plan)
        case .subtract: return try right.affine(scale: -1) + left
        case .divide: return try right.reciprocal() * left
        }
    }

    private static func arithmetic(
        _ kind: Arithmetic, large: Tensor, small: Tensor, _ plan: BroadcastPlan
    ) throws -> Tensor {
        let device = try commonDevice(kind.rawValue, large, small)
        let tape = try commonTape(kind.rawValue, [large, small])
        let output = try Tensor(uninitialized: large.shape, on: device)
        try plan.apply(
            kind.operation, large: large.slice, small: small.slice, output: output.slice,
            on: device)
        guard let tape else { return output }
        switch kind {
        case .add: return recordSum(output, large, small, sign: 1, plan, tape)
        case .subtract: return recordSum(output, large, small, sign: -1, plan, tape)
        case .multiply: return recordProduct(output, large, small, plan, tape)
        case .divide: return recordQuotient(output, large, small, plan, tape)
        }
    }

    /// `d(a + s b)`: the gradient itself for a, `s` times it for b.
    private static func recordSum(
        _ output: Tensor, _ large: Tensor, _ small: Tensor, sign: Float, _ plan: BroadcastPlan,
        _ tape: Tape
    ) -> Tensor {
        let (largeIndex, smallIndex) = (large.node?.index, small.node?.index)
        return tape.record(output) { gradient, tape in
            if let largeIndex { try tape.add(gradient, to: largeIndex, owned: false) }
            guard let smallIndex else { return }
            if plan == .same, sign == 1 {
                try tape.add(gradient, to: smallIndex, owned: false)
            } else {
                try sum(gradient, plan, sign: sign, into: smallIndex, tape)
            }
        }
    }

    /// `d(a b) = b da + a db`.
    private static func recordProduct(
        _ output: Tensor, _ large: Tensor, _ small: Tensor, _ plan: BroadcastPlan, _ tape: Tape
    ) -> Tensor {
        let (largeIndex, smallIndex) = (large.node?.index, small.node?.index)
        let (largeSlice, smallSlice) = (large.slice, small.slice)
        return tape.record(output) { gradient, tape in
            let device = gradient.device
            if let largeIndex {
                let result = try Tensor(uninitialized: gradient.shape, on: device)
                try plan.apply(
                    .multiply, large: gradient.slice, small: smallSlice, output: result.slice,
                    on: device)
                try tape.add(result, to: largeIndex, owned: true)
            }
            guard let smallIndex else { return }
            let result = try Tensor(uninitialized: gradient.shape, on: device)
            try device.binary(
                .multiply, left: gradient.slice, right: largeSlice, output: result.slice)
            if plan == .same {
                try tape.add(result, to: smallIndex, owned: true)
            } else {
                try sum(result, plan, sign: 1, into: smallIndex, tape)
            }
        }
    }

    /// `d(a / b) = (da - (a / b) db) / b`.
    private static func recordQuotient(
        _ output: Tensor, _ large: Tensor, _ small: Tensor, _ plan: BroadcastPlan, _ tape: Tape
    ) -> Tensor {
        let (largeIndex, smallIndex) = (large.node?.index, small.node?.index)
        let (outputSlice, smallSlice) = (output.slice, small.slice)
        return tape.record(output) { gradient, tape in
            let device = gradient.device
            let scaled = try Tensor(uninitialized: gradient.shape, on: device)
            try plan.apply(
                .divide, large: gradient.slice, small: smallSlice, output: scaled.slice,
                on: device)
            if let smallIndex {
                let result = try Tensor(uninitialized: gradient.shape, on: device)
                try device.binary(
                    .multiply, left: scaled.slice, right: outputSlice, output: result.slice)
                try sum(result, plan, sign: -1, into: smallIndex, tape)
            }
            if let largeIndex { try tape.add(scaled, to: largeIndex, owned: true) }
        }
    }

    private static func sum(
        _ gradient: Tensor, _ plan: BroadcastPlan, sign: Float, into index: Int, _ tape: Tape
    ) throws {
        let device = gradient.device
        try tape.accumulate(into: index, on: device) { destination, adds in
            try plan.sum(
                gradient.slice, into: destination, scale: sign, adds: adds, on: device)
        }
    }
}
