import TandemBasics
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// What the cores are at first: their sizes, a copy of the question, free of memory.
@Suite(.exclusiveDevices) struct DialogueModelTests {
    typealias Preset = DialogueModelConfiguration.Preset

    /// A core as the argument of a test.
    struct Core: Sendable, CustomStringConvertible {
        let description: String
        let configuration: DialogueModelConfiguration

        init(
            _ name: String, _ preset: Preset = .blocked,
            _ change: (inout DialogueModelConfiguration) -> Void = { _ in }
        ) {
            description = name
            var configuration = DialogueModelConfiguration(preset)
            // 2 x 2 x 3 cells of one coordinate; 12 in all.
            configuration.cells = [2, 2, 3]
            configuration.cellWidth = 1
            configuration.channels = 4
            configuration.hidden = 6
            configuration.steps = 3
            change(&configuration)
            self.configuration = configuration
        }
    }

    /// Every core in a small form, lattices with every boundary and neighbourhood.
    static let cores: [Core] =
        LatticeGrid.Boundary.allCases.flatMap { boundary in
            LatticeGrid.Neighbourhood.allCases.map { neighbourhood in
                Core("\(boundary), \(neighbourhood)") {
                    ($0.boundary, $0.neighbourhood) = (boundary, neighbourhood)
                }
            }
        } + [
            Core("no placement") { $0.placement = .none }, Core("per step") { $0.perStep = true },
            Core("tanh") { $0.activation = .tanh }, Core("historic rule") { $0.rule = .historic },
            Core("two cells wide") { ($0.cells, $0.cellWidth) = ([1, 2, 3], 2) },
            Core("stochastic") { $0.updateProbability = 0.7 },
            Core("two members") { $0.members = 2 }, Core("mlp", .mlp), Core("conv3d", .conv3d),
        ]

    private func vectors(_ count: Int, _ width: Int = 12, on device: any Device) throws -> Tensor {
        try CheckedInput([count, width], 7).tensor(on: device).l2Normalized(epsilon: 0)
    }

    private func parameters(
        _ configuration: DialogueModelConfiguration, _ features: Int, _ path: String = ""
    ) -> Int {
        let group = ParameterGroup(path: path, learningRate: 0)
        return DialogueModel(features: features, configuration).namedParameters
            .filter { group.holds($0.name) }.reduce(0) { $0 + $1.parameter.shape.count }
    }

    @Test(
        arguments: [
            (Preset.historic, 768, 7_752), (.small, 384, 4_680), (.placed, 384, 299_592),
            (.blocked, 384, 300_464), (.blockedWide, 384, 314_208), (.blocked768, 768, 1_186_224),
            // 2 * 384 of the norm, 384 * 1024 + 1024, 1024 * 384 + 384
            (.mlp, 384, 788_608), (.conv3d, 384, 42_449), (.scaledCopy, 384, 0),
        ])
    func publishedSizes(_ preset: Preset, _ features: Int, _ expected: Int) throws {
        let configuration = DialogueModelConfiguration(preset)
        #expect(parameters(configuration, features) == expected)
        var double = configuration
        double.members = 2
        #expect(parameters(double, features) == 2 * expected)
        #expect(DialogueModel(features: features, configuration).problems == [])
    }

    /// 68 to 16 to 8: own state and six neighbours of 8 numbers, 12 coordinates.
    @Test func sizeOfTheHistoricCell() {
        var configuration = DialogueModelConfiguration(.blocked)
        configuration.rule = .historic
        (configuration.channels, configuration.hidden, configuration.cellWidth) = (8, 16, 12)
        #expect(parameters(configuration, 768, "rules") == 1_240)
        configuration.perStep = true
        configuration.steps = 5
        #expect(parameters(configuration, 768, "rules") == 5 * 1_240)
    }

    /// Vectors that the block does not take end with both numbers, before anything is trained.
    @Test(arguments: [Preset.blocked, .small, .conv3d])
    func wrongProduct(_ preset: Preset) throws {
        let configuration = DialogueModelConfiguration(preset)
        let model = DialogueModel(features: 768, configuration)
        let device = try CPUDevice(threads: 1)
        let error = #expect(throws: NetworkError.self) {
            _ = try ParameterArena(model, device: device, seed: 0)
        }
        guard case .impossibleModel(let problems)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problems.count == 1)
        #expect(problems[0].contains("384") && problems[0].contains("768"))
        #expect("\(try #require(error))".contains("model.cells"))
    }

    @Test(arguments: TestDevices.all, cores)
    func beginsAsACopy(_ target: TestDevice, _ core: Core) throws {
        let device = target.device
        let model = DialogueModel(features: 12, core.configuration)
        let arena = try ParameterArena(model, device: device, seed: 3)
        #expect(arena.parameterCount > 0)
        let x = try vectors(5, on: device)
        let expected = try x.values()
        for context in [ForwardContext.evaluation(), .training(seed: 1, pass: 2)] {
            let found = try model(x, context).values()
            let difference = mismatch(found, expected, Tolerance(absolute: 1e-6, relative: 0))
            #expect(difference == nil)
        }
    }

    /// The presets at their real sizes.
    @Test(arguments: Preset.allCases)
    func presetsBeginAsCopies(_ preset: Preset) throws {
        let device = try CPUDevice(threads: 2)
        let features = [.historic, .blocked768].contains(preset) ? 768 : 384
        var configuration = DialogueModelConfiguration(preset)
        // Only of the default: unoptimised builds take seconds to draw large orthogonal matrices.
        if preset != .blocked { configuration.placement = .none }
        let model = DialogueModel(features: features, configuration)
        _ = try ParameterArena(model, device: device, seed: 3)
        let x = try vectors(2, features, on: device)
        // Rows of unit length: the published processor's scaling hardly turns them.
        let difference = mismatch(
            try model(x, .evaluation()).values(), try x.values(),
            Tolerance(absolute: preset == .scaledCopy ? 2e-4 : 1e-6, relative: 0))
        #expect(difference == nil)
    }

    /// Rows do not see each other, and a call leaves nothing behind for the next.
    @Test(arguments: cores)
    func rowsAndCallsAreIndependent(_ core: Core) throws {
        let device = try CPUDevice(threads: 1)
        let model = DialogueModel(features: 12, core.configuration)
        let arena = try ParameterArena(model, device: device, seed: 3)
        try randomize(arena)
        let x = try vectors(5, on: device)
        let whole = try model(x, .evaluation()).values()
        #expect(mismatch(whole, try x.values(), Tolerance(absolute: 1e-2, relative: 0)) != nil)
        for row in 0..<5 {
            let one = try model(x.slice(axis: 0, row..<row + 1), .evaluation()).values()
            let expected = Array(whole[row * 12..<(row + 1) * 12])
            #expect(mismatch(one, expected, Tolerance(absolute: 1e-6, relative: 0)) == nil)
        }
        #expect(try model(x, .evaluation()).values() == whole)
    }

    /// Two places of the same grid are told apart by their positions: no cell's output is another's.
    @Test(arguments: LatticeGrid.Boundary.allCases)
    func neighboursAreHeard(_ boundary: LatticeGrid.Boundary) throws {
        var configuration = DialogueModelConfiguration(.small)
        configuration.cells = [4, 4, 4]
        configuration.boundary = boundary
        configuration.steps = 2
        let device = try CPUDevice(threads: 1)
        let model = DialogueModel(features: 64, configuration)
        try randomize(try ParameterArena(model, device: device, seed: 3))
        var values = try vectors(1, 64, on: device).values()
        func output() throws -> [Float] {
            let x = try Tensor(values, shape: [1, 64], on: device)
            return try #require(try model.predictions(x, .evaluation()).first).values()
        }
        let before = try output()
        // Cell (1, 1, 1); after two steps those up to two steps away have heard of it.
        values[21] += 0.5
        let after = try output()
        let grid = LatticeGrid(sizes: [4, 4, 4], boundary: boundary)
        var reach: Set<Int> = [21]
        for _ in 0..<2 {
            for cell in reach { reach.formUnion(grid.neighbours[cell].compactMap { $0 }) }
        }
        #expect(reach.count > 20 && reach.count < 64)
        for cell in 0..<64 {
            #expect((before[cell] != after[cell]) == reach.contains(cell), "cell \(cell)")
        }
    }

    /// In training a part of the cells stays as it is; the weights below make exactly the others add 1.
    @Test(arguments: TestDevices.all, [0.7, 0.25])
    func stochasticUpdates(_ target: TestDevice, _ probability: Double) throws {
        var configuration = DialogueModelConfiguration(.small)
        configuration.cells = [4, 4, 4]
        configuration.steps = 1
        configuration.channels = 1
        configuration.hidden = 1
        configuration.updateProbability = probability
        let device = target.device
        let model = DialogueModel(features: 64, configuration)
        let arena = try ParameterArena(model, device: device, seed: 3)
        var values: [String: (shape: [Int], values: [Float])] = [:]
        for (name, shape, old) in try arena.namedValues() {
            let isKept = name == "read.weight" || name == "rules.0.second.bias"
            values[name] = (shape, old.map { _ in isKept ? 1 : 0 })
        }
        try arena.load(values)
        let x = try Tensor.zeros([50, 64], on: device)
        // 0.5 tanh(1) / sqrt(64)
        let step: Float = 0.5 * 0.7615941560 / 8
        func changes(_ context: ForwardContext) throws -> [Bool] {
            let found = try #require(try model.predictions(x, context).first).values()
            return found.map { value in
                #expect(value == 0 || (value - step).magnitude < 1e-6)
                return value != 0
            }
        }
        #expect(try changes(.evaluation()).allSatisfy { $0 })
        let first = try changes(.training(seed: 4, pass: 0))
        let expected = Double(first.count) * probability
        let deviation = (expected * (1 - probability)).squareRoot()
        #expect(abs(Double(first.count { $0 }) - expected) < 5 * deviation)
        #expect(try changes(.training(seed: 4, pass: 0)) == first)
        #expect(try changes(.training(seed: 4, pass: 1)) != first)
        #expect(try changes(.training(seed: 5, pass: 0)) != first)
    }

    /// Several cores answer with the mean of their unit predictions, each as it would alone.
    @Test func membersAreAveraged() throws {
        let device = try CPUDevice(threads: 1)
        let core = Core("three members") { $0.members = 3 }
        let model = DialogueModel(features: 12, core.configuration)
        try randomize(try ParameterArena(model, device: device, seed: 3))
        let x = try vectors(4, on: device)
        let each = try model.predictions(x, .evaluation()).map {
            try $0.l2Normalized(epsilon: 0).values()
        }
        #expect(each.count == 3 && each[0] != each[1] && each[1] != each[2])
        var expected: [Float] = []
        for row in 0..<4 {
            let sums = (row * 12..<(row + 1) * 12).map { each[0][$0] + each[1][$0] + each[2][$0] }
            let length = sums.reduce(0) { $0 + $1 * $1 }.squareRoot()
            expected += sums.map { $0 / length }
        }
        let found = try model(x, .evaluation()).values()
        #expect(mismatch(found, expected, Tolerance(absolute: 1e-6, relative: 0)) == nil)
    }

    /// The matrices of the places are orthogonal and each other's transpose at first, learned or not.
    @Test(arguments: [DialogueModelConfiguration.Placement.learned, .fixedOrthogonal])
    func placesAreOrthogonal(placement: DialogueModelConfiguration.Placement) throws {
        let device = try CPUDevice(threads: 1)
        let model = DialogueModel(
            features: 12, Core("") { $0.placement = placement }.configuration)
        let arena = try ParameterArena(model, device: device, seed: 3)
        try model.initialize()
        let named = try arena.namedValues()
        func matrix(_ name: String) throws -> Tensor {
            let values = try #require(named.first { $0.name == name }).values
            return try Tensor(values, shape: [12, 12], on: device)
        }
        let input = try matrix("placement.input")
        let unit = (0..<144).map { Float($0 % 13 == 0 ? 1 : 0) }
        let product = try input.matmul(input, transposeRight: true).values()
        #expect(mismatch(product, unit, Tolerance(absolute: 1e-5, relative: 0)) == nil)
        let output = try matrix("placement.output").values()
        #expect(try input.transposed(0, 1).values() == output)
        let isParameter = arena.entries.contains { $0.name == "placement.input" }
        #expect(isParameter == (placement == .learned))
    }
}

/// Gives every parameter values up to about 1/2, the zeros at the beginning too.
func randomize(_ arena: ParameterArena) throws {
    var values: [String: (shape: [Int], values: [Float])] = [:]
    for (number, entry) in try arena.namedValues().enumerated() {
        let random = CheckedInput([entry.values.count], UInt64(number), low: -0.5, high: 0.5)
        values[entry.name] = (entry.shape, random.values)
    }
    try arena.load(values, rule: .exact)
}
