import TandemBasics

extension GiftGenerator {
    /// A made-up scenario with the cell that it was made for.
    struct LabelledProfile {
        let scenario: GiftScenario
        let groups: (hobbies: String, preferences: String)

        /// The scenario as its file has it.
        var json: JSONValue {
            let group = JSONMember(
                "group",
                .object([
                    JSONMember("hobby", .string(groups.hobbies)),
                    JSONMember("preference", .string(groups.preferences)),
                ]))
            return .object(scenario.jsonMembers + [group])
        }
    }

    /// Made-up scenarios; throws when there cannot be so many.
    static func labelledProfiles(
        _ count: Int, seed: UInt64
    ) throws(GiftError) -> [LabelledProfile] {
        guard counts ~= count, let sample = GiftProfileSample(count: count, seed: seed) else {
            throw .setting(
                name: "the number of scenarios to make", value: "\(count)",
                expected: "a number from \(counts.lowerBound) to \(counts.upperBound)")
        }
        let digits = String(count).count
        let rule = LabelRule(LabelRule.text)
        return zip(sample.profiles, sample.groups).enumerated().map { place, row in
            let number = String(place + 1)
            let zeros = String(repeating: "0", count: digits - number.count)
            return LabelledProfile(
                scenario: GiftScenario(
                    id: "scenario_" + zeros + number, profile: row.0,
                    expectedCategories: rule.categories(for: row.0),
                    expectedTools: rule.tools(for: row.0)),
                groups: row.1)
        }
    }

    /// The rule that labels follow, as lines of text for people.
    static var rule: [String] {
        LabelRule.text.split(separator: "\n").map(String.init)
    }
}

/// What the generator expects for a profile: sums of weights.
///
/// Private to this file on purpose: a model, a baseline or a recommender that could look the labels up would be worthless.
private struct LabelRule {
    private let weights: [String: [String: Int]]

    private static let least = 5
    private static let most = 3

    /// The weights: what is given, then what each category and tool gets for it.
    static let text = """
        hobby technology: technology 6, gaming 1
        hobby photography: technology 4, art 4
        hobby gaming: gaming 6, technology 3
        hobby music: experience 4, art 2, technology 2
        hobby art: art 6, books 1, home 1
        hobby reading: books 6, home 1
        hobby fitness: fitness 6, wellness 2
        hobby sports: fitness 5, outdoor 3
        hobby outdoor: outdoor 6, fitness 1
        hobby yoga: wellness 5, fitness 3
        hobby meditation: wellness 6, books 1
        hobby wellness: wellness 6, fitness 1
        hobby home_decor: home 6, art 2
        hobby gardening: gardening 6, outdoor 1, home 1
        hobby cooking: cooking 6, food 3
        hobby food: food 6, cooking 2, experience 1
        hobby travel: experience 4, outdoor 3, books 1
        hobby entertainment: experience 5, gaming 3
        hobby learning: books 5, technology 1, experience 1
        hobby business: books 4, technology 2, fashion 1
        preference trendy: fashion 4, technology 1, trend_analysis 4
        preference modern: technology 2, home 1, fashion 1, trend_analysis 4
        preference tech-savvy: technology 3, gaming 1, trend_analysis 4
        preference practical: home 1, cooking 1, technology 1, price_comparison 2
        preference affordable: books 1, food 1, budget_optimizer 2, price_comparison 2
        preference quality: cooking 1, home 1, review_analysis 2
        preference luxury: experience 2, fashion 3, wellness 1, review_analysis 2
        preference premium: fashion 3, food 1, experience 1, review_analysis 2
        preference sophisticated: art 1, books 1, food 1, fashion 3, review_analysis 1
        preference eco-friendly: gardening 3, outdoor 1, inventory_check 2
        preference sustainable: gardening 2, home 1, wellness 1, inventory_check 2
        preference natural: gardening 2, wellness 2, food 1, inventory_check 2
        preference traditional: books 1, cooking 1, home 1, price_comparison 1
        preference classic: books 2, fashion 1, review_analysis 1
        preference timeless: books 1, art 1, home 1, review_analysis 1
        preference creative: art 3, home 1, trend_analysis 1
        preference unique: art 2, experience 2, trend_analysis 1
        preference artistic: art 3, home 1
        preference active: fitness 2, outdoor 2
        preference energetic: fitness 2, outdoor 1, experience 1
        preference motivational: books 2, fitness 1, wellness 1
        occasion birthday: experience 1, gaming 1
        occasion christmas: home 1, food 1, books 1, inventory_check 2
        occasion mothers_day: wellness 2, gardening 1, food 1, inventory_check 2
        occasion fathers_day: outdoor 1, cooking 1, technology 1, inventory_check 2
        occasion graduation: technology 2, books 2
        occasion anniversary: experience 2, fashion 3
        occasion promotion: fashion 3, books 2
        occasion appreciation: food 2, wellness 1
        occasion new_year: wellness 1, fitness 1, experience 1, inventory_check 2
        occasion wedding: home 3, cooking 1, experience 1
        relationship friend: experience 1, gaming 1
        relationship mother: wellness 1, gardening 1
        relationship father: outdoor 1, technology 1
        relationship sister: wellness 1, fashion 1
        relationship brother: gaming 1, technology 1
        relationship colleague: books 1, food 1
        relationship spouse: experience 2, fashion 3
        relationship uncle: outdoor 1, food 1
        relationship aunt: home 1, art 1
        relationship cousin: gaming 1, fitness 1
        relationship grandparent: gardening 1, books 1, food 1
        age 16-25: gaming 2, technology 1, fashion 1
        age 26-35: fitness 1, experience 1, technology 1
        age 36-45: cooking 1, home 1
        age 46-55: wellness 1, home 1
        age 56-75: gardening 1, books 1, wellness 1, gaming -2
        budget 30-49: books 1, food 1, experience -4, technology -4, fashion -1, \
        budget_optimizer 5, price_comparison 4
        budget 50-149: price_comparison 4, review_analysis 3
        budget 150-249: experience 1, technology 1, review_analysis 4, price_comparison 2
        budget 250-300: experience 2, technology 1, fashion 1, review_analysis 4, inventory_check 3
        """

    init(_ text: String) {
        var weights: [String: [String: Int]] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ": ")
            for item in parts[1].split(separator: ", ") {
                let words = item.split(separator: " ")
                weights[String(parts[0]), default: [:]][String(words[0])] = Int(words[1])
            }
        }
        self.weights = weights
    }

    func categories(for profile: GiftProfile) -> [String] {
        let ranked = ranked(GiftVocabulary.categories, for: profile)
        let least = max(Self.least, (ranked[0].sum + 1) / 2)
        return [ranked[0].word]
            + ranked.dropFirst().prefix(Self.most - 1).filter { $0.sum >= least }.map(\.word)
    }

    func tools(for profile: GiftProfile) -> [String] {
        let ranked = ranked(GiftVocabulary.tools, for: profile)
        return ranked.prefix(2).map(\.word)
            + ranked.dropFirst(2).prefix(1).filter { $0.sum >= Self.least }.map(\.word)
    }

    /// Words with their sums, the largest first, equal ones in the order of the vocabulary.
    private func ranked(
        _ words: [String], for profile: GiftProfile
    ) -> [(word: String, sum: Int)] {
        func range(_ ranges: [ClosedRange<Int>], _ value: Int) -> String {
            let range = ranges.first { $0 ~= value } ?? ranges[0]
            return "\(range.lowerBound)-\(range.upperBound)"
        }
        let given =
            profile.hobbies.map { "hobby \($0)" } + profile.preferences.map { "preference \($0)" }
            + ["occasion \(profile.occasion)", "relationship \(profile.relationship)"]
            + ["age " + range(GiftProfileSample.ageGroups, profile.age)]
            + ["budget " + range(GiftProfileSample.budgetTiers, Int(profile.budget))]
        let sums = words.map { word in
            (word, given.reduce(0) { $0 + (weights[$1]?[word] ?? 0) })
        }
        return sums.enumerated().sorted {
            ($1.element.1, $0.offset) < ($0.element.1, $1.offset)
        }.map { ($0.element.0, $0.element.1) }
    }
}
