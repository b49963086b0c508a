import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// Three steps of AdamW on one batch against PyTorch, without decay of biases and positions.
@Suite(.exclusiveDevices) struct GoldenDialogueStepTests {
    static let cases = [
        "walls", "periodic_26", "fat", "per_step", "historic", "walls_clipped", "mlp", "conv3d",
    ]

    @Test func allCasesAreKnown() throws {
        let names = try Golden("dialogue-steps").file.arrays.names
            .filter { $0.hasSuffix(".losses") }.map { String($0.dropLast(7)) }
        #expect(Set(names) == Set(Self.cases))
    }

    @Test(arguments: TestDevices.all, cases)
    func steps(_ target: TestDevice, _ name: String) throws {
        let device = target.device
        let file = try GiftGolden("dialogue-steps", name)
        let features = ["fat", "per_step", "historic"].contains(name) ? 24 : 12
        let x = try file.golden.tensor("x.\(features)", on: device)
        let answers = try file.golden.tensor("target.\(features)", on: device)
        let groups = try file.golden.file.groups()
        let (model, arena) = try DialogueGolden.arena(name, features: features, on: device)

        var configuration = DialogueConfiguration()
        configuration.loss.infoNCE = 0.1
        configuration.training.optimizer.weightDecay = 0.01
        configuration.training.optimizer.learningRate = 1e-3
        let optimizer = try configuration.training.optimizer.makeOptimizer(arena)
        let clipping = try GradientClipping(
            arena, maximumNorm: name == "walls_clipped" ? 0.05 : 1)
        let loss = DialogueLoss(configuration: configuration.loss)
        let mask = try Tensor.silencing(groups, count: groups.count, own: 0, on: device)
        let classes = try IndexTensor(upTo: groups.count, on: device)
        let (losses, norms) = (try file.values("losses"), try file.values("gradient_norms"))
        #expect(losses.count == 3)
        for step in losses.indices {
            let context = ForwardContext.training(seed: 0, pass: step)
            let y = try #require(try model.predictions(x, context).first)
            let terms = try loss(y, answers, mask: mask, others: nil, classes: classes)
            let weighted = try zip(configuration.loss.terms, terms).map { try $1 * $0.weight }
            let total = try weighted.dropFirst().reduce(weighted[0]) { try $0 + $1 }
            file.expectNumber(try total.item(), losses[step], "loss \(step)")
            try arena.zeroGradients()
            try context.backward(from: total)
            let scale = try clipping.scale()
            file.expectNumber(
                try clipping.norm(), norms[step], "norm \(step)", tolerance: 1e-4)
            try optimizer.step(factor: 1, gradientScale: scale)
            try check(arena, after: step, file)
        }
    }

    /// A step moves a number by about 1e-3; PyTorch's own single precision deviates by 3e-7.
    private func check(_ arena: ParameterArena, after step: Int, _ file: GiftGolden) throws {
        let tolerance = Tolerance(absolute: 2e-6, relative: 0)
        for (name, shape, values) in try arena.namedValues() {
            let stored = "values.\(DialogueGolden.stored(name))"
            guard file.has("\(stored).summary") else {
                let expected = try file.values(stored)
                #expect(expected.count == 3 * shape.reduce(1, *), "\(name)")
                file.expect(
                    values, Array(expected[step * values.count..<(step + 1) * values.count]),
                    tolerance, "\(name) \(step)")
                continue
            }
            let expected = try file.values("\(stored).summary")[step * 66..<(step + 1) * 66]
            let samples = (1...64).map { number in
                values[
                    (Int(UInt32(truncatingIfNeeded: number * 2_654_435_761)) * values.count) >> 32]
            }
            file.expect(samples, Array(expected.dropFirst(2)), tolerance, "\(name) \(step)")
            file.expectNumber(
                Float(GiftGolden.Figures(values).norm), try #require(expected.first),
                "norm of \(name) \(step)", tolerance: 1e-6)
        }
    }
}

extension SafetensorsFile {
    /// The groups of a batch's pairs.
    func groups() throws -> [Int32] { try arrays.array(named: "groups").elements() }
}
