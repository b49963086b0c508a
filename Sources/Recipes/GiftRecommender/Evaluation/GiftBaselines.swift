import TandemBasics

/// The baselines as they come out of some training scenarios and a catalogue.
public struct GiftBaselines: Sendable {
    private let reward: GiftReward
    private let categoryShares: [Double]
    private let toolShares: [Double]
    private let meanRewards: [Double]
    private let regression: GiftLogisticRegression

    /// Learns what the baselines need of the training scenarios.
    ///
    /// Throws `GiftEvaluationError.empty` without scenarios or gifts.
    public init(training: [GiftScenario], gifts: [Gift]) throws(GiftEvaluationError) {
        if training.isEmpty { throw .empty("training scenarios") }
        if gifts.isEmpty { throw .empty("gifts to recommend") }
        let reward = GiftReward(gifts)
        func shares(_ names: [String], _ labels: (GiftScenario) -> [String]) -> [Double] {
            names.map { name in
                Double(training.count { labels($0).contains(name) }) / Double(training.count)
            }
        }
        self.reward = reward
        categoryShares = shares(GiftVocabulary.categories, \.expectedCategories)
        toolShares = shares(GiftVocabulary.tools, \.expectedTools)
        let matrix = reward.matrix(training)
        meanRewards = gifts.indices.map { gift in GiftFigures.mean(matrix.map { $0[gift] }) }
        regression = GiftLogisticRegression(training)
    }

    /// The figures of a baseline on some scenarios.
    ///
    /// Those of `random` are expected values, computed exactly.
    ///
    /// Throws `GiftEvaluationError` when there are no scenarios or one expects nothing.
    public func figures(_ baseline: GiftBaseline, _ scenarios: [GiftScenario]) throws -> GiftFigures
    {
        // The random predictions are measured too, for the same checks.
        let metrics = try GiftMetrics(predictions(baseline, scenarios), scenarios, reward)
        guard baseline == .random else { return metrics.figures }
        return GiftFigures(
            meanOf: zip(scenarios, reward.matrix(scenarios)).map {
                GiftFigures(expectedAtRandom: $0, rewards: $1)
            })
    }

    /// What a baseline predicts for some scenarios; `bestPossible` reads their labels, the others their profiles alone.
    ///
    /// Rewards are: the gift's mean in training for `constant`; R with the probabilities of the categories in place of
    /// labels for `logisticRegression`, which also ranks by them; R as if the three best categories were those expected for
    /// the hobby rules, which rank what is affordable before the rest, then by the places of the known categories, then by rating;
    /// R itself for `bestPossible`. `random` draws everything from `[0, 1)` with a stream of its own for every seed.
    public func predictions(
        _ baseline: GiftBaseline, _ scenarios: [GiftScenario], seed: UInt64 = 0
    ) -> GiftPredictions {
        var random = Philox(RandomStream(seed: seed, identifier: Self.stream))
        let rows = scenarios.map { scenario -> Row in
            switch baseline {
            case .random: randomRow(&random)
            case .constant:
                Row(categories: categoryShares, tools: toolShares, rewards: meanRewards)
            case .hobbyName:
                ruleRow(scenario.profile, GiftHobbyTable.names(scenario.profile.hobbies))
            case .hobbyLookup:
                ruleRow(scenario.profile, GiftHobbyTable.lookup(scenario.profile.hobbies))
            case .logisticRegression: regressionRow(scenario.profile)
            case .bestPossible: bestRow(scenario)
            }
        }
        return GiftPredictions(
            categories: rows.map { $0.categories.map(Float.init) },
            tools: rows.map { $0.tools.map(Float.init) },
            rewards: rows.map { $0.rewards.map(Float.init) },
            ranking: rows.map { $0.ranking.map(Float.init) })
    }

    /// How many inputs the logistic regression reads.
    var regressionInputCount: Int { regression.inputCount }

    /// `GFTB` in the high half, apart from all other streams of a seed.
    private static let stream: UInt64 = 0x4746_5442 << 32
    /// Below this budget the cheapest tools are taken.
    private static let smallBudget = 100.0

    /// What is predicted for one scenario.
    private struct Row {
        var categories: [Double]
        var tools: [Double]
        var rewards: [Double]
        var ranking: [Double]

        /// Gifts are ranked by `ranking`, or by their rewards.
        init(
            categories: [Double], tools: [Double], rewards: [Double], ranking: [Double]? = nil
        ) {
            self.categories = categories
            self.tools = tools
            self.rewards = rewards
            self.ranking = ranking ?? rewards
        }
    }

    private func randomRow(_ random: inout Philox) -> Row {
        func draws(_ count: Int) -> [Double] {
            (0..<count).map { _ in Double(random.nextUniform()) }
        }
        return Row(
            categories: draws(categoryShares.count), tools: draws(toolShares.count),
            rewards: draws(meanRewards.count), ranking: draws(meanRewards.count))
    }

    private func regressionRow(_ profile: GiftProfile) -> Row {
        let (categories, tools) = regression.probabilities(profile)
        let byName = Dictionary(uniqueKeysWithValues: zip(GiftVocabulary.categories, categories))
        return Row(
            categories: categories, tools: tools,
            rewards: reward.rewards(profile) { byName[$0] ?? 0 })
    }

    private func bestRow(_ scenario: GiftScenario) -> Row {
        Row(
            categories: GiftVocabulary.categories.map {
                scenario.expectedCategories.contains($0) ? 1 : 0
            },
            tools: GiftVocabulary.tools.map { scenario.expectedTools.contains($0) ? 1 : 0 },
            rewards: reward.rewards(scenario.profile, categories: scenario.expectedCategories))
    }

    /// What a rule predicts that knows some categories for the hobbies, best first.
    private func ruleRow(_ profile: GiftProfile, _ known: [String]) -> Row {
        let frequent = GiftOrder.top(categoryShares.count, of: categoryShares)
            .map { GiftVocabulary.categories[$0] }
        let order = known + frequent.filter { !known.contains($0) }
        let tools =
            profile.budget < Self.smallBudget
            ? ["price_comparison", "budget_optimizer"] : ["price_comparison", "review_analysis"]
        // The best three lie above the threshold 0.5, all others below.
        let scores = order.indices.map { place in
            (place < GiftFigures.categoryCount ? 1 : 0.5) - Double(place) / 26
        }
        let byName = Dictionary(uniqueKeysWithValues: zip(order, scores))
        return Row(
            categories: GiftVocabulary.categories.map { byName[$0] ?? 0 },
            tools: GiftVocabulary.tools.map { tools.contains($0) ? 1 : 0 },
            rewards: reward.rewards(
                profile, categories: Array(order.prefix(GiftFigures.categoryCount))),
            ranking: GiftHobbyTable.ranking(reward.gifts, profile: profile, categories: known))
    }
}
