/// One logistic regression per category and per tool on what a profile says: the bar for every network.
///
/// The inputs are those of the following numbers that are not 0 in all training scenarios: one for each hobby and
/// preference of the extended vocabulary, each occasion and each relationship (1 where the profile has it); five groups
/// of ages (up to 25, 35, 45, 55 years, above) and four of budgets (below 50, 150, 250, from there on); the age as a
/// share of 100 years and the budget as one of 300. On scenarios that use 20 hobbies and 21 preferences these are 73.
struct GiftLogisticRegression: Sendable {
    /// How many numbers the regressions read.
    let inputCount: Int

    private let columns: [Int]
    private let categories: [LogisticRegression]
    private let tools: [LogisticRegression]

    /// Fits all regressions with C = 1.
    init(_ training: [GiftScenario]) {
        let all = training.map { Self.inputs($0.profile) }
        let columns = (all.first ?? []).indices.filter { column in
            all.contains { $0[column] != 0 }
        }
        let rows = all.map { row in columns.map { row[$0] } }
        func fit(_ names: [String], _ labels: (GiftScenario) -> [String]) -> [LogisticRegression] {
            names.map { name in
                LogisticRegression(
                    rows, labels: training.map { labels($0).contains(name) },
                    inverseRegularization: 1)
            }
        }
        self.columns = columns
        inputCount = columns.count
        categories = fit(GiftVocabulary.categories, \.expectedCategories)
        tools = fit(GiftVocabulary.tools, \.expectedTools)
    }

    /// The probabilities of the 13 categories and the 5 tools for a profile.
    func probabilities(_ profile: GiftProfile) -> (categories: [Double], tools: [Double]) {
        let all = Self.inputs(profile)
        let row = columns.map { all[$0] }
        return (categories.map { $0.probability(row) }, tools.map { $0.probability(row) })
    }

    private static func inputs(_ profile: GiftProfile) -> [Double] {
        let vocabulary = GiftVocabulary(.extended)
        func flags(_ names: [String], _ words: [String]) -> [Double] {
            names.map { words.contains($0) ? 1 : 0 }
        }
        func group(_ value: Double, startsAt starts: [Double]) -> [Double] {
            let group = starts.count { value >= $0 }
            return (0...starts.count).map { $0 == group ? 1 : 0 }
        }
        return flags(vocabulary.hobbies, profile.hobbies)
            + flags(vocabulary.preferences, profile.preferences)
            + flags(GiftVocabulary.occasions, [profile.occasion])
            + flags(GiftVocabulary.relationships, [profile.relationship])
            + group(Double(profile.age), startsAt: [26, 36, 46, 56])
            + group(profile.budget, startsAt: [50, 150, 250])
            + [Double(profile.age) / 100, profile.budget / 300]
    }
}
