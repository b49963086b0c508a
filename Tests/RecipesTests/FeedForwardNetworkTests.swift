import TandemDevices
import TandemNetworks
import TandemRecipes
import TandemTestSupport
import Testing

@Suite struct FeedForwardNetworkTests {
    /// Inputs, hidden sizes, parameters with biases, weights alone.
    @Test(arguments: [
        (39, [128, 64], 13_441, 13_248), (39, [256, 128], 43_265, 42_880),
        (39, [128, 64, 32], 15_489, 15_264), (39, [96, 48], 8_545, 8_400),
        (39, [256, 128, 64], 51_457, 51_008), (45, [128, 64, 32], 16_257, 16_032),
    ])
    func parameterCounts(features: Int, hidden: [Int], parameters: Int, weights: Int) throws {
        let network = FeedForwardNetwork(
            features: features, hidden: hidden, dropout: 0.2, outputActivation: .sigmoid)
        let arena = try ParameterArena(network, device: TestDevices.makePlain(), seed: 1)
        #expect(arena.parameterCount == parameters)
        let matrices = arena.entries.filter { $0.name.hasSuffix("weight") }
        #expect(matrices.reduce(0) { $0 + $1.count } == weights)
        #expect(matrices.map(\.name) == (0...hidden.count).map { "model.\(3 * $0).weight" })
    }

    /// Weights and biases are uniform within 1 / sqrt(inputs of the layer).
    @Test func initialValues() throws {
        let network = FeedForwardNetwork(
            features: 39, hidden: [128, 64], dropout: 0, outputActivation: .sigmoid)
        let arena = try ParameterArena(network, device: TestDevices.makePlain(), seed: 7)
        let bounds: [String: Float] = ["model.0": 0.160128, "model.3": 0.088388, "model.6": 0.125]
        for (name, _, values) in try arena.namedValues() {
            let bound = try #require(bounds[String(name.prefix(7))])
            #expect(values.allSatisfy { $0.magnitude <= bound * 1.0001 }, "\(name)")
            guard values.count > 1000 else { continue }
            #expect(values.contains { $0 > 0.99 * bound } && values.contains { $0 < -0.99 * bound })
            let mean = values.reduce(0, +) / Float(values.count)
            #expect(mean.magnitude < 4 * bound / (3 * Float(values.count)).squareRoot(), "\(name)")
        }
    }
}
