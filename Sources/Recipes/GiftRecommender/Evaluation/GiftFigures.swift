/// The figures that models and baselines of gift recommendation are compared by, means over scenarios.
///
/// `S` are the three categories with the highest scores, `U` the two tools; `E` and `W` those expected.
public struct GiftFigures: Codable, Sendable, Equatable {
    /// Share of scenarios with a category in both S and E.
    public var categoryMatch: Double
    /// Share of scenarios whose best category is in E.
    public var hitAt1: Double
    /// `|S and E| / 3`; at most 0.33 where one category is expected.
    public var precisionAt3: Double
    /// `|S and E| / |E|`.
    public var recallAt3: Double
    /// Share of scenarios with a tool in both U and W.
    public var toolMatch: Double
    /// `|U and W| / |W|`.
    public var toolRecall: Double
    /// Share of scenarios in which U is W.
    public var exactTools: Double
    /// The mean reward R of the three gifts recommended; see `GiftReward`.
    public var averageReward: Double
    /// The mean reward of the three gifts recommended, as a share of that of the best three, taken scenario by scenario.
    public var normalisedReward: Double

    enum CodingKeys: String, CodingKey {
        case categoryMatch = "category_match_rate"
        case hitAt1 = "hit_at_1"
        case precisionAt3 = "precision_at_3"
        case recallAt3 = "recall_at_3"
        case toolMatch = "tool_match_rate"
        case toolRecall = "tool_recall"
        case exactTools = "exact_tools"
        case averageReward = "average_reward"
        case normalisedReward = "normalised_reward"
    }

    /// How many categories are looked at.
    static let categoryCount = 3
    /// How many tools are selected.
    static let toolCount = 2
    /// How many gifts are recommended.
    static let giftCount = 3

    /// `(category match rate + normalised reward) / 2`: what early stopping watches.
    public var quality: Double { (categoryMatch + normalisedReward) / 2 }

    /// The mean of the figures of single scenarios.
    init(meanOf rows: [GiftFigures]) {
        func mean(_ figure: (GiftFigures) -> Double) -> Double {
            rows.reduce(0) { $0 + figure($1) } / Double(max(1, rows.count))
        }
        categoryMatch = mean(\.categoryMatch)
        hitAt1 = mean(\.hitAt1)
        precisionAt3 = mean(\.precisionAt3)
        recallAt3 = mean(\.recallAt3)
        toolMatch = mean(\.toolMatch)
        toolRecall = mean(\.toolRecall)
        exactTools = mean(\.exactTools)
        averageReward = mean(\.averageReward)
        normalisedReward = mean(\.normalisedReward)
    }

    /// The figures of one scenario: `rewards` are the R of all gifts, the three lists what was chosen, best first.
    init(
        _ scenario: GiftScenario, rewards: [Double], categories: [String], tools: [String],
        gifts: [Int]
    ) {
        let (expected, wanted) = (
            Set(scenario.expectedCategories), Set(scenario.expectedTools)
        )
        let hits = Double(expected.intersection(categories).count)
        let found = Double(wanted.intersection(tools).count)
        categoryMatch = hits > 0 ? 1 : 0
        hitAt1 = categories.first.map(expected.contains) == true ? 1 : 0
        precisionAt3 = hits / Double(Self.categoryCount)
        recallAt3 = hits / Double(max(1, expected.count))
        toolMatch = found > 0 ? 1 : 0
        toolRecall = found / Double(max(1, wanted.count))
        exactTools = wanted == Set(tools) ? 1 : 0
        averageReward = Self.mean(gifts.map { rewards[$0] })
        normalisedReward = averageReward / Self.best(rewards)
    }

    /// The figures to be expected of one scenario when everything is drawn uniformly at random, without repetition.
    ///
    /// Exact: the numbers of hits are hypergeometrically distributed.
    init(expectedAtRandom scenario: GiftScenario, rewards: [Double]) {
        let categories = GiftVocabulary.categories.count
        let tools = GiftVocabulary.tools.count
        let expected = Set(scenario.expectedCategories).intersection(GiftVocabulary.categories)
        let wanted = Set(scenario.expectedTools).intersection(GiftVocabulary.tools)
        let share = Double(expected.count) / Double(categories)
        categoryMatch = 1 - Self.missing(expected.count, of: categories, draws: Self.categoryCount)
        hitAt1 = share
        precisionAt3 = share
        recallAt3 =
            share * Double(Self.categoryCount)
            / Double(max(1, Set(scenario.expectedCategories).count))
        toolMatch = 1 - Self.missing(wanted.count, of: tools, draws: Self.toolCount)
        toolRecall =
            Double(wanted.count * Self.toolCount) / Double(tools)
            / Double(max(1, Set(scenario.expectedTools).count))
        let isPossible =
            wanted.count == Self.toolCount && Set(scenario.expectedTools).count == Self.toolCount
        exactTools = isPossible ? 2 / Double(tools * (tools - 1)) : 0
        averageReward = Self.mean(rewards)
        normalisedReward = averageReward / Self.best(rewards)
    }

    /// The mean reward of the best three gifts, which is above 0 because R is.
    static func best(_ rewards: [Double]) -> Double {
        mean(GiftOrder.top(giftCount, of: rewards).map { rewards[$0] })
    }

    /// The mean of some numbers, 0 of none.
    static func mean(_ values: [Double]) -> Double {
        values.reduce(0, +) / Double(max(1, values.count))
    }

    /// The probability that `draws` out of `count` things hold none of `marked` of them.
    private static func missing(_ marked: Int, of count: Int, draws: Int) -> Double {
        (0..<draws).reduce(1) { $0 * Double(max(0, count - marked - $1)) / Double(count - $1) }
    }
}

/// The order of scores.
enum GiftOrder {
    /// The places of the `count` highest scores, best first; of equal ones the earlier comes first.
    static func top<Score: Comparable>(_ count: Int, of scores: [Score]) -> [Int] {
        Array(
            scores.indices
                .sorted { scores[$0] > scores[$1] || (scores[$0] == scores[$1] && $0 < $1) }
                .prefix(count))
    }
}
