import TandemBasics

/// What happens to labels that are none of the categories and tools that there are.
public enum GiftUnknownLabels: String, Codable, Sendable, CaseIterable {
    /// They are errors that name the row and the word.
    case refuse
    /// They are left out and counted; a scenario or gift that has no label left is left out too.
    case drop
}

/// The scenarios of a file.
///
/// The file is a JSON object `{"scenarios": [...]}`; a scenario is
/// `{"id", "profile": {"age", "hobbies", "relationship", "budget", "occasion", "preferences"}, "expected_categories",
/// "expected_tools"}`. Other members are not read. Words are normalised (see `GiftVocabulary.normalized`), and of words that
/// stand twice in a list the first counts. Words of profiles that the vocabulary does not know are kept and counted.
public struct GiftScenarioFile: Sendable, Equatable {
    /// The least number of scenarios to train on.
    public static let smallestCount = 5
    /// The largest number of categories that a scenario may expect.
    public static let largestCategoryCount = 3

    /// The scenarios in the order of the file.
    public let scenarios: [GiftScenario]
    /// What was found.
    public let report: GiftLoadReport

    /// Reads scenarios to train on or to measure with.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - vocabulary: the words to count as known.
    ///   - unknownLabels: what happens to unknown labels.
    /// - Returns: at least ``smallestCount`` scenarios.
    /// - Throws: when the file cannot be read or is no JSON, or with all problems of its rows.
    public static func read(
        _ path: String, vocabulary: GiftVocabulary, unknownLabels: GiftUnknownLabels = .refuse
    ) throws(GiftError) -> GiftScenarioFile {
        try GiftScenarioFile(
            try GiftFile.read(path), name: path, vocabulary: vocabulary,
            unknownLabels: unknownLabels, isLabelled: true)
    }

    /// Reads profiles to predict for: scenarios whose labels may be missing, at least one.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - vocabulary: the words to count as known.
    /// - Returns: the scenarios; without the labels that the file does not give, or that are unknown.
    /// - Throws: when the file cannot be read or is no JSON, or with all problems of its rows.
    public static func readProfiles(
        _ path: String, vocabulary: GiftVocabulary
    ) throws(GiftError) -> GiftScenarioFile {
        try GiftScenarioFile(
            try GiftFile.read(path), name: path, vocabulary: vocabulary, unknownLabels: .drop,
            isLabelled: false)
    }

    /// Checks scenarios in memory as if they had been read from a file of that name.
    ///
    /// Throws all problems.
    public init(
        _ scenarios: [GiftScenario], name: String = "scenarios", vocabulary: GiftVocabulary,
        unknownLabels: GiftUnknownLabels = .refuse
    ) throws(GiftError) {
        try self.init(
            .object([JSONMember("scenarios", .array(scenarios.map(\.json)))]), name: name,
            vocabulary: vocabulary, unknownLabels: unknownLabels, isLabelled: true)
    }

    private init(
        _ value: JSONValue, name: String, vocabulary: GiftVocabulary,
        unknownLabels: GiftUnknownLabels, isLabelled: Bool
    ) throws(GiftError) {
        var reader = Reader(
            report: GiftLoadReport(vocabulary), drops: unknownLabels == .drop,
            isLabelled: isLabelled)
        let rows = try GiftFile.rows(of: value, name: name, member: "scenarios")
        for (number, row) in rows.enumerated() { reader.read(row, number: number) }
        reader.finish(vocabulary)
        if !reader.problems.isEmpty {
            throw .unusable(path: name, problems: reader.problems)
        }
        scenarios = reader.scenarios
        report = reader.report
    }
}

extension GiftScenarioFile {
    /// Reads scenario after scenario.
    private struct Reader {
        var report: GiftLoadReport
        let drops: Bool
        let isLabelled: Bool
        var scenarios: [GiftScenario] = []
        var problems: [GiftProblem] = []
        private var seen: [String: Int] = [:]
        private var tally = GiftWordTally()

        init(report: GiftLoadReport, drops: Bool, isLabelled: Bool) {
            self.report = report
            self.drops = drops
            self.isLabelled = isLabelled
        }

        mutating func read(_ value: JSONValue, number: Int) {
            var row = GiftRow(value, number: number)
            let id = row.identifier(seen: &seen)
            let profile = GiftProfile(
                age: row.age("profile.age"), hobbies: row.words("profile.hobbies"),
                relationship: row.word("profile.relationship"),
                budget: row.amount("profile.budget"), occasion: row.word("profile.occasion"),
                preferences: row.words("profile.preferences", mayBeEmpty: true))
            let categories = labels("expected_categories", .category, &row)
            if categories.count > GiftScenarioFile.largestCategoryCount {
                row.add(
                    "expected_categories",
                    .count(
                        categories.count, of: "categories",
                        expected: "at most \(GiftScenarioFile.largestCategoryCount)"))
            }
            let tools = labels("expected_tools", .tool, &row)
            tally.count(profile.hobbies, .hobby)
            tally.count(profile.preferences, .preference)
            tally.count([profile.occasion], .occasion)
            tally.count([profile.relationship], .relationship)
            report.repeatedWords += row.repeats
            problems += row.problems
            if row.problems.isEmpty, isLabelled, categories.isEmpty || tools.isEmpty {
                report.leftOut.append(id)
                return
            }
            scenarios.append(
                GiftScenario(
                    id: id, profile: profile, expectedCategories: categories, expectedTools: tools))
        }

        private mutating func labels(
            _ member: String, _ kind: GiftLoadReport.Kind, _ row: inout GiftRow
        ) -> [String] {
            if !isLabelled, row.value[member] == nil { return [] }
            let known = kind == .category ? GiftVocabulary.categories : GiftVocabulary.tools
            let words = row.words(member, mayBeEmpty: !isLabelled)
            tally.count(words, kind)
            return words.filter { word in
                if known.contains(word) { return true }
                if drops {
                    report.droppedLabels += 1
                } else {
                    row.addUnknown(word, in: member, known: known, advice: GiftFile.labelAdvice)
                }
                return false
            }
        }

        /// Counts what concerns the scenarios together.
        mutating func finish(_ vocabulary: GiftVocabulary) {
            report.words = tally.words(vocabulary)
            report.scenarios = scenarios.count
            let least = isLabelled ? GiftScenarioFile.smallestCount : 1
            if problems.isEmpty, scenarios.count < least {
                let leftOut = report.leftOut.isEmpty ? "" : ", \(report.leftOut.count) left out"
                problems.append(
                    GiftProblem(
                        .count(
                            scenarios.count, of: "scenarios" + leftOut,
                            expected: "at least \(least)")))
            }
            var groups: [[String]] = []
            var places: [GiftProfile: Int] = [:]
            for scenario in scenarios {
                let place = places[scenario.profile, default: groups.count]
                if place == groups.count {
                    places[scenario.profile] = place
                    groups.append([])
                }
                groups[place].append(scenario.id)
            }
            report.equalProfiles = groups.filter { $0.count > 1 }
        }
    }
}
