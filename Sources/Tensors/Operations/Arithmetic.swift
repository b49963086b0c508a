import TandemDevices

extension Tensor {
    /// Element-wise sum.
    ///
    /// The shapes are broadcast by NumPy's rule: aligned at the end, sizes are equal or 1, and `[B, 1, D] + [G, 1]` gives
    /// `[B, G, D]`. The gradient of an operand is summed over the axes along which it was spread. Throws when the shapes do
    /// not fit or the operands belong to different devices or tapes.
    public static func + (left: Tensor, right: Tensor) throws -> Tensor {
        try binary(.add, left, right)
    }

    /// Element-wise difference; broadcasting and errors as for `+`.
    public static func - (left: Tensor, right: Tensor) throws -> Tensor {
        try binary(.subtract, left, right)
    }

    /// Element-wise product; broadcasting and errors as for `+`.
    public static func * (left: Tensor, right: Tensor) throws -> Tensor {
        try binary(.multiply, left, right)
    }

    /// Element-wise quotient; broadcasting and errors as for `+`.
    public static func / (left: Tensor, right: Tensor) throws -> Tensor {
        try binary(.divide, left, right)
    }

    /// Each element raised to the power of the one in `exponent`; broadcasting and errors as for `+`.
    ///
    /// A negative element needs a whole exponent, else the result is NaN. The gradient of an exponent is 0 where the
    /// element is 0.
    public func power(_ exponent: Tensor) throws -> Tensor {
        try Self.binary(.power, self, exponent)
    }

    /// Each element raised to a power.
    public func power(_ exponent: Float) throws -> Tensor {
        exponent == 2 ? try squared() : try power(try scalar(exponent))
    }

    /// The larger of each two elements, NaN if one is; broadcasting and errors as for `+`.
    ///
    /// Where both are equal each gets half of the gradient.
    public static func maximum(_ left: Tensor, _ right: Tensor) throws -> Tensor {
        try binary(.maximum, left, right)
    }

    /// The larger of each element and a number.
    public static func maximum(_ left: Tensor, _ right: Float) throws -> Tensor {
        try binary(.maximum, left, try left.scalar(right))
    }

    /// The smaller of each two elements, NaN if one is; broadcasting, gradient and errors as for `maximum`.
    public static func minimum(_ left: Tensor, _ right: Tensor) throws -> Tensor {
        try binary(.minimum, left, right)
    }

    /// The smaller of each element and a number.
    public static func minimum(_ left: Tensor, _ right: Float) throws -> Tensor {
        try binary(.minimum, left, try left.scalar(right))
    }

    /// A function of two tensors, recorded.
    private static func binary(_ operation: BinaryOperation, _ left: Tensor, _ right: Tensor)
        throws -> Tensor
    {
        let name = "\(operation)"
        _ = try commonDevice(name, left, right)
        let tape = try commonTape(name, [left, right])
        let output = try combined(operation, left, right)
        guard let tape else { return output }
        let call = BinaryCall(operation, left, right, output: output)
        return tape.record(output) { gradient, tape in try call.backward(gradient, tape) }
    }
}

/// What a function of two tensors saves for its backward pass: of its operands only what their gradients need.
private struct BinaryCall {
    private let operation: BinaryOperation
    private let leftShape: Shape
    private let rightShape: Shape
    private let leftIndex: Int?
    private let rightIndex: Int?
    private var left: Tensor?
    private var right: Tensor?
    private var output: Tensor?

    init(_ operation: BinaryOperation, _ left: Tensor, _ right: Tensor, output: Tensor) {
        self.operation = operation
        (leftShape, rightShape) = (left.shape, right.shape)
        (leftIndex, rightIndex) = (left.node?.index, right.node?.index)
        switch operation {
        case .add, .subtract: break
        case .multiply:
            if rightIndex != nil { self.left = left.detached }
            if leftIndex != nil { self.right = right.detached }
        case .divide:
            self.right = right.detached
            if rightIndex != nil { self.output = output }
        default:
            self.left = left.detached
            self.right = right.detached
            if operation == .power, rightIndex != nil { self.output = output }
        }
    }

    func backward(_ gradient: Tensor, _ tape: Tape) throws {
        switch operation {
        case .add, .subtract:
            try handLeft(gradient, owned: false, tape)
            try handRight(gradient, scale: operation == .add ? 1 : -1, owned: false, tape)
        case .divide: try quotient(gradient, tape)
        default:
            if let right, leftIndex != nil {
                try handLeft(try leftGradient(gradient, right), owned: true, tape)
            }
            if let left, rightIndex != nil {
                try handRight(try rightGradient(gradient, left), owned: true, tape)
            }
        }
    }

    /// `d(a / b) = (da - (a / b) db) / b`.
    private func quotient(_ gradient: Tensor, _ tape: Tape) throws {
        guard let right else { return }
        let scaled = try Tensor.combined(.divide, gradient, right)
        if let output {
            let product = try Tensor.combined(.multiply, scaled, output)
            try handRight(product, scale: -1, owned: true, tape)
        }
        try handLeft(scaled, owned: true, tape)
    }

    /// The gradient of `operand`, which is saved for all but products, beside the other operand.
    private func gradient(
        _ gradient: Tensor, of operand: Tensor?, _ other: Tensor, power: (Tensor) throws -> Tensor
    ) throws -> Tensor {
        guard operation != .multiply, let operand else {
            return try Tensor.combined(.multiply, gradient, other)
        }
        switch operation {
        case .maximum: return try gradient.shared(operand, .less, .lessOrEqual, other)
        case .minimum: return try gradient.shared(operand, .greater, .greaterOrEqual, other)
        default: return try Tensor.combined(.multiply, gradient, power(operand))
        }
    }

    private func leftGradient(_ gradient: Tensor, _ right: Tensor) throws -> Tensor {
        try self.gradient(gradient, of: left, right) { left in
            // b a^(b - 1), which is 0 for b = 0 whatever a is.
            let slope = try Tensor.combined(
                .multiply, right, Tensor.combined(.power, left, right - 1))
            let zero = try right.scalar(0)
            return try Tensor.chosen(Tensor.combined(.equal, right, zero), zero, slope)
        }
    }

    private func rightGradient(_ gradient: Tensor, _ left: Tensor) throws -> Tensor {
        try self.gradient(gradient, of: right, left) { _ in
            // a^b log a, taken as 0 for a = 0.
            let isZero = try Tensor.combined(.equal, left, left.scalar(0))
            let logarithm = try Tensor.chosen(isZero, left.scalar(1), left).logarithm()
            return try Tensor.combined(.multiply, output ?? left, logarithm)
        }
    }

    private func handLeft(_ gradient: Tensor, owned: Bool, _ tape: Tape) throws {
        guard let leftIndex else { return }
        try gradient.hand(to: leftIndex, of: leftShape, owned: owned, on: tape)
    }

    private func handRight(_ gradient: Tensor, scale: Float = 1, owned: Bool, _ tape: Tape) throws {
        guard let rightIndex else { return }
        try gradient.hand(to: rightIndex, of: rightShape, scale: scale, owned: owned, on: tape)
    }
}

extension Tensor {
    /// This gradient for an operand that won against another: none where it lost, half where both are equal.
    fileprivate func shared(
        _ operand: Tensor, _ loses: BinaryOperation, _ losesOrTies: BinaryOperation, _ other: Tensor
    ) throws -> Tensor {
        let losses = try Tensor.combined(
            .add, Tensor.combined(loses, operand, other),
            Tensor.combined(losesOrTies, operand, other))
        return try Tensor.combined(.multiply, self, losses.affine(scale: -0.5, offset: 1))
    }

    /// `scale * self + offset`.
    public func affine(scale: Float, offset: Float = 0) throws -> Tensor {
        let output = try Tensor(uninitialized: shape, on: device)
        try device.affine(input: slice, output: output.slice, scale: scale, offset: offset)
        return output.recorded(from: self) { gradient, destination, adds in
            try gradient.write(scale: scale, to: destination, adds: adds)
        }
    }

    /// Writes `scale` times the elements, or adds that to the destination.
    func write(scale: Float, to destination: BufferSlice, adds: Bool) throws {
        if adds { return try device.axpy(alpha: scale, x: slice, y: destination) }
        try device.affine(input: slice, output: destination, scale: scale, offset: 0)
    }

    /// Every element multiplied by `scale`.
    public static func * (tensor: Tensor, scale: Float) throws -> Tensor {
        try tensor.affine(scale: scale)
    }

    /// Every element multiplied by `scale`.
    public static func * (scale: Float, tensor: Tensor) throws -> Tensor {
        try tensor.affine(scale: scale)
    }

    /// Every element plus `offset`.
    public static func + (tensor: Tensor, offset: Float) throws -> Tensor {
        try tensor.affine(scale: 1, offset: offset)
    }

    /// Every element plus `offset`.
    public static func + (offset: Float, tensor: Tensor) throws -> Tensor {
        try tensor.affine(scale: 1, offset: offset)
    }

    /// Every element minus `offset`.
    public static func - (tensor: Tensor, offset: Float) throws -> Tensor {
        try tensor.affine(scale: 1, offset: -offset)
    }

    /// `number` minus every element.
    public static func - (number: Float, tensor: Tensor) throws -> Tensor {
        try tensor.affine(scale: -1, offset: number)
    }

    /// Every element times the reciprocal of `divisor`.
    public static func / (tensor: Tensor, divisor: Float) throws -> Tensor {
        try tensor.affine(scale: 1 / divisor)
    }

    /// `number` divided by every element.
    public static func / (number: Float, tensor: Tensor) throws -> Tensor {
        number == 1 ? try tensor.reciprocal() : try tensor.reciprocal().affine(scale: number)
    }

    /// Every element with the other sign.
    public static prefix func - (tensor: Tensor) throws -> Tensor {
        try tensor.affine(scale: -1)
    }
}
