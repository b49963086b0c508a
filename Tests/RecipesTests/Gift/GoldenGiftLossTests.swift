import Glibc
import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// Every term of the gift recommender's loss, in both forms and with smoothed labels, against PyTorch: value and gradients.
///
/// The parity form is written with probabilities there and takes logits here: they are those that belong to the
/// probabilities, and the gradients are carried over by the chain rule.
@Suite(.exclusiveDevices) struct GoldenGiftLossTests {
    /// Where a stored probability is 0 or 1, which no logit gives; this one gives PyTorch's limit of a logarithm, -100.
    private static let saturatedLogit = 100.0

    private func wiring(_ form: String) -> GiftWiring {
        form.hasPrefix("parity") ? .parity : .connected
    }

    private func loss(_ form: String) -> GiftLoss {
        var configuration = GiftLossConfiguration()
        let isSmoothed = form.hasSuffix("smoothed")
        configuration.labelSmoothing = isSmoothed ? 0.1 : 0
        if wiring(form) == .parity {
            configuration.rewardTarget = isSmoothed ? .perProfile : .constant
        }
        return GiftLoss(wiring: wiring(form), configuration: configuration)
    }

    /// What the loss takes for the stored predictions.
    private func inputs(_ form: String) throws -> [String: (shape: [Int], values: [Float])] {
        let file = try GiftGolden("gift-losses")
        let stored = try file.golden.arrays(prefix: "\(wiring(form)).prediction.")
        guard wiring(form) == .parity else { return stored }
        var inputs = stored
        inputs["categories"]?.values = stored["categories"]?.values.map(Self.logit) ?? []
        inputs["tools"]?.values = stored["tools"]?.values.map { Float(log(Double($0))) } ?? []
        return inputs
    }

    private static func logit(_ probability: Float) -> Float {
        let logit = log(Double(probability)) - log1p(-Double(probability))
        return Float(min(max(logit, -saturatedLogit), saturatedLogit))
    }

    @Test(
        arguments: TestDevices.all,
        ["parity", "parity_smoothed", "connected", "connected_smoothed"])
    func terms(_ target: TestDevice, _ form: String) throws {
        let file = try GiftGolden("gift-losses", form)
        let inputs = try inputs(form)
        for (place, term) in GiftLoss.names.enumerated() where term != "embedding" {
            let context = ForwardContext.training(seed: 0, pass: 0)
            let leaves = try inputs.mapValues {
                context.variable(
                    try Tensor($0.values, shape: Shape($0.shape), on: target.device))
            }
            let terms = try loss(form)(
                [outputs(leaves)], targets(target.device), nil, tables(context, target.device))
            guard file.has("\(term).loss") else {
                #expect(try wiring(form) == .parity && terms[place].item() == 0, "\(term)")
                continue
            }
            file.expectNumber(
                try terms[place].item(), try file.number("\(term).loss"), "\(term).loss")
            try context.backward(from: terms[place])
            for (name, leaf) in leaves {
                let gradient = try context.gradient(of: leaf)?.values()
                #expect((gradient != nil) == file.has("\(term).gradient.\(name)"))
                if let gradient { try check(gradient, term, name, form, file) }
            }
        }
    }

    private func outputs(_ leaves: [String: Tensor]) throws -> GiftOutputs {
        var outputs = GiftOutputs(
            categories: try #require(leaves["categories"]), tools: try #require(leaves["tools"]),
            rewards: try #require(leaves["rewards"]), ranking: leaves["ranking"])
        outputs.value = leaves["value"]
        outputs.reward = leaves["reward_head"]
        outputs.tokens = leaves["token_logits"]
        outputs.halting = leaves["halting"]
        return outputs
    }

    private func targets(_ device: any Device) throws -> GiftTargets {
        let file = try GiftGolden("gift-losses")
        let labels = try GiftTargets(file, on: device)
        let mean = try file.tensor("published_reward_targets", on: device).insertingAxis(1)
        return GiftTargets(
            categories: labels.categories, tools: labels.tools, rewards: labels.rewards,
            hobbyCategories: labels.hobbyCategories, meanReward: mean)
    }

    private func tables(_ context: ForwardContext, _ device: any Device) throws -> [Tensor] {
        let shapes = [
            ("user_profiling.hobby_embeddings.weight", [18, 64]),
            ("category_matching.category_embeddings.weight", [13, 128]),
            ("user_profiling.preference_embeddings.weight", [20, 32]),
        ]
        return try shapes.map { name, shape in
            context.variable(
                try Tensor(
                    GiftParameters.values(name, shape), shape: Shape(shape), on: device))
        }
    }

    private func check(
        _ gradient: [Float], _ term: String, _ name: String, _ form: String, _ file: GiftGolden
    ) throws {
        let label = "\(term).gradient.\(name)"
        guard wiring(form) == .parity, name != "rewards" else {
            return try file.expectGradient(gradient, label)
        }
        let whole = try GiftGolden("gift-losses")
        let probabilities = try whole.values("parity.prediction.\(name)").map(Double.init)
        let slopes = try file.values(label).map(Double.init)
        var (found, expected): ([Float], [Float]) = ([], [])
        for index in slopes.indices {
            let p = probabilities[index]
            // PyTorch limits the gradient of a saturated probability, which has no logit.
            if name == "categories", p == 0 || p == 1 { continue }
            found.append(gradient[index])
            guard name == "tools" else {
                expected.append(Float(slopes[index] * p * (1 - p)))
                continue
            }
            let row = index / 5 * 5..<index / 5 * 5 + 5
            let mean = row.reduce(0) { $0 + slopes[$1] * probabilities[$1] }
            expected.append(Float(p * (slopes[index] - mean)))
        }
        #expect(found.count >= gradient.count - 2)
        file.expect(
            found, expected, Tolerance.gradient(of: expected), label)
    }

    @Test(arguments: TestDevices.all)
    func embeddingNorms(_ target: TestDevice) throws {
        let file = try GiftGolden("gift-losses", "embedding")
        let context = ForwardContext.training(seed: 0, pass: 0)
        let leaves = try inputs("connected").mapValues {
            try Tensor($0.values, shape: Shape($0.shape), on: target.device)
        }
        let tables = try tables(context, target.device)
        let term = try loss("connected")([outputs(leaves)], targets(target.device), nil, tables)[4]
        file.expectNumber(try term.item(), try file.number("loss"), "loss")
        try context.backward(from: term)
        for (table, name) in zip(
            tables,
            [
                "user_profiling.hobby_embeddings", "category_matching.category_embeddings",
                "user_profiling.preference_embeddings",
            ])
        {
            let gradient = try #require(try context.gradient(of: table)).values()
            try file.expectGradient(gradient, "gradient.\(name).weight")
        }
    }

    /// Several segments: the first five terms look at one, the others are means over all.
    @Test(arguments: TestDevices.all)
    func segmentsAreAveraged(_ target: TestDevice) throws {
        let context = ForwardContext.evaluation()
        let leaves = try inputs("connected").mapValues {
            try Tensor($0.values, shape: Shape($0.shape), on: target.device)
        }
        let first = try outputs(leaves)
        let second = try outputs(leaves.mapValues { try $0 * 0.5 })
        let loss = loss("connected")
        func terms(_ segments: [GiftOutputs]) throws -> [Float] {
            try loss(segments, targets(target.device), nil, tables(context, target.device))
                .map { try $0.item() }
        }
        let (one, other) = (try terms([first]), try terms([second]))
        let both = try terms([first, second])
        #expect(both[..<5] == one[..<5])
        for place in 5..<10 {
            // Categories are those of each segment; the two have the same here but for a factor.
            let mean = (one[place] + other[place]) / 2
            #expect((both[place] - mean).magnitude <= 1e-6 * mean.magnitude, "\(place)")
        }
    }

    /// The mean rewards that the third published version aims at, through the batches of the recipe.
    @Test func publishedRewardTargets() throws {
        let file = try GiftGolden("gift-losses")
        let budgets = try file.values("label.raw_budget")
        let counts = try file.values("label.hobby_counts").map { Int($0) }
        var scenarios = GiftFixtures.scenarios(budgets.count)
        for row in scenarios.indices {
            scenarios[row].profile.budget = Double(budgets[row])
            scenarios[row].profile.hobbies = Array(
                GiftVocabulary(.parity).hobbies.prefix(counts[row]))
        }
        let configuration = GiftRecommenderConfiguration(.v3)
        let data = try GiftModelCase.data(
            scenarios, gifts: GiftModelCase.gifts(3), vocabulary: .parity)
        let host = try GiftHostBatches(configuration, data)
        let batch = host.measuring(Array(0..<Int32(budgets.count))[...])
        file.expect(
            batch.meanReward, try file.values("published_reward_targets"), .forward, "targets")
    }
}
