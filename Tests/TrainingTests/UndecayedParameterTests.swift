import TandemConfiguration
import TandemDevices
import TandemNetworks
import Testing

@testable import TandemTraining

/// Parameters that take no weight decay, by the ends of their names.
@Suite("Parameters without decay")
struct UndecayedParameterTests {
    private final class Network: Module {
        let first = Linear(2, 3)
        let norm = LayerNorm(3)
        let position = Parameter([3], .constant(1))
        /// Ends in a word of the list, but is not that word.
        let composition = Parameter([2], .constant(1))

        var parameters: [(name: String, parameter: Parameter)] {
            [("position", position), ("composition", composition)]
        }
        var submodules: [(name: String, module: any Module)] {
            [("first", first), ("norm", norm)]
        }
    }

    private func groups(
        _ change: (inout OptimizerConfiguration) -> Void
    ) throws -> (groups: [ParameterGroup], names: [String: [String]]) {
        let arena = try ParameterArena(Network(), device: CPUDevice(threads: 1), seed: 1)
        var configuration = OptimizerConfiguration()
        configuration.weightDecay = 0.1
        change(&configuration)
        let groups = configuration.parameterGroups(arena)
        var names: [String: [String]] = [:]
        for entry in arena.entries {
            let group = try #require(groups.first { $0.holds(entry.name) }, "\(entry.name)")
            names[group.name, default: []].append(entry.name)
        }
        return (groups, names.mapValues { $0.sorted() })
    }

    @Test("Whole last parts of names count, in one group of all")
    func oneGroup() throws {
        let (groups, names) = try groups { $0.undecayed = ["bias", "position"] }
        #expect(groups.map(\.weightDecay) == [0, 0.1])
        #expect(names[groups[0].name] == ["first.bias", "norm.bias", "position"])
        #expect(names[groups[1].name] == ["composition", "first.weight", "norm.weight"])
        #expect(groups[0].name != groups[1].name && groups[0].name.hasSuffix("without decay"))
        #expect(groups[0].learningRate == groups[1].learningRate)
    }

    @Test("Several parts of a name tell apart what one does not")
    func longNames() throws {
        let (groups, names) = try groups { $0.undecayed = ["norm.weight"] }
        #expect(groups.map(\.weightDecay) == [0, 0.1])
        #expect(names[groups[0].name] == ["norm.weight"])
    }

    @Test("Groups with rates of their own are divided where they have to be")
    func severalGroups() throws {
        let (groups, names) = try groups {
            $0.undecayed = ["bias", "position"]
            var first = ParameterGroupConfiguration()
            (first.path, first.learningRate) = ("first", 0.5)
            var norm = ParameterGroupConfiguration()
            (norm.path, norm.weightDecay) = ("norm", 0)
            var position = ParameterGroupConfiguration()
            (position.path, position.name) = ("position", "places")
            $0.groups = [first, norm, position]
        }
        let found = groups.map { ($0.learningRate, $0.weightDecay, names[$0.name] ?? []) }
        #expect(found[0] == (0.5, 0, ["first.bias"]))
        #expect(found[1] == (0.5, 0.1, ["first.weight"]))
        let rate = OptimizerConfiguration().learningRate
        // Without decay anyway: one group, as is one that is spared whole.
        #expect(found[2] == (rate, 0, ["norm.bias", "norm.weight"]))
        #expect(found[3] == (rate, 0, ["position"]))
        #expect(found[4] == (rate, 0.1, ["composition"]))
        #expect(found.count == 5)
    }

    @Test("Nothing is divided without decay, and without a word that fits")
    func undivided() throws {
        #expect(try groups { ($0.undecayed, $0.weightDecay) = (["bias"], 0) }.groups.count == 1)
        #expect(try groups { $0.undecayed = ["nothing"] }.groups.count == 1)
        #expect(try groups { _ in }.groups.count == 1)
    }

    @Test("A step shrinks decayed parameters alone")
    func oneStep() throws {
        let device = try CPUDevice(threads: 1)
        let arena = try ParameterArena(Network(), device: device, seed: 1)
        var configuration = OptimizerConfiguration()
        (configuration.learningRate, configuration.weightDecay) = (0.5, 0.1)
        configuration.undecayed = ["position", "bias"]
        let before = try arena.namedValues()
        try arena.zeroGradients()
        try configuration.makeOptimizer(arena).step(factor: 1, gradientScale: nil)
        for (old, new) in zip(before, try arena.namedValues()) {
            let isSpared = ["position", "first.bias", "norm.bias"].contains(old.name)
            for (a, b) in zip(old.values, new.values) {
                #expect(abs(b - (isSpared ? a : 0.95 * a)) < 1e-6, "\(old.name)")
            }
        }
    }

    @Test("Empty words are refused")
    func emptyWords() throws {
        let text = #"{"undecayed": ["bias", ""]}"#
        let error = #expect(throws: (any Error).self) {
            _ = try OptimizerConfiguration.parse(Array(text.utf8), source: "a file")
        }
        #expect("\(try #require(error))".contains("undecayed"))
    }
}
