extension OpenCLDevice {
    /// `output = activation(alpha * op(left) op(right) + beta * output + bias)`.
    ///
    /// Every element is summed over ascending depth in chunks that depend on the sizes alone.
    public func run(_ o: DeviceOperation.Matmul) throws(DeviceError) {
        guard o.parameters.m > 0, o.parameters.n > 0, o.parameters.batch > 0 else { return }
        let operands = MatmulOperands(left: o.left, right: o.right, bias: o.bias, output: o.output)
        if profile.sharesWork {
            try matmulBlocks(operands, o.parameters)
        } else {
            try matmulTiles(operands, o.parameters)
        }
    }
}

/// The arrays of one matrix product.
struct MatmulOperands {
    let left: BufferSlice
    let right: BufferSlice
    let bias: BufferSlice?
    let output: BufferSlice
}
