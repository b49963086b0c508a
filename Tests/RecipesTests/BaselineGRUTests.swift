import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

@Suite(.exclusiveDevices) struct BaselineGRUTests {
    private func configuration(hidden: Int, layers: Int) -> SequenceModelConfiguration {
        var configuration = SequenceModelConfiguration()
        configuration.hidden = hidden
        configuration.layers = layers
        return configuration
    }

    private func count(_ module: any Module) -> Int {
        module.namedParameters.reduce(0) { $0 + $1.parameter.shape.count }
    }

    @Test func parameterCount() {
        let network = BaselineGRU(
            features: 768, configuration(hidden: 512, layers: 4), startsAtZero: false)
        #expect(count(network) == 7_095_552)
        #expect(
            network.namedParameters.prefix(3).map(\.name) == [
                "input.weight", "input.bias", "blocks.0.gru.weight_ih_l0",
            ])
    }

    @Test(arguments: [(3, 5, 1), (12, 8, 3)])
    func parameterCountFollowsTheFormula(d: Int, h: Int, l: Int) {
        let network = BaselineGRU(
            features: d, configuration(hidden: h, layers: l), startsAtZero: true)
        #expect(count(network) == 2 * d * h + h + d + l * (6 * h * h + 8 * h))
    }

    @Test(arguments: PredictionConfiguration.Kind.allCases)
    func onlyTheAnchorAddsParameters(_ kind: PredictionConfiguration.Kind) {
        var prediction = PredictionConfiguration()
        prediction.kind = kind
        let sizes = configuration(hidden: 8, layers: 2)
        let network = BaselineGRU(features: 12, sizes, startsAtZero: false)
        let model = NextVectorModel(
            features: 12, contextLength: 5, model: sizes, prediction: prediction)
        #expect(count(model) == count(network) + (kind == .anchored ? 5 : 0))
    }

    /// Value and gradients of a block whose last time step alone is used.
    private func lastStep(
        _ target: TestDevice,
        _ forward: (ResidualGRUBlock, Tensor, ForwardContext) throws -> Tensor
    ) throws -> [String: [Float]] {
        let block = ResidualGRUBlock(hidden: 9, dropout: 0)
        let arena = try ParameterArena(block, device: target.device, seed: 4)
        let tape = Tape()
        let context = ForwardContext(tape: tape, isTraining: false, seed: 0, pass: 0)
        let h = tape.variable(try CheckedInput([6, 5, 9], 1).tensor(on: target.device))
        let y = try forward(block, h, context)
        var results = ["value": try y.values()]
        try tape.backward(
            from: y, gradient: try CheckedInput([5, 9], 2).tensor(on: target.device))
        results["h"] = try tape.gradient(of: h)?.values()
        for entry in arena.entries {
            results[entry.name] = try entry.parameter.gradient.values()
        }
        return results
    }

    /// The block above which only the last time step counts normalises that step alone; the plain form all steps.
    @Test(arguments: TestDevices.all)
    func shortcutEqualsThePlainForm(_ target: TestDevice) throws {
        let short = try lastStep(target) { try $0.lastStep($1, $2) }
        let plain = try lastStep(target) { try $0($1, $2).select(axis: 0, 5) }
        #expect(short.count == 8)
        #expect(Set(short.keys) == Set(plain.keys))
        for (name, expected) in plain {
            let tolerance: Tolerance = name == "value" ? .forward : .gradient(of: expected)
            #expect(mismatch(short[name] ?? [], expected, tolerance) == nil, "\(name)")
            #expect(expected.contains { $0 != 0 }, "\(name)")
        }
    }
}
