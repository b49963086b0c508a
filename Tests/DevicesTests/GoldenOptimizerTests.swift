import TandemDevices
import Testing

/// Ten optimiser steps and gradient clipping against PyTorch, over one flat buffer with a segment for every parameter.
@Suite struct GoldenOptimizerTests {
    private static let parameters = ["weight", "bias", "scale"]

    /// The settings of a parameter group as PyTorch names them.
    private struct Group: Decodable {
        let lr: Float
        let betas: [Double]?
        let eps: Float?
        let weightDecay: Float?
        let momentum: Float?
        let nesterov: Bool?
        let parameters: [String]

        enum CodingKeys: String, CodingKey {
            case lr, betas, eps, momentum, nesterov, parameters
            case weightDecay = "weight_decay"
        }
    }

    @Test(
        arguments: TestedDevice.present,
        [
            "adamw", "adamw-groups", "adam-l2", "sgd", "sgd-momentum", "sgd-nesterov",
        ])
    func tenSteps(_ tested: TestedDevice, _ name: String) throws {
        let golden = try GoldenFile("optimizer-\(name)")
        let bench = GoldenBench(device: try tested.make())
        let groups = try golden.metadata("groups", as: [Group].self)
        let initial = try Self.parameters.map { try golden.floats("initial.\($0)") }
        let values = try bench.upload(Array(initial.joined()))
        let first = try bench.output(values.count, filledWith: 0)
        let second = try bench.output(values.count, filledWith: 0)
        let segments = try segments(groups, counts: initial.map(\.count))
        let settings = try #require(groups.first)
        for step in 0..<10 {
            let gradients = try bench.upload(slices(golden, "gradients", step))
            if let betas = settings.betas {
                try bench.device.adam(
                    values: values, gradients: gradients, firstMoments: first,
                    secondMoments: second, gradientScale: nil, segments: segments,
                    AdamParameters(
                        beta1: betas[0], beta2: betas[1], epsilon: #require(settings.eps),
                        step: step + 1, decoupledWeightDecay: name.hasPrefix("adamw")))
            } else {
                try bench.device.sgd(
                    values: values, gradients: gradients, momenta: first, gradientScale: nil,
                    segments: segments,
                    SGDParameters(
                        momentum: settings.momentum ?? 0, nesterov: settings.nesterov ?? false,
                        isFirstStep: step == 0))
            }
            try bench.expect(
                values, equals: slices(golden, "values", step), .forward, "step \(step + 1)")
        }
    }

    @Test(arguments: TestedDevice.present, ["clipped", "untouched"])
    func clipping(_ tested: TestedDevice, _ kind: String) throws {
        let golden = try GoldenFile("clipping")
        let bench = GoldenBench(device: try tested.make())
        let flat = try Self.parameters.flatMap { try golden.floats("gradient.\($0)") }
        let gradients = try bench.upload(flat)
        let normAndScale = try bench.output(2)
        try bench.device.clipScale(
            gradients, maximumNorm: golden.floats("\(kind).limit")[0], output: normAndScale)
        try bench.expect(
            normAndScale.part(from: 0, count: 1), equals: golden.floats("norm"), .forward, "norm")
        // A step of rate 1 from zero against the scaled gradient shows it negated.
        let values = try bench.output(flat.count, filledWith: 0)
        try bench.device.sgd(
            values: values, gradients: gradients, momenta: nil,
            gradientScale: normAndScale.part(from: 1, count: 1),
            segments: [
                ParameterSegment(start: 0, count: flat.count, learningRate: 1, weightDecay: 0)
            ], SGDParameters(momentum: 0, nesterov: false, isFirstStep: true))
        try bench.expect(
            values, equals: Self.parameters.flatMap { try golden.floats("\(kind).\($0)") }.map(-),
            .forward, "clipped gradient")
    }

    private func segments(_ groups: [Group], counts: [Int]) throws -> [ParameterSegment] {
        var start = 0
        return try zip(Self.parameters, counts).map { name, count in
            let group = try #require(groups.first { $0.parameters.contains(name) })
            defer { start += count }
            return ParameterSegment(
                start: start, count: count, learningRate: group.lr,
                weightDecay: group.weightDecay ?? 0)
        }
    }

    /// Row `step` of every parameter's array, one after the other.
    private func slices(_ golden: GoldenFile, _ kind: String, _ step: Int) throws -> [Float] {
        try Self.parameters.flatMap { name in
            let all = try golden.floats("\(kind).\(name)")
            let count = all.count / 10
            return all[step * count..<(step + 1) * count]
        }
    }
}
