import Glibc
import TandemNetworks
import TandemTensors

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
