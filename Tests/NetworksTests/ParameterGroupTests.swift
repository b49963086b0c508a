import TandemDevices
@testable import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Groups of parameters with their own learning rate and weight decay.
@Suite(.exclusiveDevices) struct ParameterGroupTests {
    private final class Model: Module {
        let first = Linear(3, 2)
        let second = Linear(3, 2)
        let third = Linear(3, 2)

        var submodules: [(name: String, module: any Module)] {
            [("first", first), ("second", second), ("third", third)]
        }
    }

    /// Sets every gradient to 1 and takes a step; returns how much each parameter's elements changed.
    private func changes(
        _ groups: [ParameterGroup], factor: Double, on device: any Device
    ) throws -> [String: Set<Float>] {
        let arena = try ParameterArena(Model(), device: device, seed: 1)
        try device.fill(arena.values, value: 0)
        try device.fill(arena.gradients, value: 1)
        try SGD(arena, groups: groups).step(factor: factor, gradientScale: nil)
        var found: [String: Set<Float>] = [:]
        for (name, _, values) in try arena.namedValues() { found[name] = Set(values) }
        return found
    }

    @Test(arguments: TestDevices.all)
    func everyGroupHasItsRate(_ target: TestDevice) throws {
        let found = try changes(
            [
                ParameterGroup(path: "second.bias", learningRate: 1),
                ParameterGroup(path: "second", learningRate: 2),
                ParameterGroup(learningRate: 4),
            ], factor: 0.5, on: target.device)
        #expect(
            found == [
                "first.weight": [-2], "first.bias": [-2], "second.weight": [-1],
                "second.bias": [-0.5], "third.weight": [-2], "third.bias": [-2],
            ])
    }

    /// A group that nothing belongs to says why, and what was probably meant.
    @Test(arguments: [
        ("secnd", "no module or parameter has the path 'secnd'. Did you mean 'second'?"),
        ("second.wieght", "Did you mean 'second.weight'?"),
        ("third", "earlier groups took all of 'third'"),
    ])
    func anEmptyGroupSaysWhy(_ path: String, _ reason: String) throws {
        let arena = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 1)
        let error = #expect(throws: NetworkError.self) {
            try SGD(
                arena,
                groups: [
                    ParameterGroup(path: "third", name: "x", learningRate: 1),
                    ParameterGroup(path: path, learningRate: 1), ParameterGroup(learningRate: 1),
                ])
        }
        #expect("\(try #require(error))".contains(reason))
    }

    @Test func groupsHaveNames() throws {
        #expect(ParameterGroup(learningRate: 1).name == "all")
        #expect(ParameterGroup(path: "a.b", learningRate: 1).name == "a.b")
        #expect(ParameterGroup(path: "a.b", name: "heads", learningRate: 1).name == "heads")
        let arena = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 1)
        #expect(throws: NetworkError.self) {
            try SGD(
                arena,
                groups: [
                    ParameterGroup(path: "first", name: "x", learningRate: 1),
                    ParameterGroup(path: "second", name: "x", learningRate: 1),
                    ParameterGroup(learningRate: 1),
                ])
        }
    }

    /// A path ends at a dot or at the end of the name.
    @Test func aPathIsNoTextPrefix() throws {
        let arena = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 1)
        #expect(throws: NetworkError.self) {
            try SGD(
                arena,
                groups: [
                    ParameterGroup(path: "fir", learningRate: 1), ParameterGroup(learningRate: 1),
                ])
        }
    }

    @Test(arguments: TestDevices.all)
    func aRateOfZeroFreezes(_ target: TestDevice) throws {
        let found = try changes(
            [
                ParameterGroup(path: "first", learningRate: 0, weightDecay: 1),
                ParameterGroup(learningRate: 1),
            ], factor: 1, on: target.device)
        #expect(found["first.weight"] == [0] && found["second.weight"] == [-1])
    }

    /// The optimiser is one operation over few segments, not one per parameter.
    @Test func neighboursOfOneGroupAreOneSegment() throws {
        let device = TestDevices.makePlain()
        let arena = try ParameterArena(Model(), device: device, seed: 1)
        func segments(_ groups: [ParameterGroup]) throws -> [ParameterSegment] {
            try GroupSegments(arena, groups).segments
        }
        let whole = try segments([ParameterGroup(learningRate: 1)])
        #expect(whole.map(\.start) == [0] && whole.map(\.count) == [arena.values.count])
        let split = try segments([
            ParameterGroup(path: "second", learningRate: 2, weightDecay: 3),
            ParameterGroup(learningRate: 1),
        ])
        #expect(split.map(\.start) == [0, 32, 64] && split.map(\.count) == [32, 32, 32])
        #expect(split.map(\.learningRate) == [1, 2, 1])
        #expect(split.map(\.weightDecay) == [0, 3, 0])
    }

    @Test(
        arguments: [
            [ParameterGroup(path: "first", learningRate: 1)],
            [ParameterGroup(path: "fourth", learningRate: 1), ParameterGroup(learningRate: 1)],
            [ParameterGroup(learningRate: 1), ParameterGroup(path: "first", learningRate: 1)],
            [ParameterGroup(learningRate: -1)], [ParameterGroup(learningRate: .nan)],
            [ParameterGroup(learningRate: 1, weightDecay: .infinity)], [],
        ])
    func impossibleGroupsAreRefused(_ groups: [ParameterGroup]) throws {
        let arena = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 1)
        #expect(throws: NetworkError.self) { try SGD(arena, groups: groups) }
        #expect(throws: NetworkError.self) { try Adam(arena, groups: groups) }
    }

    @Test func impossibleConstantsAreRefused() throws {
        let arena = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 1)
        let groups = [ParameterGroup(learningRate: 1)]
        #expect(throws: NetworkError.self) { try Adam(arena, groups: groups, beta1: 1) }
        #expect(throws: NetworkError.self) { try Adam(arena, groups: groups, beta2: -0.1) }
        #expect(throws: NetworkError.self) { try Adam(arena, groups: groups, epsilon: .nan) }
        #expect(throws: NetworkError.self) { try SGD(arena, groups: groups, momentum: -1) }
        #expect(throws: NetworkError.self) { try SGD(arena, groups: groups, nesterov: true) }
    }
}
