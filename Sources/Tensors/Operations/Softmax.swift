import TandemDevices

extension Tensor {
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
