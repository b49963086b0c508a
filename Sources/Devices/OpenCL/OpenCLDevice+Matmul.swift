extension OpenCLDevice {
    /// `output = activation(alpha * op(left) op(right) + beta * output + bias)`.
    ///
    /// Every element is summed over ascending depth in chunks that depend on the sizes alone.
    public func matmul(
        left: BufferSlice, right: BufferSlice, bias: BufferSlice?, output: BufferSlice,
        _ parameters: MatmulParameters
    ) throws(DeviceError) {
        guard parameters.m > 0, parameters.n > 0, parameters.batch > 0 else { return }
        let operands = MatmulOperands(left: left, right: right, bias: bias, output: output)
        if profile.sharesWork {
            try matmulBlocks(operands, parameters)
        } else {
            try matmulTiles(operands, parameters)
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
