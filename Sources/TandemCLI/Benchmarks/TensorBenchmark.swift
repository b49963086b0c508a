import TandemDevices

/// Times what transformers do beside products, forward and backward, on arrays `[batch, groups, width]`.
struct TensorBenchmark {
    /// The sizes of the arrays.
    struct Size {
        let batch: Int
        let groups: Int
        let width: Int

        /// `batch x groups x width`.
        var description: String { "\(batch)x\(groups)x\(width)" }

        fileprivate var count: Int { batch * groups * width }
        fileprivate var rows: Int { batch * groups }
    }

    let device: any Device
    let stopwatch: Stopwatch

    /// One row per operation.
    func rows(_ size: Size) throws -> [BenchReport.Row] {
        let input = try device.uniform(size.count, identifier: 1)
        let gradient = try device.uniform(size.count, identifier: 2)
        let output = try device.allocate(size.count).slice
        let result = try device.allocate(size.count).slice
        return [
            try row("softmax-last", size) {
                try softmax(
                    input, output, gradient, result, outer: size.rows, count: size.width, inner: 1)
            },
            try row("softmax-middle", size) {
                try softmax(
                    input, output, gradient, result, outer: size.batch, count: size.groups,
                    inner: size.width)
            },
            try row("layer-norm", size, layerNorm(input, output, gradient, result, size)),
            try row("broadcast-chain", size, chain(output, gradient, result, size)),
        ]
    }

    private func softmax(
        _ input: BufferSlice, _ output: BufferSlice, _ gradient: BufferSlice,
        _ result: BufferSlice, outer: Int, count: Int, inner: Int
    ) throws {
        try device.softmax(
            .probabilities, input: input, output: output, outer: outer, count: count, inner: inner)
        try device.softmaxBackward(
            .probabilities, output: output, outputGradient: gradient, inputGradient: result,
            outer: outer, count: count, inner: inner)
    }

    private func layerNorm(
        _ input: BufferSlice, _ output: BufferSlice, _ gradient: BufferSlice,
        _ result: BufferSlice, _ size: Size
    ) throws -> () throws -> Void {
        let (mean, deviation) = (
            try device.allocate(size.rows).slice, try device.allocate(size.rows).slice
        )
        let parameters = try (3...6).map { try device.uniform(size.width, identifier: $0) }
        let shape = LayerNormShape(rows: size.rows, columns: size.width, epsilon: 1e-5)
        return { [device] in
            try device.layerNorm(
                input: input, gamma: parameters[0], beta: parameters[1], output: output,
                mean: mean, reciprocalDeviation: deviation, shape)
            for gradient in parameters[2...] { try device.fill(gradient, value: 0) }
            try device.layerNormBackward(
                input: input, gamma: parameters[0], mean: mean, reciprocalDeviation: deviation,
                outputGradient: gradient, inputGradient: result, gammaGradient: parameters[2],
                betaGradient: parameters[3], shape)
        }
    }

    /// `[batch, 1, width] * [1, groups, width] + [width]` with the gradients of all three.
    private func chain(
        _ output: BufferSlice, _ gradient: BufferSlice, _ product: BufferSlice, _ size: Size
    ) throws -> () throws -> Void {
        let (batch, groups, width) = (size.batch, size.groups, size.width)
        let (whole, left, right) = (
            [batch, groups, width], [batch, 1, width], [1, groups, width]
        )
        let a = try device.uniform(batch * width, identifier: 3)
        let b = try device.uniform(groups * width, identifier: 4)
        let c = try device.uniform(width, identifier: 5)
        let aGradient = try device.allocate(a.count).slice
        let bGradient = try device.allocate(b.count).slice
        let cGradient = try device.allocate(c.count).slice
        let both = try StridedShape(broadcasting: [left, right])
        let wholeAndLeft = try StridedShape(broadcasting: [whole, left])
        let wholeAndRight = try StridedShape(broadcasting: [whole, right])
        let wholeAndVector = try StridedShape(broadcasting: [whole, [width]])
        return { [device] in
            try device.binaryBroadcast(.multiply, left: a, right: b, output: output, both)
            try device.binaryBroadcast(
                .add, left: output, right: c, output: output, wholeAndVector)
            try device.binaryBroadcast(
                .multiply, left: gradient, right: b, output: product, wholeAndRight)
            try device.reduce(
                .sum, input: product, output: aGradient, outer: batch, count: groups,
                inner: width, scale: 1, accumulate: false)
            try device.binaryBroadcast(
                .multiply, left: gradient, right: a, output: product, wholeAndLeft)
            try device.reduce(
                .sum, input: product, output: bGradient, outer: 1, count: batch,
                inner: groups * width, scale: 1, accumulate: false)
            try device.reduce(
                .sum, input: gradient, output: cGradient, outer: 1, count: batch * groups,
                inner: width, scale: 1, accumulate: false)
        }
    }

    private func row(_ name: String, _ size: Size, _ work: () throws -> Void) throws
        -> BenchReport.Row
    {
        let times = try stopwatch.measure {
            try work()
            try device.synchronize()
        }
        return BenchReport.Row(
            "\(size.description)-\(name)", shape: size.description, on: device, times: times)
    }
}
