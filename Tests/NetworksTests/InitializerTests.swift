import TandemBasics
import TandemDatasets
import TandemDevices
import FoundationEssentials
import TandemNetworks
import TandemTestSupport
import Testing

/// Initial values follow the distributions that PyTorch's layers use.
@Suite struct InitializerTests {
    /// The settings of one layer in `initialisation.json` with a module made of them.
    private static let layers: [(name: String, make: @Sendable () -> any Module)] = [
        ("linear", { Linear(48, 256) }), ("gru", { GRU(input: 24, hidden: 64, layers: 2) }),
        ("layer_norm", { LayerNorm(32) }), ("embedding", { Embedding(500, 40) }),
    ]

    private func number(_ value: JSONValue?) throws -> Double {
        switch try #require(value) {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: .nan
        }
    }

    @Test(arguments: layers.indices)
    func distributionsArePyTorchs(_ index: Int) throws {
        let layer = Self.layers[index]
        let path = Golden.path("initialisation.json")
        let all = try JSONValue.parse([UInt8](try Data(contentsOf: URL(filePath: path))))
        let expected = try #require(all[layer.name]?["parameters"])
        let arena = try ParameterArena(layer.make(), device: TestDevices.makePlain(), seed: 17)
        for (name, _, values) in try arena.namedValues() {
            let wanted = try #require(expected[name])
            let numbers = values.map(Double.init)
            let deviation = (numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count))
                .squareRoot()
            let error = 5 / Double(numbers.count).squareRoot()
            switch wanted["distribution"] {
            case .string("uniform"):
                let bound = try number(wanted["bound"])
                #expect(numbers.allSatisfy { abs($0) <= bound })
                #expect(numbers.contains { abs($0) > 0.95 * bound })
                // The variance of x^2 for uniform x is 4/45 bound^4.
                #expect(abs(deviation / bound - (1 / 3.0).squareRoot()) < error * 0.26)
            case .string("normal"):
                #expect(abs(deviation - 1) < error * 0.71)
                #expect(abs(numbers.reduce(0, +) / Double(numbers.count)) < error)
            default:
                let constant = try number(wanted["value"])
                #expect(numbers.allSatisfy { $0 == constant })
            }
        }
    }

    @Test func valuesAreAFunctionOfTheStream() {
        let stream = RandomStreams.initialValues(seed: 9, parameter: 3)
        for initializer in [Initializer.uniform(bound: 2), .normal(deviation: 3)] {
            let values = initializer.makeValues(7, stream: stream)
            #expect(values.count == 7)
            #expect(initializer.makeValues(7, stream: stream) == values)
            #expect(Array(initializer.makeValues(9, stream: stream).prefix(7)) == values)
        }
        #expect(Initializer.constant(4).makeValues(2, stream: stream) == [4, 4])
        #expect(Initializer.inverseSquareRoot(of: 16) == .uniform(bound: 0.25))
        #expect(Initializer.normal(deviation: 1).makeValues(0, stream: stream) == [])
    }

    /// Initial values, dropout calls and passes never meet in one stream.
    @Test func streamsAreKeptApart() {
        var streams = Set<RandomStream>()
        var made = 0
        for pass in 0..<5 {
            for call in [0, 1, 2, 65_535, 65_536] {
                streams.insert(RandomStreams.dropout(seed: 1, pass: pass, call: call))
                made += 1
            }
        }
        for parameter in 0..<5 {
            streams.insert(RandomStreams.initialValues(seed: 1, parameter: parameter))
            made += 1
        }
        #expect(streams.count == made)
    }
}
