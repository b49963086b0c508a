import TandemCPUKernels

extension CPUDevice {
    /// One product by own register tiles (small ones, and all with AVX-512) or by OpenBLAS, in blocks of the result.
    public func run(_ o: DeviceOperation.Matmul) throws(DeviceError) {
        let (m, n, k) = (Int64(o.parameters.m), Int64(o.parameters.n), Int64(o.parameters.k))
        var product = tandem_matmul_arguments(
            m: m, n: n, k: k,
            left: elements(o.left),
            left_stride: o.parameters.transposeLeft ? m : k,
            transpose_left: o.parameters.transposeLeft,
            right: elements(o.right),
            right_stride: o.parameters.transposeRight ? k : n,
            transpose_right: o.parameters.transposeRight,
            output: elements(o.output),
            output_stride: n,
            batch: Int64(o.parameters.batch),
            left_batch_stride: m * k, right_batch_stride: k * n, output_batch_stride: m * n,
            alpha: o.parameters.alpha, beta: o.parameters.beta,
            bias: elements(o.bias),
            activation: o.parameters.activation.rawValue)
        tandem_matmul(executor, &product)
    }
}
