public import TandemBasics
public import TandemDevices

extension Tensor {
    /// `e^x` of every element.
    public func exponential() throws -> Tensor { try unary(.exponential) }
    /// Natural logarithm of every element.
    public func logarithm() throws -> Tensor { try unary(.logarithm) }
    /// Square root of every element.
    public func squareRoot() throws -> Tensor { try unary(.squareRoot) }
    /// Square of every element.
    public func squared() throws -> Tensor { try unary(.square) }
    /// `1 / x` of every element.
    public func reciprocal() throws -> Tensor { try unary(.reciprocal) }
    /// `|x|` of every element; the gradient at 0 is 0.
    public func absolute() throws -> Tensor { try unary(.absolute) }
    /// `-x` of every element.
    public func negated() throws -> Tensor { try unary(.negate) }
    /// `max(x, 0)` of every element; the gradient at 0 is 0.
    public func relu() throws -> Tensor { try unary(.relu) }
    /// `1 / (1 + e^-x)` of every element.
    public func sigmoid() throws -> Tensor { try unary(.sigmoid) }
    /// Hyperbolic tangent of every element.
    public func tanh() throws -> Tensor { try unary(.tanh) }
    /// Exact GELU of every element: `0.5 x (1 + erf(x / sqrt 2))`.
    public func gelu() throws -> Tensor { try unary(.gelu) }
    /// `log(1 + e^x)` of every element.
    public func softplus() throws -> Tensor { try unary(.softplus) }
    /// `x * sigmoid(x)` of every element.
    public func silu() throws -> Tensor { try unary(.silu) }

    /// Sine of every element, an angle in radians.
    public func sine() throws -> Tensor { try unary(.sine) }
    /// Cosine of every element, an angle in radians.
    public func cosine() throws -> Tensor { try unary(.cosine) }
    /// 1 for every element above 0, -1 below, 0 at 0; no gradient passes.
    public func sign() throws -> Tensor { try unary(.sign) }

    /// Applies an element-wise function; the result has the same shape.
    public func unary(_ operation: UnaryOperation) throws -> Tensor {
        let output = try Tensor(uninitialized: shape, on: device)
        try device.unary(operation, input: slice, output: output.slice)
        let (inputSlice, outputSlice) = (slice, output.slice)
        return output.recorded(from: self, isRectified: operation == .relu) { gradient in
            let result = try Tensor(uninitialized: gradient.shape, on: gradient.device)
            try gradient.device.unaryBackward(
                operation, input: inputSlice, output: outputSlice, outputGradient: gradient.slice,
                inputGradient: result.slice)
            return result
        }
    }

    /// Randomly zeroes elements with `probability` and scales the others by `1 / (1 - probability)`.
    ///
    /// The mask depends on `stream` alone and is the same on every device. Throws when `probability` is not in `[0, 1)`.
    public func dropout(probability: Float, stream: RandomStream) throws -> Tensor {
        guard probability >= 0, probability < 1 else {
            throw TensorError.invalidArgument(
                operation: "dropout", detail: "probability \(probability) is not in [0, 1)")
        }
        if probability == 0 { return self }
        let output = try Tensor(uninitialized: shape, on: device)
        try device.dropout(
            input: slice, output: output.slice, probability: probability, stream: stream)
        if let node, node.tape.isRectified(node.index) {
            return output.recordedDropoutOfRectified(self, probability)
        }
        return output.recorded(from: self) { gradient in
            let result = try Tensor(uninitialized: gradient.shape, on: gradient.device)
            try gradient.device.dropout(
                input: gradient.slice, output: result.slice, probability: probability,
                stream: stream)
            return result
        }
    }

    /// Records dropout behind ReLU, where the mask need not be computed again.
    ///
    /// What was kept and was above 0 still is; what was kept and was 0 gets no gradient through ReLU anyhow.
    private func recordedDropoutOfRectified(_ input: Tensor, _ probability: Float) -> Tensor {
        let kept = slice
        let scale = Float(1 / (1 - Double(probability)))
        return recorded(from: input) { gradient in
            let result = try Tensor(uninitialized: gradient.shape, on: gradient.device)
            try gradient.device.unaryBackward(
                .relu, input: kept, output: kept, outputGradient: gradient.slice,
                inputGradient: result.slice)
            try gradient.device.affine(
                input: result.slice, output: result.slice, scale: scale, offset: 0)
            return result
        }
    }

    /// Softmax over one axis, by default the last: `e^x` divided by its sum along the axis.
    ///
    /// Negative axes count from the end.
    public func softmax(axis: Int = -1) throws -> Tensor {
        try softmax(.probabilities, "softmax", axis)
    }

    /// Logarithm of the softmax over one axis, by default the last: `x - log(sum e^x)`, exact also where softmax is 0.
    ///
    /// Negative axes count from the end.
    public func logSoftmax(axis: Int = -1) throws -> Tensor {
        try softmax(.logarithms, "logSoftmax", axis)
    }

    private func softmax(_ kind: SoftmaxResult, _ name: String, _ axis: Int) throws -> Tensor {
        // A scalar counts as a vector of one element.
        let axes: Shape = shape.rank == 0 ? [1] : shape
        let (outer, size, inner) = axes.around(try axes.place(of: axis, name))
        if count == 0 { return self }
        let output = try Tensor(uninitialized: shape, on: device)
        try device.softmax(
            kind, input: slice, output: output.slice, outer: outer, count: size, inner: inner)
        let outputSlice = output.slice
        return output.recorded(from: self) { gradient in
            let result = try Tensor(uninitialized: gradient.shape, on: gradient.device)
            try gradient.device.softmaxBackward(
                kind, output: outputSlice, outputGradient: gradient.slice,
                inputGradient: result.slice, outer: outer, count: size, inner: inner)
            return result
        }
    }
}
