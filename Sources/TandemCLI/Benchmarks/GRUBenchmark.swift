import TandemBasics
import TandemDevices
import TandemNetworks
import TandemTensors

import Glibc

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
        return BenchReport.Row(
            size.description, on: device, times: times, operations: size.operations,
            maxRelativeError: error)
    }

    private func random(_ shape: Shape, identifier: UInt64) throws -> Tensor {
        let tensor = try Tensor(uninitialized: shape, on: device)
        try device.randomUniform(
            tensor.slice, stream: RandomStream(seed: 1, identifier: identifier))
        return try tensor.affine(scale: 2, offset: -1)
    }
}

/// The forward pass of a GRU stack for the first batch row in double precision: what the benchmark's result is checked with.
struct GRUReference {
    private let size: GRUBenchmark.Size
    private let weights: [String: [Double]]

    /// Reads the weights once.
    init(size: GRUBenchmark.Size, arena: ParameterArena) throws {
        self.size = size
        weights = Dictionary(
            uniqueKeysWithValues: try arena.namedValues().map {
                ($0.name, $0.values.map(Double.init))
            })
    }

    /// `max |y - reference| / max |reference|` over the first batch row of x `[T, B, I]` and y `[T, B, H]`.
    func maximumError(_ x: Tensor, _ y: Tensor) throws -> Double {
        var sequence = rows(try x.values(), features: size.input)
        for layer in 0..<size.layers { sequence = run(layer, sequence) }
        let found = rows(try y.values(), features: size.hidden)
        var (difference, largest) = (0.0, 0.0)
        for (a, b) in zip(found.joined(), sequence.joined()) {
            difference = max(difference, abs(a - b))
            largest = max(largest, abs(b))
        }
        return difference / largest
    }

    private func rows(_ values: [Float], features: Int) -> [[Double]] {
        (0..<size.steps).map { step in
            let start = step * size.batch * features
            return values[start..<start + features].map(Double.init)
        }
    }

    private func run(_ layer: Int, _ inputs: [[Double]]) -> [[Double]] {
        let hidden = size.hidden
        var state = [Double](repeating: 0, count: hidden)
        return inputs.map { x in
            let a = affine("ih_l\(layer)", x)
            let b = affine("hh_l\(layer)", state)
            state = (0..<hidden).map { unit in
                let r = sigmoid(a[unit] + b[unit])
                let z = sigmoid(a[hidden + unit] + b[hidden + unit])
                let n = tanh(a[2 * hidden + unit] + r * b[2 * hidden + unit])
                return (1 - z) * n + z * state[unit]
            }
            return state
        }
    }

    private func affine(_ name: String, _ x: [Double]) -> [Double] {
        let matrix = weights["weight_" + name] ?? []
        let bias = weights["bias_" + name] ?? []
        return bias.indices.map { row in
            var sum = bias[row]
            for column in x.indices { sum += matrix[row * x.count + column] * x[column] }
            return sum
        }
    }

    private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
