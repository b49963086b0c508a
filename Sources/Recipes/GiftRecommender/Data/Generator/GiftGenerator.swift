import TandemBasics

/// Makes scenarios by a known rule, and a catalogue, for people who have none and for tests.
///
/// Profiles cover 5 age groups, 7 groups of hobbies, 7 types of preferences, 11 relationships, 10 occasions and 4 budget tiers
/// in equal numbers, in combinations that are plausible: nobody graduates at sixty, no colleague has an anniversary of marriage.
/// No profile occurs twice.
///
/// What a scenario expects follows from its whole profile: every hobby, preference, occasion, relationship, age group and
/// budget tier adds its weights to categories and tools. Expected are the best category, and a second and third whose sums are at
/// least 5 and half of the best one's; the two best tools, and a third whose sum is at least 5. The weights are in the
/// file's metadata as `rule`; nothing but the generator can look them up.
///
/// The catalogue has 45 gifts and is always the same. The same seed gives the same bytes.
public enum GiftGenerator {
    /// The numbers of scenarios that can be made.
    public static let counts = 5...10_000
    /// The name of the file of scenarios.
    public static let scenariosName = "scenarios.json"
    /// The name of the file of gifts.
    public static let catalogueName = "catalogue.json"

    /// Writes ``scenariosName`` and ``catalogueName`` to a folder.
    ///
    /// - Parameters:
    ///   - folder: the folder; made where it is missing.
    ///   - count: the number of scenarios, in ``counts``.
    ///   - seed: the seed of the scenarios.
    ///   - overwrites: whether files that are there are replaced.
    /// - Returns: what was made.
    /// - Throws: when the number is outside ``counts``, a file is there and must not be replaced, or cannot be written.
    @discardableResult
    public static func write(
        to folder: String, scenarios count: Int = 100, seed: UInt64 = 42, overwrites: Bool = false
    ) throws(GiftError) -> GiftGeneratorSummary {
        let rows = try labelledProfiles(count, seed: seed)
        let summary = GiftGeneratorSummary(
            scenarios: rows.map(\.scenario), gifts: gifts,
            paths: [scenariosName, catalogueName].map { "\(folder)/\($0)" })
        let texts = [
            text("scenarios", rows.map(\.json), metadata: scenarioMetadata(rows.count, seed)),
            text("gifts", gifts.map(\.json), metadata: catalogueMetadata),
        ]
        for path in summary.paths where !overwrites {
            if try withFiles({ () throws(FileError) in try Folder.fileExists(path) }) {
                throw .exists(path: path)
            }
        }
        try withFiles { () throws(FileError) in
            try Folder.create(folder)
            for (path, text) in zip(summary.paths, texts) { try AtomicFile.write(text, to: path) }
        }
        return summary
    }

    private static func withFiles<Result>(
        _ body: () throws(FileError) -> Result
    ) throws(GiftError) -> Result {
        do throws(FileError) { return try body() } catch { throw .file(error) }
    }

    /// One row per line, so that people can read and compare the file.
    private static func text(
        _ member: String, _ rows: [JSONValue], metadata: JSONValue
    ) -> String {
        // Only NaN and infinities have no text, and nothing here computes with fractions.
        let lines = rows.map { (try? $0.text()) ?? "" }
        let about = (try? metadata.text(isIndented: true)) ?? ""
        return "{\"\(member)\":[\n\(lines.joined(separator: ",\n"))\n],\n\"metadata\":\(about)}\n"
    }

    private static func scenarioMetadata(_ count: Int, _ seed: UInt64) -> JSONValue {
        .object([
            JSONMember("source", .string("synthetic")),
            JSONMember("made_by", .string("tandem data gift")),
            JSONMember("total_scenarios", .integer(count)),
            JSONMember("seed", seed <= Int.max ? .integer(Int(seed)) : .unsigned(seed)),
            JSONMember("rule", .array(rule.map { .string($0) })),
        ])
    }

    private static var catalogueMetadata: JSONValue {
        .object([
            JSONMember("source", .string("written for this catalogue")),
            JSONMember("made_by", .string("tandem data gift")),
            JSONMember("total_gifts", .integer(gifts.count)),
        ])
    }
}

extension GiftData {
    /// What `GiftGenerator` makes, as if it had been written to files and read.
    ///
    /// - Parameters:
    ///   - count: the number of scenarios, in `GiftGenerator.counts`.
    ///   - seed: the seed of the scenarios.
    ///   - splitSeed: the seed of the division, 80 to 20.
    ///   - vocabulary: the words that the model knows.
    /// - Returns: the data.
    /// - Throws: when so many scenarios cannot be made.
    public static func generated(
        count: Int = 100, seed: UInt64 = 42, splitSeed: UInt64, vocabulary: GiftVocabulary
    ) throws(GiftError) -> GiftData {
        let scenarios = try GiftGenerator.labelledProfiles(count, seed: seed).map(\.scenario)
        return try GiftData(
            scenarios: GiftScenarioFile(scenarios, vocabulary: vocabulary),
            catalogue: GiftCatalogue(GiftGenerator.gifts, vocabulary: vocabulary),
            division: GiftSplit(scenarios, seed: splitSeed), vocabulary: vocabulary,
            scenariosPath: "generated scenarios, seed \(seed)",
            cataloguePath: "generated catalogue")
    }
}

/// What the generator has made.
public struct GiftGeneratorSummary: Sendable, Equatable {
    /// The number of scenarios.
    public let scenarios: Int
    /// The number of gifts.
    public let gifts: Int
    /// How many scenarios expect each category, in the order of `GiftVocabulary.categories`.
    public let categoryCounts: [Int]
    /// How many scenarios expect each tool, in the order of `GiftVocabulary.tools`.
    public let toolCounts: [Int]
    /// The files of scenarios and of gifts.
    public let paths: [String]

    init(scenarios: [GiftScenario], gifts: [Gift], paths: [String]) {
        self.scenarios = scenarios.count
        self.gifts = gifts.count
        self.paths = paths
        categoryCounts = GiftVocabulary.categories.map { category in
            scenarios.count { $0.expectedCategories.contains(category) }
        }
        toolCounts = GiftVocabulary.tools.map { tool in
            scenarios.count { $0.expectedTools.contains(tool) }
        }
    }
}
