import TandemBasics
import Testing

@testable import TandemRecipes

/// The published figures of the baselines on the published scenarios, and what random choice is expected to give.
@Suite struct EvaluationBaselineTests {
    /// Categories match, hit@1, P@3, R@3, tools match, tool recall, exact tools, mean R; `nil` where no figure is published.
    private struct Published {
        let baseline: GiftBaseline
        let isTraining: Bool
        let figures: [Double?]

        init(_ baseline: GiftBaseline, isTraining: Bool = false, _ figures: Double?...) {
            self.baseline = baseline
            self.isTraining = isTraining
            self.figures = figures
        }
    }

    private static let published = [
        Published(.random, isTraining: true, nil, nil, nil, nil, nil, nil, nil, 0.364),
        Published(
            .constant, isTraining: true, 0.688, 0.375, 0.333, 0.383, 0.887, 0.588, 0.287, 0.485),
        Published(.constant, 0.750, 0.200, 0.333, 0.342, 1, 0.633, 0.250, 0.499),
        Published(.hobbyName, 1, 0.850, 0.550, 0.642, 1, 0.708, 0.400, nil),
        Published(.hobbyLookup, isTraining: true, nil, nil, nil, nil, nil, nil, nil, 0.659),
        Published(.hobbyLookup, 1, 0.950, 0.683, 0.783, 1, 0.708, 0.400, 0.725),
        Published(.logisticRegression, 1, 0.900, 0.700, 0.800, 1, 0.858, 0.700, nil),
        Published(.bestPossible, isTraining: true, 1, 1, 0.908, 1, 1, nil, nil, 0.750),
        Published(.bestPossible, 1, 1, 0.900, 1, 1, nil, nil, 0.796),
    ]

    private static func columns(_ figures: GiftFigures) -> [Double] {
        [
            figures.categoryMatch, figures.hitAt1, figures.precisionAt3, figures.recallAt3,
            figures.toolMatch, figures.toolRecall, figures.exactTools, figures.averageReward,
        ]
    }

    @Test(.enabled(if: EvaluationData.isPresent, "no data set at \(EvaluationData.folder)"))
    func publishedFigures() throws {
        let data = try EvaluationData()
        #expect(data.training.count == 80)
        #expect(data.validation.count == 20)
        let baselines = try GiftBaselines(training: data.training, gifts: data.gifts)
        for row in Self.published {
            let part = row.isTraining ? data.training : data.validation
            let found = Self.columns(try baselines.figures(row.baseline, part))
            for (column, expected) in row.figures.enumerated() {
                guard let expected else { continue }
                // Published with three decimals.
                #expect(
                    EvaluationCase.isClose(found[column], expected, within: 0.000_501),
                    "\(row.baseline), column \(column): \(found[column]), published \(expected)")
            }
        }
        // Published with two decimals.
        let random = try baselines.figures(.random, data.validation)
        #expect(EvaluationCase.isClose(random.categoryMatch, 0.53, within: 0.005_001))
        #expect(EvaluationCase.isClose(random.toolMatch, 0.71, within: 0.005_001))
        #expect(EvaluationCase.isClose(random.averageReward, 0.403, within: 0.000_501))
        #expect(baselines.regressionInputCount == 73)
    }

    /// Published are ratios of means over the validation scenarios; the figure itself is a mean of ratios.
    @Test(.enabled(if: EvaluationData.isPresent, "no data set at \(EvaluationData.folder)"))
    func publishedQualities() throws {
        let data = try EvaluationData()
        let baselines = try GiftBaselines(training: data.training, gifts: data.gifts)
        let best = try baselines.figures(.bestPossible, data.validation)
        #expect(best.normalisedReward == 1)
        let expected: [(GiftBaseline, reward: Double, quality: Double)] = [
            (.hobbyLookup, 0.91, 0.96), (.constant, 0.63, 0.69), (.random, 0.51, 0.52),
        ]
        for (baseline, reward, quality) in expected {
            let found = try baselines.figures(baseline, data.validation)
            let ratio = found.averageReward / best.averageReward
            #expect(EvaluationCase.isClose(ratio, reward, within: 0.005_001), "\(baseline)")
            let both = (found.categoryMatch + ratio) / 2
            #expect(
                EvaluationCase.isClose(both, quality, within: 0.005_001), "\(baseline): \(both)")
            #expect(EvaluationCase.isClose(found.quality, quality, within: 0.02), "\(baseline)")
        }
    }

    // MARK: - Random choice

    /// The exact expectations beside the mean of many seeded draws, for 1, 2 and 3 labels.
    @Test func randomChoiceIsExpectedExactly() throws {
        typealias Case = EvaluationCase
        let scenarios = [
            Case.scenario(["books"], ["trend_analysis"]),
            Case.scenario(["books", "food"], ["trend_analysis", "review_analysis"]),
            Case.scenario(
                ["books", "food", "art"], ["trend_analysis", "review_analysis", "inventory_check"]),
        ]
        let gifts = ["books", "food", "home", "art", "gaming"].map { Case.gift($0, id: $0) }
        let baselines = try GiftBaselines(training: scenarios, gifts: gifts)
        for scenario in scenarios {
            let many = [GiftScenario](repeating: scenario, count: 5_000)
            let drawn = try GiftMetrics(
                baselines.predictions(.random, many, seed: 5), many, gifts
            ).figures
            let expected = try baselines.figures(.random, [scenario])
            for (a, b) in zip(Self.columns(drawn), Self.columns(expected)) {
                // Three standard errors of a share of one half.
                #expect(EvaluationCase.isClose(a, b, within: 0.0213), "\(a) \(b)")
            }
            #expect(
                EvaluationCase.isClose(
                    drawn.normalisedReward, expected.normalisedReward, within: 0.02))
        }
    }

    @Test func randomChoiceFollowsItsSeed() throws {
        let scenarios = [EvaluationCase.scenario()]
        let baselines = try GiftBaselines(training: scenarios, gifts: [EvaluationCase.gift()])
        let first = baselines.predictions(.random, scenarios, seed: 1)
        #expect(first == baselines.predictions(.random, scenarios, seed: 1))
        #expect(first != baselines.predictions(.random, scenarios, seed: 2))
    }

    // MARK: - Rules

    @Test func hobbiesThatAreCategoriesComeFirst() throws {
        let training = [
            EvaluationCase.scenario(["books", "home"]), EvaluationCase.scenario(["books"]),
        ]
        let baselines = try GiftBaselines(training: training, gifts: [EvaluationCase.gift()])
        let asked = EvaluationCase.scenario(hobbies: ["yoga", "gaming", "gaming", "art"])
        let row = try GiftMetrics(
            baselines.predictions(.hobbyName, [asked]), [asked], [EvaluationCase.gift()]
        ).rows[0]
        #expect(row.predictedCategories == ["gaming", "art", "books"])
        #expect(row.selectedTools == ["price_comparison", "review_analysis"])
    }

    /// As the threshold of 0.5 asks for that other scores are judged by.
    @Test(arguments: GiftBaseline.allCases)
    func scoresAreShares(_ baseline: GiftBaseline) throws {
        let scenarios = [
            EvaluationCase.scenario(hobbies: ["art", "yoga", "music", "photography"]),
            EvaluationCase.scenario(["books", "food"], hobbies: []),
        ]
        let found = try GiftBaselines(training: scenarios, gifts: [EvaluationCase.gift()])
            .predictions(baseline, scenarios)
        for scores in [found.categories, found.tools, found.rewards] {
            #expect(scores.joined().allSatisfy { (0...1).contains($0) }, "\(scores)")
        }
        if baseline == .hobbyName || baseline == .hobbyLookup {
            #expect(found.categories.map { row in row.count { $0 > 0.5 } } == [3, 3])
        }
    }

    @Test func theLookupCountsHobbies() {
        #expect(GiftHobbyTable.lookup(["sports", "fitness"]) == ["fitness", "outdoor"])
        #expect(GiftHobbyTable.lookup(["yoga", "reading"]) == ["books", "wellness", "art"])
        #expect(GiftHobbyTable.lookup(["chess"]) == [])
        #expect(GiftHobbyTable.lookup([]) == [])
    }

    @Test func affordableGiftsOfTheFirstCategoryComeFirst() {
        let gifts = [
            EvaluationCase.gift("art", id: "a", price: 150, rating: 5),
            EvaluationCase.gift("home", id: "b", rating: 5),
            EvaluationCase.gift("books", id: "c", rating: 4.1),
            EvaluationCase.gift("art", id: "d", rating: 4),
            EvaluationCase.gift("art", id: "e", price: 100, rating: 4.2),
        ]
        let ranking = GiftHobbyTable.ranking(
            gifts, profile: EvaluationCase.scenario().profile, categories: ["art", "books"])
        let order = GiftOrder.top(5, of: ranking).map { gifts[$0].id }
        #expect(order == ["e", "d", "c", "b", "a"])
    }

    @Test func nothingToLearnFromIsRefused() {
        #expect(throws: GiftEvaluationError.empty("training scenarios")) {
            _ = try GiftBaselines(training: [], gifts: [EvaluationCase.gift()])
        }
        #expect(throws: GiftEvaluationError.empty("gifts to recommend")) {
            _ = try GiftBaselines(training: [EvaluationCase.scenario()], gifts: [])
        }
    }
}
