import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// The forms in which the networks are computed equal the plain ones, values and gradients, and the gradients central
/// differences.
@Suite(.exclusiveDevices) struct SequenceModelFormTests {
    private typealias Weights = (String) throws -> Tensor

    private static func configuration(
        _ kind: SequenceModelConfiguration.Kind,
        _ memory: SequenceModelConfiguration.Memory = .learned
    ) -> SequenceModelConfiguration {
        var configuration = SequenceModelConfiguration(kind)
        (configuration.hidden, configuration.layers, configuration.slots) = (5, 2, 7)
        (configuration.dropout, configuration.memory) = (0, memory)
        return configuration
    }

    /// The output of `forward` and all gradients, those of the context and the parameters.
    private func results(
        _ configuration: SequenceModelConfiguration, contextLength: Int, on device: any Device,
        _ forward: (any StepNetwork, @escaping Weights, Tensor, ForwardContext) throws -> Tensor
    ) throws -> [String: [Float]] {
        let network = configuration.makeNetwork(
            features: 6, contextLength: contextLength, startsAtZero: false)
        let arena = try ParameterArena(network, device: device, seed: 3)
        let pass = ForwardContext(tape: Tape(), isTraining: false, seed: 0, pass: 0)
        let context = pass.variable(
            try CheckedInput([contextLength, 4, 6], 1).tensor(on: device).l2Normalized())
        let parameters = Dictionary(
            uniqueKeysWithValues: arena.entries.map { ($0.name, $0.parameter) })
        let buffers = Dictionary(
            uniqueKeysWithValues: arena.bufferEntries.map { ($0.name, $0.buffer) })
        let output = try forward(
            network,
            { name in
                if let buffer = buffers[name] { return try pass.tensor(buffer) }
                return try pass.tensor(#require(parameters[name]))
            }, context, pass)
        var results = ["value": try output.values()]
        try pass.backward(
            from: output, gradient: try CheckedInput([4, 6], 2).tensor(on: device))
        results["context"] = try pass.gradient(of: context)?.values()
        for entry in arena.entries { results[entry.name] = try entry.parameter.gradient.values() }
        return results
    }

    private func expectEqual(_ found: [String: [Float]], _ plain: [String: [Float]]) {
        #expect(Set(found.keys) == Set(plain.keys))
        for (name, expected) in plain {
            let tolerance: Tolerance = name == "value" ? .forward : .gradient(of: expected)
            #expect(mismatch(found[name] ?? [], expected, tolerance) == nil, "\(name)")
        }
    }

    private static func gru(_ x: Tensor, _ name: String, _ weights: Weights) throws -> Tensor {
        try (0..<2).reduce(x) { sequence, layer in
            try sequence.gru(
                weightIH: weights("\(name).weight_ih_l\(layer)"),
                weightHH: weights("\(name).weight_hh_l\(layer)"),
                biasIH: weights("\(name).bias_ih_l\(layer)"),
                biasHH: weights("\(name).bias_hh_l\(layer)"))
        }
    }

    private static func norm(_ x: Tensor, _ name: String, _ weights: Weights) throws -> Tensor {
        try x.layerNorm(gamma: weights(name + ".weight"), beta: weights(name + ".bias"))
    }

    private static func linear(_ x: Tensor, _ name: String, _ weights: Weights) throws -> Tensor {
        try x.linear(weight: weights(name + ".weight"), bias: weights(name + ".bias"))
    }

    private static func head(_ f: Tensor, _ weights: Weights) throws -> Tensor {
        try linear(try linear(f, "expand", weights).gelu(), "output", weights)
    }

    /// The memory GRU as it is described: inputs `[norm(x_t) ; m0]` at every step, the zero query through the whole query
    /// projection for every window, the slots normalised at every read.
    private static func plainMemory(_ context: Tensor, _ weights: Weights, sharp: Bool) throws
        -> Tensor
    {
        let sizes = context.shape.dimensions
        func read(_ h: Tensor) throws -> Tensor {
            var scores = try linear(h, "memory.query", weights).l2Normalized()
                .matmul(weights("memory.slots").l2Normalized(), transposeRight: true)
            if sharp { scores = try scores * weights("memory.sharpness").exponential() }
            return try scores.softmax().matmul(weights("memory.slots"))
        }
        let zero = try Tensor.zeros([sizes[1], 5], on: context.device)
        let first = try read(zero).reshaped([1, sizes[1], 6])
        let inputs = try Tensor.concatenate(
            [
                norm(context, "input_norm", weights),
                Tensor.concatenate([Tensor](repeating: first, count: sizes[0]), axis: 0),
            ], axis: 2)
        let h = try gru(inputs, "gru", weights).select(axis: 0, -1)
        let fused = try linear(
            try Tensor.concatenate([h, read(h)], axis: 1), "fusion", weights
        ).gelu()
        return try head(norm(fused, "fusion_norm", weights), weights)
    }

    @Test(arguments: TestDevices.all, SequenceModelConfiguration.Memory.allCases)
    func memoryEqualsThePlainForm(
        _ target: TestDevice, _ memory: SequenceModelConfiguration.Memory
    ) throws {
        let configuration = Self.configuration(.memoryGRU, memory)
        let found = try results(configuration, contextLength: 4, on: target.device) {
            network, _, context, pass in try network(context, pass)
        }
        let plain = try results(configuration, contextLength: 4, on: target.device) {
            _, weights, context, _ in
            try Self.plainMemory(context, weights, sharp: memory == .learned)
        }
        expectEqual(found, plain)
    }

    @Test(arguments: TestDevices.all)
    func chunksAsABatchEqualOneAfterTheOther(_ target: TestDevice) throws {
        var configuration = Self.configuration(.hierarchicalGRU)
        configuration.chunks = 3
        let found = try results(configuration, contextLength: 6, on: target.device) {
            network, _, context, pass in try network(context, pass)
        }
        let plain = try results(configuration, contextLength: 6, on: target.device) {
            _, weights, context, _ in
            let summaries = try (0..<3).map { chunk in
                let part = try context.slice(axis: 0, 2 * chunk..<2 * chunk + 2)
                return try Self.norm(
                    Self.gru(part, "local", weights).select(axis: 0, -1), "local_norm", weights)
            }
            let states = try Self.gru(Tensor.stack(summaries), "global", weights)
            let whole = try Self.norm(states.select(axis: 0, -1), "global_norm", weights)
            return try Self.head(whole, weights)
                + Self.linear(context.select(axis: 0, -1), "residual", weights)
        }
        expectEqual(found, plain)
        #expect(found.count == 28)
    }

    /// Every gradient of the sum of weighted outputs against central differences, normalisation and memory included.
    @Test(arguments: [
        configuration(.memoryGRU), configuration(.memoryGRU, .original),
        configuration(.hierarchicalGRU), configuration(.lstm), configuration(.baselineGRU),
    ])
    func gradientsEqualCentralDifferences(_ model: SequenceModelConfiguration) throws {
        let device = try CPUDevice(threads: 1)
        let network = NextVectorModel(
            features: 6, contextLength: 4, model: model, prediction: .defaults)
        let arena = try ParameterArena(network, device: device, seed: 8)
        // The last layers start at zero, which would hide the gradients of all others.
        var stored = Dictionary(
            uniqueKeysWithValues: try arena.namedValues().enumerated().map { number, entry in
                let noise = CheckedInput([entry.values.count], UInt64(number + 10)).values
                let isScale = entry.name.hasSuffix("norm.weight")
                return (
                    entry.name,
                    (shape: entry.shape, values: noise.map { isScale ? 1 + $0 / 4 : $0 / 2 })
                )
            })
        let context = try CheckedInput([4, 3, 6], 1).tensor(on: device).l2Normalized()
        let weights = CheckedInput([3, 6], 2)
        func output(_ pass: ForwardContext) throws -> Tensor { try network(context, pass) }
        func value() throws -> Double {
            try arena.load(stored)
            return zip(weights.values, try output(.evaluation()).values())
                .reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        try arena.load(stored)
        let pass = ForwardContext(tape: Tape(), isTraining: false, seed: 0, pass: 0)
        try pass.backward(from: output(pass), gradient: weights.tensor(on: device))
        for entry in arena.entries where !entry.name.hasPrefix("memory.write_gate") {
            let found = try entry.parameter.gradient.values()
            let original = try #require(stored[entry.name])
            // Every third element of the larger arrays.
            let places = Array(stride(from: 0, to: found.count, by: found.count > 60 ? 3 : 1))
            let expected = try places.map { place in
                func difference(_ step: Float) throws -> Double {
                    var values = original.values
                    values[place] += step
                    stored[entry.name]?.values = values
                    let above = try value()
                    values[place] = original.values[place] - step
                    stored[entry.name]?.values = values
                    return (above - (try value())) / Double(2 * step)
                }
                return Float((4 * (try difference(0x1p-6)) - (try difference(0x1p-5))) / 3)
            }
            stored[entry.name] = original
            let tolerance = Tolerance(absolute: 2e-4, relative: 1e-3)
            #expect(mismatch(places.map { found[$0] }, expected, tolerance) == nil, "\(entry.name)")
            #expect(expected.contains { $0 != 0 }, "\(entry.name)")
        }
    }
}
