import Foundation
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// The whole model against PyTorch: outputs, loss terms, gradients, and three steps of AdamW.
extension GiftWholeModel {
    /// The weights of the loss terms in a golden file, in their order.
    private func weights(_ file: GiftGolden) throws -> [Float] {
        let weights = try numbers("weights", file)
        return try GiftLoss.names.map { Float(try #require(weights[$0])) }
    }

    private func numbers(_ name: String, _ file: GiftGolden) throws -> [String: Double] {
        let text = try #require(file.golden.file.metadata(named: name))
        return try JSONDecoder().decode([String: Double].self, from: Data(text.utf8))
    }

    private func total(_ terms: [Tensor], _ weights: [Float]) throws -> Tensor {
        let weighted = try zip(terms, weights).map { try $0 * $1 }
        return try weighted.dropFirst().reduce(weighted[0]) { try $0 + $1 }
    }

    /// 0 but for rounding, because a softmax does not see what is added to all of its inputs.
    private func isRounding(_ name: String) -> Bool { name == "gift_scorer.second.bias" }

    /// Outputs, loss terms and gradients.
    func checkPass() throws {
        try GiftParameters.load(into: arena)
        try arena.zeroGradients()
        let file = try GiftGolden("gift-\(wiring)", "\(wiring)")
        let (outputs, terms, context) = try pass(file)
        try check(outputs, file)
        for (name, term) in zip(GiftLoss.names, terms) {
            let found = try term.item()
            guard file.has("loss.\(name)") else {
                #expect(found == 0, "\(name)")
                continue
            }
            file.expectNumber(found, try file.number("loss.\(name)"), name)
        }
        let loss = try total(terms, weights(file))
        file.expectNumber(try loss.item(), try file.number("loss.total"), "total")
        try context.backward(from: loss)
        let text = try #require(file.golden.file.metadata(named: "without_gradient"))
        let unreached = try JSONDecoder().decode([String].self, from: Data(text.utf8))
        #expect(unreached.isEmpty == (wiring == .connected))
        for (number, entry) in arena.entries.enumerated() {
            let isReached = arena.reachedParameters.contains(number)
            #expect(isReached != unreached.contains(entry.name), "\(entry.name)")
            guard isReached else { continue }
            try file.expectGradient(
                entry.parameter.gradient.values(), "gradient.\(entry.name)",
                isZero: isRounding(entry.name))
        }
        if wiring == .connected {
            let codes = try model.giftCodes(
                GiftCatalogueTensors(file, on: arena.device), .evaluation())
            try file.expectForward(codes.features, "output.gifts")
            let entry = try #require(
                arena.entries.first { $0.name == "core.embed_tokens.weight" })
            let row = try entry.parameter.gradient.slice(axis: 0, 1..<2).values()
            try file.expectGradient(row, "gradient.core.embed_tokens.weight.row.1")
        }
    }

    private func check(_ outputs: GiftOutputs, _ file: GiftGolden) throws {
        try file.expectForward(outputs.rewards, "output.rewards")
        guard wiring == .connected else {
            try file.expectForward(outputs.categories.sigmoid(), "output.categories")
            try file.expectForward(outputs.tools.softmax(), "output.tools")
            // The file has a softmax over all slots, the model's ranking is over the gifts.
            let ranking = try #require(outputs.ranking)
            let gifts = ranking.shape.dimensions[1]
            let slots = try file.tensor("output.actions", on: ranking.device)
                .slice(axis: 1, 0..<gifts)
            let expected = try (slots / slots.sum(axis: 1, keepingAxis: true)).values()
            file.expect(
                try ranking.softmax().values(), expected,
                Tolerance(absolute: 0, relative: 1e-5), "ranking")
            return
        }
        for (name, value) in [
            ("categories", outputs.categories), ("tools", outputs.tools),
            ("ranking", outputs.ranking), ("value", outputs.value),
            ("reward_head", outputs.reward), ("token_logits", outputs.tokens),
            ("halting", outputs.halting),
        ] { try file.expectForward(value, "output.\(name)") }
    }

    /// Three steps on one batch, clipped; what no gradient reaches is left alone.
    func checkSteps() throws {
        try GiftParameters.load(into: arena)
        let file = try GiftGolden("gift-steps", "\(wiring)")
        let metadata = file.golden.file.metadata
        let number = { name in Double(metadata.first { $0.name == name }?.text ?? "") }
        var settings = configuration.training.optimizer
        let rates = try numbers("rates", file)
        settings.weightDecay = try #require(number("decay"))
        settings.learningRate = try #require(rates["main"])
        // The golden steps know the five groups alone.
        settings.groups.removeAll { rates[$0.path] == nil && $0.learningRate != 0 }
        for place in settings.groups.indices {
            if let rate = rates[settings.groups[place].path] {
                settings.groups[place].learningRate = rate
            }
        }
        let optimizer = try settings.makeOptimizer(arena)
        let clipping = try GradientClipping(arena, maximumNorm: try #require(number("clipping")))
        let weights = try weights(file)
        let steps = try file.values("loss").count
        for step in 0..<steps {
            let (_, terms, context) = try pass(file)
            let loss = try total(terms, weights)
            func expect(_ found: Float, _ name: String, tolerance: Float = 1e-5) throws {
                file.expectNumber(
                    found, try file.values(name)[step], "\(name) in step \(step)",
                    tolerance: tolerance)
            }
            try expect(try loss.item(), "loss")
            for (name, term) in zip(GiftLoss.names, terms) where file.has("term.\(name)") {
                try expect(try term.item(), "term.\(name)")
            }
            try arena.zeroGradients()
            try context.backward(from: loss)
            let scale = try clipping.scale()
            // PyTorch's own single precision comes within 2.1e-4 of the third, near the kink of a ReLU.
            try expect(
                try clipping.norm(), "gradient_norm", tolerance: step < 2 ? 1e-4 : 5e-4)
            try optimizer.step(factor: 1, gradientScale: scale)
            for (name, _, values) in try arena.namedValues() where file.has("norm.\(name)") {
                try checkNorms(values, name, step: step, of: steps, file)
            }
        }
    }

    private func checkNorms(
        _ values: [Float], _ name: String, step: Int, of steps: Int, _ file: GiftGolden
    ) throws {
        let expected = try file.values("norm.\(name)")
        if isRounding(name) { return }
        let norm = Float(GiftGolden.Figures(values).norm)
        file.expectNumber(norm, expected[step], "norm of \(name) in step \(step)")
        guard step == steps - 1 else { return }
        let entry = try #require(arena.entries.first { $0.name == name })
        let initial = GiftParameters.values(name, entry.parameter.shape.dimensions)
        if expected[steps] == 0 {
            #expect(values == initial, "\(name)")
            return
        }
        // The keys' part of these biases has gradients of rounding errors alone, which AdamW makes steps of.
        let third = values.count / 3
        let keys = name.hasSuffix("in_proj_bias") ? third..<2 * third : 0..<0
        let change = GiftGolden.Figures(values, minus: initial, leavingOut: keys)
        file.expectNumber(
            Float(change.norm), expected[steps], "change of \(name)",
            tolerance: 5e-3)
    }
}
