import TandemBasics
import TandemDevices
import TandemNetworks
import TandemTensors

/// Times forward and backward of a stack of GRU layers with the gradients of the input and of all weights.
struct GRUBenchmark {
    /// The sizes of the stack.
    struct Size {
        let input: Int
        let hidden: Int
        let layers: Int
        let batch: Int
        let steps: Int

        /// `inputs x hidden x layers x batch x steps`.
        var description: String { "\(input)x\(hidden)x\(layers)x\(batch)x\(steps)" }

        /// Floating-point operations of one forward and backward pass: the products alone, backward twice the forward.
        var operations: Double {
            let rows = Double(steps) * Double(batch)
            let perLayer = (0..<layers).map { layer in
                2 * rows * 3 * Double(hidden) * Double((layer == 0 ? input : hidden) + hidden)
            }
            return 3 * perLayer.reduce(0, +)
        }
    }

    let device: any Device
    let stopwatch: Stopwatch

    /// The row of one size.
    func row(_ size: Size) throws -> BenchReport.Row {
        let gru = GRU(input: size.input, hidden: size.hidden, layers: size.layers)
        let arena = try ParameterArena(gru, device: device, seed: 1)
        let x = try random([size.steps, size.batch, size.input], identifier: 1)
        let gradient = try random([size.steps, size.batch, size.hidden], identifier: 2)
        let times = try stopwatch.measure {
            try arena.zeroGradients()
            let context = ForwardContext.training(seed: 1, pass: 0)
            guard let tape = context.tape else { return }
            let y = try gru(tape.variable(x), context)
            try tape.backward(from: y, gradient: gradient)
            try device.synchronize()
        }
        let output = try gru(x, ForwardContext.evaluation())
        let error = try GRUReference(size: size, arena: arena).maximumError(x, output)
        let median = times[times.count / 2]
        return BenchReport.Row(
            implementation: "Tandem", device: device.identifier, case: size.description,
            shape: size.description, medianSeconds: median, minSeconds: times[0],
            runs: times.count, gflops: size.operations / median / 1e9, fractionOfPeak: nil,
            maxRelativeError: error)
    }

    private func random(_ shape: Shape, identifier: UInt64) throws -> Tensor {
        let tensor = try Tensor(uninitialized: shape, on: device)
        try device.randomUniform(
            tensor.slice, stream: RandomStream(seed: 1, identifier: identifier))
        return try tensor.affine(scale: 2, offset: -1)
    }
}
