import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Parameters that no gradient reaches in a step: left alone when asked for, and known to the monitor.
@Suite(.exclusiveDevices) struct UnreachedParameterTests {
    /// The parameters of the golden files.
    private final class Model: Module {
        let parameters: [(name: String, parameter: Parameter)] = [
            ("weight", Parameter([7, 5], .constant(0))), ("bias", Parameter([13], .constant(0))),
            ("scale", Parameter([3, 2, 4], .constant(0))),
        ]
    }

    private func makeOptimizer(_ name: String, _ arena: ParameterArena) throws -> any Optimizer {
        name == "adamw-gaps"
            ? try Adam(
                arena, groups: [ParameterGroup(learningRate: 0.01, weightDecay: 0.1)],
                leavesUnreachedAlone: true)
            : try SGD(
                arena, groups: [ParameterGroup(learningRate: 0.05, weightDecay: 0.01)],
                momentum: 0.9, leavesUnreachedAlone: true)
    }

    /// Lets the golden gradients of one step reach the parameters that have one in it.
    private func pass(_ golden: Golden, _ arena: ParameterArena, step: Int) throws {
        try arena.zeroGradients()
        let context = ForwardContext.training(seed: 0, pass: step)
        var loss: Tensor?
        for entry in arena.entries
        where try golden.values("reached.\(entry.name)")[step] == 1 {
            let gradients = try golden.values("gradients.\(entry.name)")
            let part = Array(gradients[step * entry.count..<(step + 1) * entry.count])
            let slope = try Tensor(part, shape: entry.parameter.shape, on: arena.device)
            let term = try (context.tensor(entry.parameter) * slope).sum()
            loss = try loss.map { try $0 + term } ?? term
        }
        try context.backward(from: try #require(loss))
    }

    /// PyTorch skips parameters whose `grad` is `None`: values, moments and their own number of steps stay.
    @Test(arguments: TestDevices.all, ["adamw-gaps", "sgd-momentum-gaps"])
    func unreachedParametersAreLeftAloneAsInPyTorch(_ target: TestDevice, _ name: String) throws {
        let golden = try Golden("optimizer-\(name)")
        let arena = try ParameterArena(Model(), device: target.device, seed: 0)
        try arena.load(try golden.arrays(prefix: "initial."))
        var optimizer = try makeOptimizer(name, arena)
        for step in 0..<10 {
            if step == 5 { optimizer = try resumed(optimizer, makeOptimizer(name, arena), arena) }
            try pass(golden, arena, step: step)
            try optimizer.step(factor: 1, gradientScale: nil)
            for entry in arena.entries {
                let all = try golden.values("values.\(entry.name)")
                let place = step * entry.count
                expectClose(
                    try entry.parameter.value.values(), Array(all[place..<place + entry.count]),
                    .forward, "\(entry.name) after step \(step + 1)")
            }
        }
        #expect(optimizer.stepCount == 10)
        if name == "adamw-gaps" { #expect(optimizer.parameterSteps == ["weight": 9, "bias": 5]) }
    }

    /// What a checkpoint keeps of `old`, put into `new`.
    private func resumed(
        _ old: any Optimizer, _ new: any Optimizer, _ arena: ParameterArena
    ) throws -> any Optimizer {
        for ((_, from), (_, to)) in zip(old.state, new.state) {
            try arena.device.upload(try arena.device.download(from), to: to)
        }
        new.stepCount = old.stepCount
        new.parameterSteps = old.parameterSteps
        return new
    }

    /// Two branches of which each pass uses one.
    private final class Branches: Module {
        let left = Linear(3, 2)
        let right = Linear(3, 2)

        var submodules: [(name: String, module: any Module)] {
            [("left", left), ("right", right)]
        }
    }

    /// A recorded step reaches the parameters that it reached when it was recorded, whatever happened in between.
    @Test(arguments: TestDevices.all, [true, false])
    func recordedStepsReachTheSameParameters(_ target: TestDevice, _ leavesAlone: Bool) throws {
        func train(records: Bool) throws -> [Float] {
            let device = target.device
            let model = Branches()
            let arena = try ParameterArena(model, device: device, seed: 2)
            let optimizer = try Adam(
                arena, groups: [ParameterGroup(learningRate: 0.1, weightDecay: 0.1)],
                leavesUnreachedAlone: leavesAlone)
            let x = try CheckedInput([4, 3], 1).tensor(on: device)
            var recorded: [Bool: (DeviceRecording, GradientReach)] = [:]
            for (pass, usesLeft) in [true, false, true, true, false].enumerated() {
                func issue() throws {
                    try arena.zeroGradients()
                    let context = ForwardContext.training(seed: 0, pass: pass)
                    let y = try (usesLeft ? model.left : model.right)(x, context)
                    try context.backward(from: y.squared().mean())
                }
                if let (recording, reach) = recorded[usesLeft] {
                    try recording.replay(pass: pass)
                    arena.repeatReach(reach)
                } else if records {
                    var recording: DeviceRecording?
                    let reach = try arena.observingReach {
                        recording = try device.record(pass: pass) { try issue() }
                    }
                    recorded[usesLeft] = (try #require(recording), reach)
                } else {
                    try issue()
                }
                try optimizer.step(factor: 1, gradientScale: nil)
            }
            return try device.download(arena.values)
        }
        let anew = try train(records: false)
        #expect(try train(records: true) == anew)
    }

    /// Gradients accumulated over several passes reach what any of them reaches.
    @Test func accumulatedPassesReachTheirUnion() throws {
        let device = TestDevices.makePlain()
        let model = Branches()
        let arena = try ParameterArena(model, device: device, seed: 2)
        let x = try CheckedInput([4, 3], 1).tensor(on: device)
        func pass(_ layer: Linear) throws {
            let context = ForwardContext.training(seed: 0, pass: 0)
            try context.backward(from: layer(x, context).sum())
        }
        try pass(model.left)
        #expect(arena.reachedParameters.count == 2 && arena.reachedParameters.contains(0))
        try pass(model.right)
        #expect(arena.reachedParameters.isComplete)
        try arena.zeroGradients()
        #expect(arena.reachedParameters.isEmpty)
        let reach = try arena.observingReach { try pass(model.right) }
        #expect(!reach.startsAnew && reach.parameters.contains(2) && reach.parameters.count == 2)
        #expect(arena.reachedParameters == reach.parameters)
    }

    @Test(arguments: TestDevices.all)
    func theMonitorTellsZeroFromUnreached(_ target: TestDevice) throws {
        let model = Branches()
        let arena = try ParameterArena(model, device: target.device, seed: 2)
        let groups = [
            ParameterGroup(path: "left", learningRate: 1),
            ParameterGroup(path: "right.bias", name: "offset", learningRate: 1),
            ParameterGroup(path: "right", learningRate: 1),
        ]
        let monitor = try GradientMonitor(arena, groups: groups)
        let x = try Tensor(repeating: 0, shape: [1, 3], on: target.device)
        for _ in 0..<2 {
            try arena.zeroGradients()
            let context = ForwardContext.training(seed: 0, pass: 0)
            let y = try model.right(x, context)
            try context.backward(from: y.sum())
            try monitor.measure()
        }
        let found = try monitor.read()
        #expect(found.map(\.name) == ["left", "offset", "right"])
        #expect(found.map(\.norm) == [0, Float(2).squareRoot(), 0])
        #expect(found.map(\.totalNorm) == [0, 2, 0])
        #expect(found.map(\.unreached) == [["left.weight", "left.bias"], [], []])
        #expect(found.map(\.isZero) == [true, false, true])
        try monitor.reset()
        #expect(try monitor.read().map(\.totalNorm) == [0, 0, 0] && monitor.measurementCount == 0)
    }

    /// The norm of a group in pieces is the root of the sum of its parts' squares.
    @Test(arguments: TestDevices.all)
    func normsOfScatteredGroups(_ target: TestDevice) throws {
        let arena = try ParameterArena(Model(), device: target.device, seed: 2)
        for (entry, value) in zip(arena.entries, [1, 2, 3] as [Float]) {
            try target.device.fill(entry.parameter.gradient.slice, value: value)
        }
        let monitor = try GradientMonitor(
            arena,
            groups: [
                ParameterGroup(path: "bias", learningRate: 1), ParameterGroup(learningRate: 1),
            ])
        try monitor.measure()
        let norms = try monitor.read().map(\.norm)
        expectClose(
            norms, [Float(13 * 4).squareRoot(), Float(35 + 24 * 9).squareRoot()], .forward, "norms")
    }
}
