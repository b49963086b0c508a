import TandemBasics
import TandemDevices
import Foundation
import TandemTestSupport

@testable import TandemInterchange

/// A folder of its own for one test, removed with everything in it at the end.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("tandem-interchange-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Models and inputs that several tests need.
enum TestModels {
    static let goldenNames = ["feed-forward", "feed-forward-operators", "sequence-operators"]

    static func golden(_ name: String) throws -> ONNXModel {
        try ONNXModel.read(Golden.path(name + ".onnx"))
    }

    /// The bytes of a golden file as they stand on disk.
    static func goldenBytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: Golden.path(name + ".onnx"))))
    }

    /// Seeded numbers in [-1, 1).
    static func numbers(_ count: Int, seed: UInt64) -> [Float] {
        var random = Philox(RandomStream(seed: seed, identifier: 0))
        return (0..<count).map { _ in Float(random.nextInteger(below: 1 << 24)) / 8_388_608 - 1 }
    }

    /// A network of the given sizes with seeded weights, named as PyTorch names them.
    static func network(
        _ sizes: [Int], output: FeedForwardGraph.Output = .sigmoid
    ) throws -> FeedForwardGraph {
        let layers = (1..<sizes.count).map { index in
            FeedForwardGraph.Layer(
                name: "model.\(3 * (index - 1))", inputs: sizes[index - 1], outputs: sizes[index],
                weight: numbers(sizes[index - 1] * sizes[index], seed: UInt64(index)),
                bias: numbers(sizes[index], seed: UInt64(100 + index)))
        }
        return try FeedForwardGraph(
            mean: numbers(sizes[0], seed: 200),
            scale: numbers(sizes[0], seed: 201).map { $0.magnitude + 0.5 }, layers: layers,
            output: output)
    }

    /// A small model with another list of nodes, from `x` `[n]` + input to `y` `[n]` + output.
    static func model(
        nodes: [ONNXNode], constants: [ONNXTensor] = [], input: [Int] = [2], output: [Int] = []
    ) -> ONNXModel {
        let rows = ONNXValue.Dimension.symbolic("n")
        return ONNXModel(
            graph: ONNXGraph(
                name: "test", nodes: nodes, initializers: constants,
                inputs: [ONNXValue("x", shape: [rows] + input.map { .fixed($0) })],
                outputs: [ONNXValue("y", shape: [rows] + output.map { .fixed($0) })]),
            operatorSet: 18, formatVersion: 8)
    }
}

extension FeedForwardGraph {
    /// The outputs in double precision, computed from the definition.
    func reference(_ rows: [Float]) -> [Double] {
        stride(from: 0, to: rows.count, by: mean.count).map { start in
            var values = mean.indices.map {
                (Double(rows[start + $0]) - Double(mean[$0])) / Double(scale[$0])
            }
            for (index, layer) in layers.enumerated() {
                values = (0..<layer.outputs).map { row in
                    let weights = layer.weight[row * layer.inputs..<(row + 1) * layer.inputs]
                    let sum = zip(weights, values).reduce(Double(layer.bias[row])) {
                        $0 + Double($1.0) * $1.1
                    }
                    return index < layers.count - 1 ? max(sum, 0) : sum
                }
            }
            switch output {
            case .sigmoid: return 1 / (1 + exp(-values[0]))
            case .identity(let scale, let offset): return values[0] * Double(scale) + Double(offset)
            }
        }
    }
}
