/// What was expected of one scenario and what was chosen for it: a line of the report.
public struct GiftScenarioResult: Codable, Sendable, Equatable {
    /// The scenario's name.
    public var id: String
    /// The categories of its labels.
    public var expectedCategories: [String]
    /// The tools of its labels.
    public var expectedTools: [String]
    /// The three categories with the highest scores, best first.
    public var predictedCategories: [String]
    /// The two tools with the highest scores, best first.
    public var selectedTools: [String]
    /// The three gifts that rank highest, best first.
    public var recommendedGiftIDs: [String]
    /// The mean reward that the model predicts for these three.
    public var predictedReward: Double
    /// The mean reward R of these three.
    public var reward: Double

    enum CodingKeys: String, CodingKey {
        case id, reward
        case expectedCategories = "expected_categories"
        case expectedTools = "expected_tools"
        case predictedCategories = "predicted_categories"
        case selectedTools = "selected_tools"
        case recommendedGiftIDs = "recommended_gift_ids"
        case predictedReward = "predicted_reward"
    }

    /// The line of a scenario: `row` is its place in the predictions, `rewards` the R of all gifts.
    init(
        _ scenario: GiftScenario, _ predictions: GiftPredictions, row: Int, rewards: [Double],
        gifts: [Gift]
    ) {
        let best = GiftOrder.top(GiftFigures.giftCount, of: predictions.ranking[row])
        id = scenario.id
        expectedCategories = scenario.expectedCategories
        expectedTools = scenario.expectedTools
        predictedCategories = GiftOrder.top(
            GiftFigures.categoryCount, of: predictions.categories[row]
        ).map { GiftVocabulary.categories[$0] }
        selectedTools = GiftOrder.top(GiftFigures.toolCount, of: predictions.tools[row])
            .map { GiftVocabulary.tools[$0] }
        recommendedGiftIDs = best.map { gifts[$0].id }
        predictedReward = GiftFigures.mean(best.map { Double(predictions.rewards[row][$0]) })
        reward = GiftFigures.mean(best.map { rewards[$0] })
    }
}

extension GiftPredictions {
    /// Throws `GiftEvaluationError` unless the predictions are finite and of the sizes that can be measured.
    func check(_ scenarios: [GiftScenario], gifts: Int) throws(GiftEvaluationError) {
        if scenarios.isEmpty { throw .empty("scenarios to measure on") }
        if gifts == 0 { throw .empty("gifts to recommend") }
        for scenario in scenarios {
            if scenario.expectedCategories.isEmpty {
                throw .nothingExpected(scenario: scenario.id, kind: "category")
            }
            if scenario.expectedTools.isEmpty {
                throw .nothingExpected(scenario: scenario.id, kind: "tool")
            }
        }
        try check(count: scenarios.count, gifts: gifts)
    }

    /// Throws `GiftEvaluationError` unless there are `count` rows of finite numbers.
    func check(count: Int, gifts: Int) throws(GiftEvaluationError) {
        let parts = [
            ("category scores", categories, GiftVocabulary.categories.count),
            ("tool scores", tools, GiftVocabulary.tools.count), ("rewards", rewards, gifts),
            ("ranking scores", ranking, gifts),
        ]
        for (name, rows, width) in parts {
            if rows.count != count {
                throw .wrongSize(
                    part: "rows of " + name, row: nil, found: rows.count, expected: count)
            }
            for (row, values) in rows.enumerated() {
                if values.count != width {
                    throw .wrongSize(part: name, row: row, found: values.count, expected: width)
                }
                if let column = values.firstIndex(where: { !$0.isFinite }) {
                    throw .notFinite(
                        part: name, row: row, column: column, value: "\(values[column])")
                }
            }
        }
    }
}
