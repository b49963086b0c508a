import TandemCPUKernels

extension CPUDevice {
    /// One product by own register tiles (small ones, and all with AVX-512) or by OpenBLAS, in blocks of the result.
    public func matmul(
        left: BufferSlice, right: BufferSlice, bias: BufferSlice?, output: BufferSlice,
        _ parameters: MatmulParameters
    ) throws(DeviceError) {
        let (m, n, k) = (Int64(parameters.m), Int64(parameters.n), Int64(parameters.k))
        var product = tandem_matmul_arguments(
            m: m, n: n, k: k,
            left: try elements(left, "matmul"),
            left_stride: parameters.transposeLeft ? m : k,
            transpose_left: parameters.transposeLeft,
            right: try elements(right, "matmul"),
            right_stride: parameters.transposeRight ? k : n,
            transpose_right: parameters.transposeRight,
            output: try elements(output, "matmul"),
            output_stride: n,
            batch: Int64(parameters.batch),
            left_batch_stride: m * k, right_batch_stride: k * n, output_batch_stride: m * n,
            alpha: parameters.alpha, beta: parameters.beta,
            bias: try optionalElements(bias, "matmul"),
            activation: parameters.activation.rawValue)
        tandem_matmul(executor, &product)
    }
}
