import TandemBasics

/// One scenario of the test with all that a person wants to see of it.
public struct GiftWorkedExample: Codable, Sendable, Equatable {
    /// Who gets the gift.
    public var profile: GiftProfile
    /// What was expected and chosen.
    public var result: GiftScenarioResult
    /// The gifts recommended, best first.
    public var gifts: [Recommendation]

    /// A gift that is recommended.
    public struct Recommendation: Codable, Sendable, Equatable {
        /// Its name for people.
        public var name: String
        /// Its price in the unit of the budgets.
        public var price: Double
        /// Its reward R.
        public var reward: Double
    }

    init(_ scenario: GiftScenario, _ result: GiftScenarioResult, gifts: [Gift]) {
        profile = scenario.profile
        self.result = result
        self.gifts = result.recommendedGiftIDs.compactMap { id in
            gifts.first { $0.id == id }.map {
                Recommendation(
                    name: $0.name, price: $0.price, reward: GiftReward.reward(scenario, $0))
            }
        }
    }

    /// The example line by line.
    var lines: [String] {
        let profile = profile
        let wishes = [profile.hobbies, profile.preferences].map { $0.joined(separator: ", ") }
        return [
            "\(result.id): \(profile.relationship), \(profile.age) years, \(profile.occasion), "
                + "budget \(NumberText.fixed(profile.budget, 2)); likes "
                + wishes.filter { !$0.isEmpty }.joined(separator: "; "),
            "  expected   \(result.expectedCategories.joined(separator: ", ")); "
                + result.expectedTools.joined(separator: ", "),
            "  predicted  \(result.predictedCategories.joined(separator: ", ")); "
                + result.selectedTools.joined(separator: ", "),
        ]
            + gifts.enumerated().map { place, gift in
                "  gift \(place + 1)     \(gift.name), \(NumberText.fixed(gift.price, 2)), "
                    + "R \(NumberText.fixed(gift.reward, 3))"
            }
    }
}

extension GiftEvaluationReport {
    /// The report for people: the model beside all baselines, worked examples, the tier.
    public var lines: [String] {
        var lines = table.lines
        lines.append("")
        if isContaminated {
            lines.append("training scenarios are among those tested: the figures are too good")
        }
        lines += [
            "predicted reward \(NumberText.fixed(strictMetrics.predictedReward, 3)), "
                + "deviation over scenarios \(NumberText.significant(strictMetrics.predictedRewardDeviation, 2)), "
                + "squared error \(NumberText.significant(strictMetrics.rewardError, 3)), "
                + "rank correlation "
                + (strictMetrics.rewardCorrelation.map { NumberText.fixed($0, 3) } ?? "none"),
            "quality \(NumberText.fixed(testResults.qualityScore, 3)), "
                + "parity \(NumberText.fixed(qualityParity, 3)); "
                + "\(strictMetrics.distinctTop3) different sets of categories and "
                + "\(strictMetrics.distinctTools) of tools over \(testResults.testCount) scenarios",
        ]
        if let gap = gaps { lines.append(gap) }
        if isChosenBy {
            lines.append(
                "these scenarios chose the epoch too, which flatters the model; "
                    + "a split file with test_ids, or a sweep with folds, keeps the two apart")
        }
        for example in workedExamples { lines += [""] + example.lines }
        return lines + ["", tier.statement]
    }

    private var gaps: String? {
        let parts = [
            generalisation.gapLoss.map { "loss \(NumberText.fixed($0, 3))" },
            generalisation.gapQuality.map { "quality \(NumberText.fixed($0, 3))" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : "generalisation gap: " + parts.joined(separator: ", ")
    }

    private var table: TextTable {
        var table = TextTable([
            "predictor", "categories", "hit@1", "P@3", "R@3", "tools", "recall", "exact", "mean R",
            "of best", "quality",
        ])
        func append(_ name: String, _ figures: GiftFigures) {
            let values = [
                figures.categoryMatch, figures.hitAt1, figures.precisionAt3, figures.recallAt3,
                figures.toolMatch, figures.toolRecall, figures.exactTools, figures.averageReward,
                figures.normalisedReward, figures.quality,
            ]
            table.append([name] + values.map { NumberText.fixed($0, 3) })
        }
        append("model", figures)
        for baseline in GiftBaseline.allCases { append(baseline.title, baselines[baseline]) }
        return table
    }
}
