import TandemDevices

/// Times matrix products `[M, K] x [K, N]` on one device and checks them against double precision.
struct MatmulBenchmark {
    /// Which operand is stored transposed.
    enum Form: String, CaseIterable {
        /// A B
        case nn
        /// A B^T
        case nt
        /// A^T B
        case tn
    }

    let device: any Device
    let stopwatch: Stopwatch
    /// Rows of the result that are checked.
    private let checkedRows = 4

    /// One row per form of the product.
    func rows(_ size: MatmulSize) throws -> [BenchReport.Row] {
        let (m, n, k) = (size.rows, size.columns, size.inner)
        let left = try device.uniform(m * k, identifier: 1)
        let right = try device.uniform(k * n, identifier: 2)
        let output = try device.allocate(m * n).slice
        return try Form.allCases.map { form in
            let parameters = MatmulParameters(
                m: m, n: n, k: k, transposeLeft: form == .tn, transposeRight: form == .nt)
            let times = try stopwatch.measure {
                try device.matmul(
                    left: left, right: right, bias: nil, output: output, parameters)
                try device.synchronize()
            }
            let error = try maximumError(parameters, left, right, output)
            return BenchReport.Row(
                "\(size.description)-\(form.rawValue)", shape: size.description, on: device,
                times: times, operations: 2 * Double(m) * Double(n) * Double(k),
                maxRelativeError: error)
        }
    }

    /// `max |c - reference| / max |reference|` over some rows, the reference in double precision.
    private func maximumError(
        _ p: MatmulParameters, _ left: BufferSlice, _ right: BufferSlice, _ output: BufferSlice
    ) throws -> Double {
        let (a, b) = (try device.download(left), try device.download(right))
        let c = try device.download(output)
        var (difference, largest) = (0.0, 0.0)
        for check in 0..<min(checkedRows, p.m) {
            let row = check * (p.m - 1) / max(1, min(checkedRows, p.m) - 1)
            var reference = [Double](repeating: 0, count: p.n)
            for inner in 0..<p.k {
                let x = Double(p.transposeLeft ? a[inner * p.m + row] : a[row * p.k + inner])
                for column in 0..<p.n {
                    let y = p.transposeRight ? b[column * p.k + inner] : b[inner * p.n + column]
                    reference[column] += x * Double(y)
                }
            }
            for column in 0..<p.n {
                difference = max(difference, abs(Double(c[row * p.n + column]) - reference[column]))
                largest = max(largest, abs(reference[column]))
            }
        }
        return difference / largest
    }
}

/// The size of the product `[M, K] x [K, N]`.
struct MatmulSize: Sendable, Equatable {
    /// M, rows of the result.
    let rows: Int
    /// N, columns of the result.
    let columns: Int
    /// K, terms of every sum.
    let inner: Int

    /// `MxNxK`.
    var description: String { "\(rows)x\(columns)x\(inner)" }
}
