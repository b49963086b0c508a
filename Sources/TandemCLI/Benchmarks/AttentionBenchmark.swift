import TandemBasics
import TandemDevices

/// Times forward and backward of multi-head attention with the gradients of query, key and value.
struct AttentionBenchmark {
    /// The sizes of the attention.
    struct Size {
        let batch: Int
        let heads: Int
        let positions: Int
        let width: Int

        /// `batch x heads x positions x width`.
        var description: String { "\(batch)x\(heads)x\(positions)x\(width)" }

        /// Floating-point operations of one forward and backward pass: two and four products of every head.
        var operations: Double {
            12 * Double(batch * heads) * Double(positions * positions) * Double(width)
        }
    }

    let device: any Device
    let stopwatch: Stopwatch

    /// The row of one size.
    func row(_ size: Size) throws -> BenchReport.Row {
        let shape = AttentionShape(
            batch: size.batch, heads: size.heads, queries: size.positions, keys: size.positions,
            width: size.width, scale: 1 / Float(size.width).squareRoot())
        let count = size.batch * size.positions * size.heads * size.width
        let inputs = try (1...4).map { try device.uniform(count, identifier: $0) }
        let (query, key, value, outputGradient) = (inputs[0], inputs[1], inputs[2], inputs[3])
        let outputs = try (0..<4).map { _ in try device.allocate(count).slice }
        let probabilities = try device.allocate(
            size.batch * size.heads * size.positions * size.positions
        ).slice
        let times = try stopwatch.measure {
            try device.attention(
                query: query, key: key, value: value, mask: nil, output: outputs[0],
                probabilities: probabilities, shape)
            try device.attentionBackward(
                query: query, key: key, value: value, probabilities: probabilities,
                outputGradient: outputGradient, queryGradient: outputs[1],
                keyGradient: outputs[2], valueGradient: outputs[3], shape)
            try device.synchronize()
        }
        return BenchReport.Row(
            size.description, on: device, times: times, operations: size.operations)
    }
}

extension Device {
    /// `count` random numbers between -1 and 1.
    func uniform(_ count: Int, identifier: Int) throws -> BufferSlice {
        let slice = try allocate(count).slice
        try randomUniform(slice, stream: RandomStream(seed: 1, identifier: UInt64(identifier)))
        try affine(input: slice, output: slice, scale: 2, offset: -1)
        return slice
    }
}
