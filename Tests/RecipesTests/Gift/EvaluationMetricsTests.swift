import Glibc
import Testing

@testable import TandemRecipes

/// Figures of predictions, worked out by hand.
@Suite struct EvaluationMetricsTests {
    private typealias Case = EvaluationCase

    private static let scenarios = [
        Case.scenario(
            ["technology", "books", "art"], ["price_comparison", "review_analysis"], id: "a"),
        Case.scenario(["books"], ["trend_analysis"], id: "b"),
    ]
    /// R is 0.80 where the category is expected and 0.45 where not, less what the price costs.
    private static let gifts = [
        Case.gift("technology", id: "t", price: 70), Case.gift("books", id: "k"),
        Case.gift("food", id: "f"), Case.gift("home", id: "h", price: 200),
    ]

    private static func predictions() -> GiftPredictions {
        GiftPredictions(
            categories: [
                Case.categories("books", "food", "technology"),
                Case.categories("food", "home", "art"),
            ],
            tools: [
                Case.tools("review_analysis", "price_comparison"),
                Case.tools("price_comparison", "review_analysis"),
            ],
            rewards: [[0.5, 0.5, 0.5, 0.5], [0.9, 0.7, 0.7, 0.5]],
            ranking: [[4, 3, 2, 1], [1, 2, 4, 3]])
    }

    @Test func categories() throws {
        let figures = try GiftMetrics(Self.predictions(), Self.scenarios, Self.gifts).figures
        #expect(figures.categoryMatch == 0.5)
        #expect(figures.hitAt1 == 0.5)
        #expect(Case.isClose(figures.precisionAt3, 1.0 / 3))
        #expect(Case.isClose(figures.recallAt3, 1.0 / 3))
    }

    @Test func tools() throws {
        let metrics = try GiftMetrics(Self.predictions(), Self.scenarios, Self.gifts)
        #expect(metrics.figures.toolMatch == 0.5)
        #expect(metrics.figures.toolRecall == 0.5)
        #expect(metrics.figures.exactTools == 0.5)
        #expect(metrics.exactToolsAtThreshold == 0.5)
        #expect(metrics.distinctTools == 1)
        #expect(metrics.toolDistribution["review_analysis"] == 2)
        #expect(metrics.toolDistribution["budget_optimizer"] == 0)
    }

    /// Six categories chosen, two of them among the four expected; four tools chosen, two among the three expected.
    @Test func thresholds() throws {
        let metrics = try GiftMetrics(Self.predictions(), Self.scenarios, Self.gifts)
        #expect(Case.isClose(metrics.categoryF1, 4.0 / 10))
        #expect(Case.isClose(metrics.toolF1, 4.0 / 7))
        var one = Self.predictions()
        one.tools[1] = Case.tools("trend_analysis")
        let exact = try GiftMetrics(one, Self.scenarios, Self.gifts)
        #expect(exact.exactToolsAtThreshold == 1)
        // The best two are two, whatever their scores.
        #expect(exact.figures.exactTools == 0.5)
        one.categories = one.categories.map { $0.map { _ in 0.5 } }
        #expect(try GiftMetrics(one, Self.scenarios, Self.gifts).categoryF1 == 0)
    }

    @Test func rewards() throws {
        let metrics = try GiftMetrics(Self.predictions(), Self.scenarios, Self.gifts)
        // R: a 0.775 0.80 0.45 0.20, b 0.425 0.80 0.45 0.20; chosen are 0 1 2 and 2 3 1.
        let (first, second) = ((0.775 + 0.8 + 0.45) / 3, (0.45 + 0.2 + 0.8) / 3)
        let best = (0.8 + 0.45 + 0.425) / 3
        #expect(Case.isClose(metrics.figures.averageReward, (first + second) / 2))
        #expect(Case.isClose(metrics.figures.normalisedReward, (1 + second / best) / 2))
        #expect(Case.isClose(metrics.figures.quality, (0.5 + (1 + second / best) / 2) / 2))
        #expect(Case.isClose(metrics.predictedReward, 0.6, within: 1e-7))
        #expect(Case.isClose(metrics.qualityParity, 0.55, within: 1e-7))
        #expect(Case.isClose(metrics.predictedRewardDeviation, 0.1, within: 1e-7))
        let errors =
            [0.275, 0.3, -0.05, -0.3, -0.475, 0.1, -0.25, -0.3].reduce(0) { $0 + $1 * $1 }
        #expect(Case.isClose(metrics.rewardError, errors / 8, within: 1e-7))
        let discount = [1, 1 / log2(3.0), 0.5]
        func gain(_ rewards: Double...) -> Double {
            zip(rewards, discount).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let shares = [
            gain(0.775, 0.8, 0.45) / gain(0.8, 0.775, 0.45),
            gain(0.45, 0.2, 0.8) / gain(0.8, 0.45, 0.425),
        ]
        #expect(Case.isClose(metrics.rewardNDCGAt3, (shares[0] + shares[1]) / 2))
    }

    @Test func rankCorrelation() {
        func correlation(_ a: [Double], _ b: [Double]) -> Double? {
            GiftMetrics.rankCorrelation(a, b)
        }
        #expect(Case.isClose(correlation([1, 2, 9], [10, 20, 21]), 1))
        #expect(Case.isClose(correlation([1, 2, 9], [3, 2, 1]), -1))
        // Ranks 1.5 1.5 3 and 1 2 3.
        #expect(Case.isClose(correlation([5, 5, 6], [1, 2, 3]), 1.5 / 3.0.squareRoot()))
        #expect(correlation([1, 1, 1], [1, 2, 3]) == nil)
        #expect(correlation([], []) == nil)
    }

    @Test func equalScoresGoByTheirIndex() throws {
        let flat = GiftPredictions(
            categories: [[Float](repeating: 0.5, count: 13)],
            tools: [[Float](repeating: 0.5, count: 5)],
            rewards: [[0.1, 0.1, 0.1, 0.1]], ranking: [[0, 0, 0, 0]])
        let row = try GiftMetrics(flat, [Self.scenarios[0]], Self.gifts).rows[0]
        #expect(row.predictedCategories == ["technology", "gardening", "cooking"])
        #expect(row.selectedTools == ["price_comparison", "inventory_check"])
        #expect(row.recommendedGiftIDs == ["t", "k", "f"])
    }

    @Test func rows() throws {
        let metrics = try GiftMetrics(Self.predictions(), Self.scenarios, Self.gifts)
        let row = metrics.rows[1]
        #expect(row.id == "b")
        #expect(row.expectedCategories == ["books"])
        #expect(row.expectedTools == ["trend_analysis"])
        #expect(row.predictedCategories == ["food", "home", "art"])
        #expect(row.selectedTools == ["price_comparison", "review_analysis"])
        #expect(row.recommendedGiftIDs == ["f", "h", "k"])
        #expect(Case.isClose(row.predictedReward, 1.9 / 3, within: 1e-7))
        #expect(Case.isClose(row.reward, 1.45 / 3))
        #expect(metrics.distinctTop3 == 2)
        #expect(metrics.categoryDistribution["food"] == 2)
        #expect(metrics.categoryDistribution.values.reduce(0, +) == 6)
        #expect(metrics.categoryDistribution.count == 13)
    }

    @Test func fewerThanThreeGifts() throws {
        let metrics = try GiftMetrics(
            GiftPredictions(
                categories: [Case.categories("books")], tools: [Case.tools("trend_analysis")],
                rewards: [[0.5]], ranking: [[-3]]),
            [Self.scenarios[1]], [Self.gifts[1]])
        #expect(metrics.figures.normalisedReward == 1)
        #expect(metrics.rows[0].recommendedGiftIDs == ["k"])
        #expect(metrics.rewardCorrelation == nil)
        #expect(metrics.predictedRewardDeviation == 0)
    }

    @Test func metricNames() throws {
        let metrics = try GiftMetrics(Self.predictions(), Self.scenarios, Self.gifts).metrics
        #expect(
            metrics.map(\.name) == [
                "quality", "qualityParity", "categoryMatch", "toolMatch", "precision@3", "recall@3",
                "hit@1", "exactTools", "toolRecall", "normalisedReward", "predictedReward",
                "predictedRewardDeviation", "distinctTop3",
            ])
    }

    // MARK: - Bad input

    @Test func predictionsOfOtherSizesAreRefused() {
        func error(_ change: (inout GiftPredictions) -> Void) -> GiftEvaluationError? {
            var predictions = Self.predictions()
            change(&predictions)
            return #expect(throws: GiftEvaluationError.self) {
                _ = try GiftMetrics(predictions, Self.scenarios, Self.gifts)
            }
        }
        #expect(
            error { $0.categories.removeLast() }
                == .wrongSize(part: "rows of category scores", row: nil, found: 1, expected: 2))
        #expect(
            error { $0.tools[1].append(0) }
                == .wrongSize(part: "tool scores", row: 1, found: 6, expected: 5))
        #expect(
            error { $0.rewards[0] = [] }
                == .wrongSize(part: "rewards", row: 0, found: 0, expected: 4))
        #expect(
            error { $0.ranking[1][2] = .nan }
                == .notFinite(part: "ranking scores", row: 1, column: 2, value: "nan"))
    }

    @Test func nothingToMeasureIsRefused() {
        let none = GiftPredictions(categories: [], tools: [], rewards: [], ranking: [])
        #expect(throws: GiftEvaluationError.empty("scenarios to measure on")) {
            _ = try GiftMetrics(none, [], Self.gifts)
        }
        #expect(throws: GiftEvaluationError.empty("gifts to recommend")) {
            _ = try GiftMetrics(Self.predictions(), Self.scenarios, [])
        }
        var scenarios = Self.scenarios
        scenarios[1].expectedCategories = []
        #expect(throws: GiftEvaluationError.nothingExpected(scenario: "b", kind: "category")) {
            _ = try GiftMetrics(Self.predictions(), scenarios, Self.gifts)
        }
        scenarios[0].expectedTools = []
        #expect(throws: GiftEvaluationError.nothingExpected(scenario: "a", kind: "tool")) {
            _ = try GiftMetrics(Self.predictions(), scenarios, Self.gifts)
        }
    }
}
