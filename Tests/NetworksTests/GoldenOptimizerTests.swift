import TandemBasics
import TandemDatasets
import TandemDevices
import FoundationEssentials
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Ten steps of every optimiser, clipping and schedules against PyTorch.
@Suite(.exclusiveDevices) struct GoldenOptimizerTests {
    /// The parameters of the golden files.
    private final class Model: Module {
        let parameters: [(name: String, parameter: Parameter)] = [
            ("weight", Parameter([7, 5], .constant(0))), ("bias", Parameter([13], .constant(0))),
            ("scale", Parameter([3, 2, 4], .constant(0))),
        ]
    }

    private func group(_ rate: Double, _ decay: Double, _ prefix: String = "") -> ParameterGroup {
        ParameterGroup(path: prefix, learningRate: rate, weightDecay: decay)
    }

    private func makeOptimizer(_ name: String, _ arena: ParameterArena) throws -> any Optimizer {
        switch name {
        case "adamw":
            try Adam(arena, groups: [group(0.01, 0.1)])
        case "adamw-groups":
            try Adam(
                arena, groups: [group(0.01, 0.1, "weight"), group(0.005, 0)], beta1: 0.8,
                beta2: 0.99, epsilon: 1e-6)
        case "adam-l2":
            try Adam(arena, groups: [group(0.01, 0.1)], decoupledWeightDecay: false)
        case "sgd":
            try SGD(arena, groups: [group(0.05, 0.01)])
        default:
            try SGD(
                arena, groups: [group(0.05, 0.01)], momentum: 0.9,
                nesterov: name == "sgd-nesterov")
        }
    }

    /// The values after each step differ from PyTorch's by at most 1e-6 + 1e-5 of the value.
    @Test(
        arguments: TestDevices.all,
        ["adamw", "adamw-groups", "adam-l2", "sgd", "sgd-momentum", "sgd-nesterov"])
    func tenSteps(_ target: TestDevice, _ name: String) throws {
        let golden = try Golden("optimizer-\(name)")
        let arena = try ParameterArena(Model(), device: target.device, seed: 0)
        try arena.load(try golden.arrays(prefix: "initial."))
        let optimizer = try makeOptimizer(name, arena)
        for step in 0..<10 {
            for entry in arena.entries {
                let gradients = try golden.values("gradients.\(entry.name)")
                let place = step * entry.count
                try target.device.upload(
                    Array(gradients[place..<place + entry.count]),
                    to: try entry.parameter.gradient.slice)
            }
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
        for (_, slice) in optimizer.state { #expect(slice.count == arena.values.count) }
    }

    /// A step of plain gradient descent at rate 1 from zero leaves `-scale * gradient`.
    @Test(arguments: TestDevices.all, ["clipped", "untouched"])
    func clipping(_ target: TestDevice, _ name: String) throws {
        let golden = try Golden("clipping")
        let arena = try ParameterArena(Model(), device: target.device, seed: 0)
        for entry in arena.entries {
            try target.device.upload(
                try golden.values("gradient.\(entry.name)"),
                to: try entry.parameter.gradient.slice)
        }
        let limit = try golden.values("\(name).limit")[0]
        let clipping = try GradientClipping(arena, maximumNorm: Double(limit))
        let scale = try clipping.scale()
        expectClose([try clipping.norm()], try golden.values("norm"), .forward, "norm")
        try SGD(arena, groups: [group(1, 0)]).step(factor: 1, gradientScale: scale)
        for entry in arena.entries {
            let expected = try golden.values("\(name).\(entry.name)").map { -$0 }
            expectClose(try entry.parameter.value.values(), expected, .forward, entry.name)
        }
    }

    @Test(arguments: TestDevices.all)
    func clippingToInfinityMeasuresOnly(_ target: TestDevice) throws {
        let arena = try ParameterArena(Model(), device: target.device, seed: 0)
        try target.device.fill(arena.entries[0].parameter.gradient.slice, value: 2)
        let clipping = try GradientClipping(arena, maximumNorm: .infinity)
        #expect(try target.device.download(clipping.scale()) == [1])
        expectClose([try clipping.norm()], [Float(4 * 35).squareRoot()], .forward, "norm")
        for wrong in [0, -1, Double.nan] {
            #expect(throws: NetworkError.self) {
                try GradientClipping(arena, maximumNorm: wrong)
            }
        }
    }
}

/// Schedules against PyTorch's rates.
@Suite struct GoldenScheduleTests {
    private func cases(_ name: String) throws -> [JSONValue] {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: Golden.path("schedules.json"))))
        guard case .array(let cases) = try #require(try JSONValue.parse(bytes)[name]) else {
            return []
        }
        return cases
    }

    private func number(_ value: JSONValue?) throws -> Double {
        switch try #require(value) {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: .nan
        }
    }

    private func numbers(_ value: JSONValue?) throws -> [Double] {
        guard case .array(let elements) = try #require(value) else { return [] }
        return try elements.map { try number($0) }
    }

    @Test func cosineWithWarmUp() throws {
        let cases = try cases("cosine_with_warmup")
        #expect(cases.count >= 4)
        for example in cases {
            let steps = Int(try number(example["steps"]))
            let schedule = Schedule.cosine(
                warmUp: Int(try number(example["warmup"])), total: steps,
                floor: try number(example["floor"]))
            let peak = try number(example["peak"])
            let rates = try numbers(example["rates"])
            #expect(rates.count == steps)
            for (step, rate) in rates.enumerated() {
                #expect(abs(schedule.factor(step: step + 1) * peak - rate) < 1e-12 * peak)
            }
            #expect(schedule.factor(step: steps + 5) == schedule.factor(step: steps))
        }
    }

    @Test func constantIsOne() {
        #expect((1...3).allSatisfy { Schedule.constant.factor(step: $0) == 1 })
    }

    @Test func reduceOnPlateau() throws {
        let cases = try cases("reduce_on_plateau")
        #expect(cases.count >= 3)
        for example in cases {
            let peak = try number(example["peak"])
            var plateau = ReduceOnPlateau(
                factor: try number(example["factor"]),
                patience: Int(try number(example["patience"])),
                threshold: try number(example["threshold"]),
                minimumFactor: try number(example["min_lr"]) / peak)
            let higherIsBetter = example["mode"] == .string("max")
            let rates = try numbers(example["rates"])
            for (metric, rate) in zip(try numbers(example["metrics"]), rates) {
                plateau.observe(metric, higherIsBetter: higherIsBetter)
                #expect(abs(plateau.currentFactor * peak - rate) < 1e-12 * peak)
            }
        }
    }

    @Test func aPlateauSurvivesAMetricThatIsNoNumber() {
        var plateau = ReduceOnPlateau(factor: 0.5, patience: 1)
        for metric in [.nan, 1.0, .nan, .nan] { plateau.observe(metric) }
        #expect(plateau.currentFactor == 0.5)
    }
}
