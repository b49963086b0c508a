import TandemBasics
import TandemDatasets
import TandemDevices
import FoundationEssentials
import Glibc
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Initial values follow the distributions that PyTorch's layers use.
@Suite struct InitializerTests {
    /// The settings of one layer in `initialisation.json` with a module made of them.
    private static let layers: [(name: String, make: @Sendable () -> any Module)] = [
        ("linear", { Linear(48, 256) }), ("gru", { GRU(input: 24, hidden: 64, layers: 2) }),
        ("lstm", { LSTM(input: 24, hidden: 64, layers: 2, isBidirectional: true) }),
        ("attention", { MultiHeadAttention(96, heads: 4) }), ("rms_norm", { RMSNorm(32) }),
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

    private func moments(_ values: [Float]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
        let square = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return (mean, (square / Double(values.count)).squareRoot())
    }

    /// Mean and deviation of the truncated distribution, by numerical integration of its density.
    private func truncatedMoments(_ lower: Double, _ upper: Double) -> (Double, Double) {
        var (mass, first, second) = (0.0, 0.0, 0.0)
        for step in 0..<100_000 {
            let x = lower + (Double(step) + 0.5) * (upper - lower) / 100_000
            let density = exp(-x * x / 2)
            (mass, first, second) = (mass + density, first + density * x, second + density * x * x)
        }
        let mean = first / mass
        return (mean, (second / mass - mean * mean).squareRoot())
    }

    @Test(
        arguments: [(-2, 2), (-1, 3), (0.5, 0.75), (4, 9), (-30, -3), (-40, 40)] as [(Float, Float)]
    )
    func truncatedNormalHasItsBoundsAndMoments(_ lower: Float, _ upper: Float) {
        let count = 40_000
        let stream = RandomStreams.initialValues(seed: 9, parameter: 3)
        let values = Initializer.truncatedNormal(deviation: 0.5, lower: lower, upper: upper)
            .makeValues([count], stream: stream)
        #expect(values.allSatisfy { $0 >= 0.5 * lower && $0 <= 0.5 * upper })
        let (mean, deviation) = moments(values)
        let (expectedMean, expectedDeviation) = truncatedMoments(Double(lower), Double(upper))
        let error = 5 * 0.5 * expectedDeviation / Double(count).squareRoot()
        #expect(abs(mean - 0.5 * expectedMean) < error)
        #expect(abs(deviation - 0.5 * expectedDeviation) < 2 * error)
    }

    /// Rows of a wide matrix and columns of a tall one are orthogonal and of length `gain`.
    @Test(arguments: [[5, 5], [3, 17], [40, 9], [1, 6], [6, 1], [8, 3, 4]] as [Shape])
    func orthogonalMatrices(_ shape: Shape) throws {
        let stream = RandomStreams.initialValues(seed: 9, parameter: 3)
        let values = Initializer.orthogonal(gain: 1.5).makeValues(shape, stream: stream)
        let rows = shape.dimensions[0]
        let columns = shape.count / rows
        let isTall = rows >= columns
        let (number, length) = isTall ? (columns, rows) : (rows, columns)
        func element(_ vector: Int, _ place: Int) -> Double {
            Double(isTall ? values[place * columns + vector] : values[vector * columns + place])
        }
        for first in 0..<number {
            for second in 0...first {
                let product = (0..<length).reduce(0.0) {
                    $0 + element(first, $1) * element(second, $1)
                }
                #expect(abs(product - (first == second ? 2.25 : 0)) < 1e-6)
            }
        }
        #expect(Initializer.orthogonal(gain: 1.5).makeValues(shape, stream: stream) == values)
    }

    /// Reflections and rotations are equally likely, and no direction is preferred.
    @Test func orthogonalMatricesAreUniform() {
        var (determinants, corner) = (0, 0.0)
        for number in 0..<400 {
            let stream = RandomStreams.initialValues(seed: 4, parameter: number)
            let m = Initializer.orthogonal().makeValues([2, 2], stream: stream)
            if m[0] * m[3] - m[1] * m[2] > 0 { determinants += 1 }
            corner += Double(m[0])
        }
        #expect(abs(determinants - 200) < 50)
        // A coordinate of a uniform unit vector of the plane has the variance 1/2.
        #expect(abs(corner / 400) < 5 * (0.5 / 400).squareRoot())
    }

    /// Bounds and deviations of PyTorch's `xavier_` and `kaiming_` functions, with its fans of `[O, I, field]`.
    @Test(
        arguments: [
            (.xavierUniform(gain: 2), 2 * (6.0 / 350).squareRoot(), true),
            (.xavierNormal(gain: 2), 2 * (2.0 / 350).squareRoot(), false),
            (.kaimingUniform(), (6.0 / 150).squareRoot(), true),
            (.kaimingUniform(gain: 1, fan: .outputs), (3.0 / 200).squareRoot(), true),
            (.kaimingNormal(), (2.0 / 150).squareRoot(), false),
            (.kaimingNormal(gain: 1, fan: .outputs), (1.0 / 200).squareRoot(), false),
        ] as [(Initializer, Double, Bool)])
    func spreadByFans(_ initializer: Initializer, _ spread: Double, _ isUniform: Bool) {
        let stream = RandomStreams.initialValues(seed: 9, parameter: 3)
        let values = initializer.makeValues([40, 30, 5], stream: stream)
        let (mean, deviation) = moments(values)
        let expected = isUniform ? spread / 3.0.squareRoot() : spread
        let error = 5 / Double(values.count).squareRoot()
        #expect(abs(mean) < error * expected)
        #expect(abs(deviation / expected - 1) < error)
        if isUniform { #expect(values.allSatisfy { abs(Double($0)) <= spread * (1 + 1e-6) }) }
    }

    @Test func initialisersRefuseWhatTheyCannotFill() {
        #expect(Initializer.orthogonal().problem(for: [3]) != nil)
        #expect(Initializer.xavierNormal().problem(for: []) != nil)
        #expect(Initializer.kaimingUniform(gain: .nan).problem(for: [3, 3]) != nil)
        #expect(Initializer.uniform(bound: -1).problem(for: [3]) != nil)
        #expect(
            Initializer.truncatedNormal(deviation: 1, lower: 2, upper: 1).problem(for: [3]) != nil)
        #expect(Initializer.values([1]).problem(for: [2]) != nil)
        #expect(Initializer.orthogonal().problem(for: [3, 3]) == nil)
    }

    @Test func valuesAreAFunctionOfTheStream() {
        let stream = RandomStreams.initialValues(seed: 9, parameter: 3)
        for initializer in [
            Initializer.uniform(bound: 2), .normal(deviation: 3), .truncatedNormal(deviation: 3),
        ] {
            let values = initializer.makeValues([7], stream: stream)
            #expect(values.count == 7)
            #expect(initializer.makeValues([7], stream: stream) == values)
            #expect(Array(initializer.makeValues([9], stream: stream).prefix(7)) == values)
        }
        #expect(Initializer.constant(4).makeValues([2], stream: stream) == [4, 4])
        #expect(Initializer.inverseSquareRoot(of: 16) == .uniform(bound: 0.25))
        #expect(Initializer.normal(deviation: 1).makeValues([0], stream: stream) == [])
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
