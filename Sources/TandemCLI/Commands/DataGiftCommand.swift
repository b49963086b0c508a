import TandemBasics
import TandemDatasets
import TandemRecipes

/// `tandem data gift`: makes scenarios by a known rule, and a catalogue.
struct DataGiftCommand: Command {
    /// A number of scenarios that can be made.
    struct ScenarioCount: ArgumentValue {
        static var expectation: String {
            let counts = GiftGenerator.counts
            return "a whole number from \(counts.lowerBound) to \(counts.upperBound)"
        }

        let value: Int

        init?(argument: String) {
            guard let value = Int(argument), GiftGenerator.counts ~= value else { return nil }
            self.value = value
        }
    }

    static let scenarios = Option<ScenarioCount>(
        "scenarios", "count", help: "Number of scenarios.", defaultText: "100")
    static let seed = Option<UInt64>(
        "seed", "seed", help: "Seed of all random numbers.", defaultText: "42")
    static let output = Option<String>(
        "out", "folder",
        help: "Folder for \(GiftGenerator.scenariosName) and \(GiftGenerator.catalogueName).",
        defaultText: "gift in the folder of all data sets")
    static let overwrite = Flag("overwrite", help: "Replace the files if they exist.")

    static let declaration = CommandDeclaration(
        name: "gift",
        summary: "Make scenarios of gift seekers by a known rule, and a catalogue.",
        discussion: """
            Ages, hobbies, preferences, relationships, occasions and budgets are covered in
            equal numbers and plausible combinations. The categories and tools that a scenario
            expects follow from its whole profile by weights that the file states as 'rule'.
            The catalogue is always the same. The same seed gives the same files.
            """,
        parameters: [scenarios, seed, output, overwrite, SharedOptions.json])

    let count: Int
    let seed: UInt64
    let folder: String
    let overwrites: Bool
    let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        count = try arguments.value(of: Self.scenarios)?.value ?? 100
        seed = try arguments.value(of: Self.seed) ?? 42
        folder = try arguments.value(of: Self.output) ?? DataLocation.resolve("gift")
        overwrites = arguments.contains(Self.overwrite)
        printsJSON = arguments.contains(SharedOptions.json)
    }

    func run(on console: Console) throws {
        let summary = try GiftGenerator.write(
            to: folder, scenarios: count, seed: seed, overwrites: overwrites)
        if printsJSON {
            try console.printJSON(GiftDataReport(summary, seed: seed))
        } else {
            print(summary, on: console)
        }
    }

    private func print(_ summary: GiftGeneratorSummary, on console: Console) {
        var table = TextTable(["", ""], alignments: [.left, .right])
        table.append(["Scenarios", NumberText.grouped(summary.scenarios)])
        table.append(["Gifts", NumberText.grouped(summary.gifts)])
        for (name, count) in zip(GiftVocabulary.categories, summary.categoryCounts) {
            table.append(["Expected category \(name)", NumberText.grouped(count)])
        }
        for (name, count) in zip(GiftVocabulary.tools, summary.toolCounts) {
            table.append(["Expected tool \(name)", NumberText.grouped(count)])
        }
        console.print(table.lines.dropFirst(2).joined(separator: "\n"))
        console.print("Wrote \(summary.paths.joined(separator: " and ")).")
    }
}

/// The result of `tandem data gift --json`.
private struct GiftDataReport: Encodable {
    let files: [String]
    let seed: UInt64
    let scenarios: Int
    let gifts: Int
    let expectedCategories: [String: Int]
    let expectedTools: [String: Int]

    init(_ summary: GiftGeneratorSummary, seed: UInt64) {
        func counts(_ names: [String], _ counts: [Int]) -> [String: Int] {
            Dictionary(zip(names, counts)) { first, _ in first }
        }
        files = summary.paths
        self.seed = seed
        scenarios = summary.scenarios
        gifts = summary.gifts
        expectedCategories = counts(GiftVocabulary.categories, summary.categoryCounts)
        expectedTools = counts(GiftVocabulary.tools, summary.toolCounts)
    }
}
