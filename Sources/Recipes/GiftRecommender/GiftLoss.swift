public import TandemConfiguration
import TandemNetworks
import TandemTensors
import TandemTraining

/// The weights of the terms of the loss, and what the rewards are compared with.
public struct GiftLossConfiguration: Configuration, Equatable {
    /// What a predicted reward is compared with.
    public enum RewardTarget: String, Codable, Sendable, CaseIterable {
        /// 0.7 for the mean over all profiles and gifts of a batch, as published until version 2.
        case constant
        /// One number per profile for the mean of all gifts, as published in version 3.
        case perProfile
        /// The reward that is computed from profile, labels and gift.
        case computed
    }

    /// Binary cross-entropy of the categories.
    public var category = 0.2
    /// Binary cross-entropy of the tools.
    public var tool = 0.3
    /// Squared error of the rewards.
    public var reward = 0.25
    /// Squared distance of expected categories from 1, weighted by their shares in a profile's labels.
    public var semantic = 0.2
    /// Norms of the embedding tables.
    public var embedding = 2e-5
    /// Cross-entropy of the ranking against a softmax of the rewards.
    public var ranking = 0.1
    /// Squared error of the value of the recommended gifts.
    public var value = 0.05
    /// Squared error of the core's own reward of the recommended gifts.
    public var rewardHead = 0.05
    /// Cross-entropy of the token at the first position against the expected categories; 0 without the core.
    public var token = 0.05
    /// Binary cross-entropy of halting against a right first category; 0 without the core.
    public var halting = 0.05
    /// Share of a category's label that is spread over all categories.
    public var labelSmoothing = 0.0
    /// Connected: share of a tool's label that is spread over all tools.
    public var toolSmoothing = 0.0
    /// What the rewards are compared with.
    public var rewardTarget = RewardTarget.computed

    /// The values used where a file says nothing.
    public static let defaults = GiftLossConfiguration()

    /// Every value at its default.
    public init() {}

    /// The terms in the order of `GiftLoss`.
    var terms: [LossTerm] {
        zip(
            GiftLoss.names,
            [
                category, tool, reward, semantic, embedding, ranking, value, rewardHead, token,
                halting,
            ]
        ).map { LossTerm($0, weight: Float($1)) }
    }

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        for term in terms {
            checks.require(
                term.weight >= 0 && term.weight.isFinite, term.name, term.weight,
                mustBe: "0 or more")
        }
        checks.require(
            terms.contains { $0.weight > 0 }, "category", category,
            mustBe: "above 0, or another weight")
        for (key, share) in [("labelSmoothing", labelSmoothing), ("toolSmoothing", toolSmoothing)] {
            checks.require((0..<1).contains(share), key, share, mustBe: "at least 0 and below 1")
        }
    }
}

/// The terms of the loss: five of the published system and five that give the rest of the model something to learn.
struct GiftLoss {
    /// The terms' names in their order.
    static let names = [
        "category", "tool", "reward", "semantic", "embedding", "ranking", "value", "rewardHead",
        "token", "halting",
    ]

    let wiring: GiftWiring
    let configuration: GiftLossConfiguration

    /// The means of the terms over a batch, over all segments where there are several; terms without an output are 0.
    func callAsFunction(
        _ segments: [GiftOutputs], _ targets: GiftTargets, _ recombined: GiftChoices?,
        _ tables: [Tensor]
    ) throws -> [Tensor] {
        guard let first = segments.first else { return [] }
        let zero = try first.categories.detached.sum() * 0
        let choices =
            recombined
            ?? GiftChoices(
                categories: first.categories, tools: first.tools,
                expectedCategories: targets.categories, expectedTools: targets.tools)
        var terms = [
            try category(choices), try tool(choices), try reward(first, targets),
            try semantic(choices, targets), try embedding(tables),
        ]
        let rest = try segments.map { try ofSegment($0, targets) }
        for place in 0..<5 {
            let values = rest.compactMap { $0[place] }
            guard let start = values.first else {
                terms.append(zero)
                continue
            }
            let sum = try values.dropFirst().reduce(start) { try $0 + $1 }
            terms.append(values.count == 1 ? sum : try sum / Float(values.count))
        }
        return terms
    }

    private func category(_ choices: GiftChoices) throws -> Tensor {
        try Loss.binaryCrossEntropyWithLogits(
            choices.categories,
            smoothed(choices.expectedCategories, configuration.labelSmoothing))
    }

    /// Labels `[N, C]` of which a share is spread over all C.
    private func smoothed(_ labels: Tensor, _ share: Double) throws -> Tensor {
        guard share > 0 else { return labels }
        let count = Float(labels.shape.dimensions[1])
        return try labels * (1 - Float(share)) + Float(share) / count
    }

    private func tool(_ choices: GiftChoices) throws -> Tensor {
        let (tools, expected) = (choices.tools, choices.expectedTools)
        guard wiring == .parity else {
            return try Loss.binaryCrossEntropyWithLogits(
                tools, smoothed(expected, configuration.toolSmoothing))
        }
        // Published: several labels against a softmax, whose smallest value for two tools is 2 ln(2) / 5.
        let logarithms = try tools.logSoftmax().clamped(to: (-100)...)
        let others = try (1 - tools.softmax()).clamped(to: Float.leastNormalMagnitude...)
            .logarithm()
        return try -((expected * logarithms + (1 - expected) * others).mean())
    }

    private func reward(_ outputs: GiftOutputs, _ targets: GiftTargets) throws -> Tensor {
        switch configuration.rewardTarget {
        case .constant: try (outputs.rewards.mean() - 0.7).squared()
        case .perProfile:
            try (outputs.rewards.mean(axis: 1, keepingAxis: true) - targets.meanReward).squared()
                .mean()
        case .computed: try Loss.meanSquaredError(outputs.rewards, targets.rewards)
        }
    }

    private func semantic(_ choices: GiftChoices, _ targets: GiftTargets) throws -> Tensor {
        let squares = try (1 - choices.categories.sigmoid()).squared()
        guard wiring == .connected else {
            return try (squares * targets.hobbyCategories).sum(axis: 1).mean()
        }
        return try (squares * shares(choices.expectedCategories)).sum(axis: 1).mean()
    }

    /// The expected categories, each with an equal share.
    private func shares(_ categories: Tensor) throws -> Tensor {
        try categories / categories.sum(axis: 1, keepingAxis: true)
    }

    private func embedding(_ tables: [Tensor]) throws -> Tensor {
        let norms = try tables.map { try $0.squared().sum().squareRoot() }
        return try norms.dropFirst().reduce(norms[0]) { try $0 + $1 }
    }

    /// The terms of what a segment of the core gives: ranking, value, reward head, token, halting.
    private func ofSegment(_ outputs: GiftOutputs, _ targets: GiftTargets) throws -> [Tensor?] {
        guard wiring == .connected, let ranking = outputs.ranking else {
            return [nil, nil, nil, nil, nil]
        }
        let wanted = try (targets.rewards / 0.1).softmax()
        let rankingTerm = try -((wanted * ranking.logSoftmax()).sum(axis: 1).mean())
        let achieved = try rewardOfBest(3, ranking.detached, targets.rewards)
        let value = try outputs.value.map { try ($0 - achieved).squared().mean() }
        let reward = try outputs.reward.map {
            try (($0 + 1) / 2 - achieved).squared().mean()
        }
        let token = try outputs.tokens.map { logits in
            let first = Int(GiftTokens.categories.lowerBound)
            let places = first..<first + GiftVocabulary.categories.count
            let logarithms = try logits.logSoftmax().slice(axis: 1, places)
            return try -((logarithms * shares(targets.categories)).sum(axis: 1).mean())
        }
        let halting = try outputs.halting.map { logits in
            let hit = try isBestExpected(outputs.categories.detached, targets)
            return try Loss.binaryCrossEntropyWithLogits(
                logits, Tensor.stack([hit, 1 - hit], axis: 1))
        }
        return [rankingTerm, value, reward, token, halting]
    }

    /// The mean reward `[B]` of the `count` best ranked of `[B, G]`; equal ranks share a place.
    private func rewardOfBest(_ count: Int, _ ranking: Tensor, _ rewards: Tensor) throws -> Tensor {
        var left = ranking
        var sum: Tensor?
        let places = min(count, rewards.shape.dimensions[1])
        for _ in 0..<places {
            let best = try left .== left.maximum(axis: 1, keepingAxis: true)
            let reward = try (best * rewards).sum(axis: 1) / best.sum(axis: 1)
            sum = try sum.map { try $0 + reward } ?? reward
            left = try left.masked(where: best, with: -.greatestFiniteMagnitude)
        }
        return try (sum ?? rewards.sum(axis: 1)) / Float(max(1, places))
    }

    /// 1 where the category with the highest logit is expected, `[B]`.
    private func isBestExpected(_ logits: Tensor, _ targets: GiftTargets) throws -> Tensor {
        let best = try logits .== logits.maximum(axis: 1, keepingAxis: true)
        return try (best * targets.categories).maximum(axis: 1)
    }
}
