import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Loading of weights that fit a model in part.
@Suite(.exclusiveDevices) struct PartialLoadingTests {
    private final class Model: Module {
        let encoder = Linear(3, 2)
        let head = Linear(2, 4)

        var submodules: [(name: String, module: any Module)] {
            [("encoder", encoder), ("head", head)]
        }
    }

    private let stored: [String: (shape: [Int], values: [Float])] = [
        "encoder.weight": ([2, 3], [1, 2, 3, 4, 5, 6]), "encoder.bias": ([2], [7, 8]),
        "head.weight": ([5, 2], [Float](repeating: 9, count: 10)), "extra": ([1], [9]),
    ]

    @Test(arguments: TestDevices.all)
    func whatFitsIsLoadedAndTheRestReported(_ target: TestDevice) throws {
        let arena = try ParameterArena(Model(), device: target.device, seed: 1)
        let before = try arena.namedValues().map(\.values)
        let report = try arena.load(stored, rule: .partial)
        #expect(report.loaded == ["encoder.weight", "encoder.bias"])
        #expect(report.missing == ["head.bias"])
        #expect(report.unexpected == ["extra"])
        #expect(report.misshapen.map(\.name) == ["head.weight"])
        #expect(report.misshapen.map(\.stored) == [[5, 2]])
        #expect(report.misshapen.map(\.expected) == [[4, 2]])
        #expect(!report.isComplete)
        let after = try arena.namedValues().map(\.values)
        #expect(after[0] == [1, 2, 3, 4, 5, 6] && after[1] == [7, 8])
        #expect(after[2] == before[2] && after[3] == before[3])
    }

    @Test func withoutBeingAskedNothingIsLoadedInPart() throws {
        let arena = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 1)
        let before = try arena.namedValues().map(\.values)
        #expect(throws: NetworkError.self) { try arena.load(stored) }
        #expect(try arena.namedValues().map(\.values) == before)
    }

    /// Weights of which nothing fits are a mistake under any rule, and so are damaged ones.
    @Test func nothingAndDamagedWeightsAreRefused() throws {
        let arena = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 1)
        #expect(throws: NetworkError.self) {
            try arena.load(["encoder.weihgt": ([2, 3], [1, 2, 3, 4, 5, 6])], rule: .partial)
        }
        var damaged = stored
        damaged["encoder.bias"] = ([2], [7])
        let error = #expect(throws: NetworkError.self) {
            try arena.load(damaged, rule: .partial)
        }
        #expect("\(try #require(error))".contains("'encoder.bias' has 1 values for shape [2]"))
    }

    @Test func aMisspelledNameIsPointedOut() throws {
        let arena = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 1)
        let error = #expect(throws: NetworkError.self) {
            try arena.load(["encoder.weihgt": ([2, 3], [1, 2, 3, 4, 5, 6])])
        }
        #expect("\(try #require(error))".contains("did you mean 'encoder.weight'?"))
    }
}
