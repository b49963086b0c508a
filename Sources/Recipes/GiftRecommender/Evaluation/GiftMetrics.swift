import Glibc
public import TandemTraining

/// How good predictions for some scenarios are, measured once over all of them; in double precision on the host.
///
/// The three categories with the highest scores, the two tools and the three gifts that rank highest are what was
/// chosen; of equal scores the one with the lower index comes first.
public struct GiftMetrics: Codable, Sendable, Equatable {
    /// The figures that models and baselines are compared by.
    public var figures: GiftFigures
    /// Micro-averaged F1 of the categories with a score above 0.5: `2 TP / (2 TP + FP + FN)` over all scenarios.
    public var categoryF1: Double
    /// Micro-averaged F1 of the tools with a score above 0.5.
    public var toolF1: Double
    /// Share of scenarios in which the tools with a score above 0.5 are exactly those expected.
    public var exactToolsAtThreshold: Double
    /// Number of different sets of three best categories over the scenarios.
    public var distinctTop3: Int
    /// Number of different sets of two best tools over the scenarios.
    public var distinctTools: Int
    /// Discounted cumulative gain of the three gifts recommended as a share of the best possible, mean over scenarios.
    ///
    /// The gain is R itself and the discount `1 / log2(place + 1)`, places from 1 on (Järvelin and Kekäläinen 2002).
    public var rewardNDCGAt3: Double
    /// The mean over scenarios and gifts of the rewards that the model predicts.
    public var predictedReward: Double
    /// The standard deviation over the scenarios of their mean predicted reward.
    public var predictedRewardDeviation: Double
    /// The mean squared error of the predicted rewards against R, over scenarios and gifts.
    public var rewardError: Double
    /// Spearman's rank correlation of the predicted rewards with R over scenarios and gifts, ties with their mean rank;
    /// `nil` where one of the two has a single value.
    public var rewardCorrelation: Double?
    /// How often every category is among the best three, by name.
    public var categoryDistribution: [String: Int]
    /// How often every tool is among the best two, by name.
    public var toolDistribution: [String: Int]
    /// What was chosen for every scenario, in their order.
    public var rows: [GiftScenarioResult]

    /// The quality of the published system: `(category match rate + predicted reward) / 2`.
    public var qualityParity: Double { (figures.categoryMatch + predictedReward) / 2 }

    /// Measures predictions.
    ///
    /// - Parameters:
    ///   - predictions: one row per scenario.
    ///   - scenarios: what they were made for; at least one.
    ///   - gifts: the catalogue in the order of the predictions; at least one.
    /// - Throws: `GiftEvaluationError` when sizes differ, a prediction is not finite, or a scenario expects nothing.
    public init(_ predictions: GiftPredictions, _ scenarios: [GiftScenario], _ gifts: [Gift]) throws
    {
        try self.init(predictions, scenarios, GiftReward(gifts))
    }

    /// Measures predictions as `init(_:_:_:)` does, with the words of the catalogue looked up before.
    public init(
        _ predictions: GiftPredictions, _ scenarios: [GiftScenario], _ reward: GiftReward
    ) throws {
        try predictions.check(scenarios, gifts: reward.gifts.count)
        let truth = reward.matrix(scenarios)
        let rows = scenarios.indices.map {
            GiftScenarioResult(
                scenarios[$0], predictions, row: $0, rewards: truth[$0], gifts: reward.gifts)
        }
        figures = GiftFigures(
            meanOf: scenarios.indices.map {
                GiftFigures(
                    scenarios[$0], rewards: truth[$0], categories: rows[$0].predictedCategories,
                    tools: rows[$0].selectedTools,
                    gifts: GiftOrder.top(GiftFigures.giftCount, of: predictions.ranking[$0]))
            })
        self.rows = rows
        let categories = ThresholdCounts(
            predictions.categories, GiftVocabulary.categories,
            expected: scenarios.map(\.expectedCategories))
        let tools = ThresholdCounts(
            predictions.tools, GiftVocabulary.tools, expected: scenarios.map(\.expectedTools))
        (categoryF1, toolF1, exactToolsAtThreshold) = (categories.f1, tools.f1, tools.exact)
        distinctTop3 = Set(rows.map { Set($0.predictedCategories) }).count
        distinctTools = Set(rows.map { Set($0.selectedTools) }).count
        categoryDistribution = Self.counts(
            rows.flatMap(\.predictedCategories), of: GiftVocabulary.categories)
        toolDistribution = Self.counts(rows.flatMap(\.selectedTools), of: GiftVocabulary.tools)
        rewardNDCGAt3 = GiftFigures.mean(
            truth.indices.map { Self.gainShare(predictions.ranking[$0], truth[$0]) })

        let predicted = predictions.rewards.map { $0.map(Double.init) }
        let means = predicted.map(GiftFigures.mean)
        let mean = GiftFigures.mean(means)
        predictedReward = mean
        predictedRewardDeviation =
            GiftFigures.mean(means.map { ($0 - mean) * ($0 - mean) }).squareRoot()
        let (flat, flatTruth) = (predicted.flatMap(\.self), truth.flatMap(\.self))
        rewardError = GiftFigures.mean(zip(flat, flatTruth).map { ($0 - $1) * ($0 - $1) })
        rewardCorrelation = Self.rankCorrelation(flat, flatTruth)
    }

    /// The metrics of validation data that are kept with an epoch, best known first.
    public var metrics: [Metric] {
        [
            Metric("quality", figures.quality), Metric("qualityParity", qualityParity),
            Metric("categoryMatch", figures.categoryMatch), Metric("toolMatch", figures.toolMatch),
            Metric("precision@3", figures.precisionAt3), Metric("recall@3", figures.recallAt3),
            Metric("hit@1", figures.hitAt1), Metric("exactTools", figures.exactTools),
            Metric("toolRecall", figures.toolRecall),
            Metric("normalisedReward", figures.normalisedReward),
            Metric("predictedReward", predictedReward),
            Metric("predictedRewardDeviation", predictedRewardDeviation),
            Metric("distinctTop3", Double(distinctTop3)),
        ]
    }

    private static func counts(_ chosen: [String], of names: [String]) -> [String: Int] {
        chosen.reduce(into: Dictionary(uniqueKeysWithValues: names.map { ($0, 0) })) {
            $0[$1, default: 0] += 1
        }
    }

    private static func gainShare(_ ranking: [Float], _ rewards: [Double]) -> Double {
        func gain(_ order: [Int]) -> Double {
            order.enumerated().reduce(0) { $0 + rewards[$1.element] / log2(Double($1.offset + 2)) }
        }
        return gain(GiftOrder.top(GiftFigures.giftCount, of: ranking))
            / gain(GiftOrder.top(GiftFigures.giftCount, of: rewards))
    }

    /// Spearman's correlation, which is Pearson's of the ranks; `nil` where one side has a single value.
    static func rankCorrelation(_ first: [Double], _ second: [Double]) -> Double? {
        let (a, b) = (ranks(first), ranks(second))
        // The mean of the ranks 1 to n, with or without ties.
        let middle = Double(a.count + 1) / 2
        var (product, squaresA, squaresB) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            product += (x - middle) * (y - middle)
            squaresA += (x - middle) * (x - middle)
            squaresB += (y - middle) * (y - middle)
        }
        guard squaresA > 0, squaresB > 0 else { return nil }
        return product / (squaresA * squaresB).squareRoot()
    }

    private static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var (ranks, start) = ([Double](repeating: 0, count: values.count), 0)
        while start < order.count {
            var end = start
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            for place in start..<end { ranks[order[place]] = Double(start + 1 + end) / 2 }
            start = end
        }
        return ranks
    }
}

/// How the names with a score above 0.5 agree with those expected.
private struct ThresholdCounts {
    /// `2 TP / (2 TP + FP + FN)` over all rows; 0 where nothing was chosen or expected.
    let f1: Double
    /// Share of rows in which both sets are the same.
    let exact: Double

    init(_ scores: [[Float]], _ names: [String], expected: [[String]]) {
        var (hits, chosen, wanted, exact) = (0, 0, 0, 0)
        for (row, expected) in zip(scores, expected) {
            let found = Set(names.indices.filter { row[$0] > 0.5 }.map { names[$0] })
            let labels = Set(expected)
            hits += found.intersection(labels).count
            chosen += found.count
            wanted += labels.count
            exact += found == labels ? 1 : 0
        }
        f1 = 2 * Double(hits) / Double(max(1, chosen + wanted))
        self.exact = Double(exact) / Double(max(1, scores.count))
    }
}
