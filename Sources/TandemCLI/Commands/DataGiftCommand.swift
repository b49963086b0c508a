import TandemBasics
import TandemDatasets
import TandemRecipes

/// `tandem data gift`: makes scenarios by a known rule, and a catalogue.
enum DataGiftCommand: Command {
    /// A number of scenarios that can be made.
    struct ScenarioCount: ArgumentValue, ExpressibleByIntegerLiteral, CustomStringConvertible {
        static var expectation: String {
            let counts = GiftGenerator.counts
            return "a whole number from \(counts.lowerBound) to \(counts.upperBound)"
        }

        let value: Int

        init?(argument: String) {
            guard let value = Int(argument), GiftGenerator.counts ~= value else { return nil }
            self.value = value
        }

        init(integerLiteral value: Int) { self.value = value }

        var description: String { "\(value)" }
    }

    static let scenarios = Option<ScenarioCount>(
        "scenarios", "count", help: "Number of scenarios.", default: 100)
    static let seed = Option<UInt64>(
        "seed", "seed", help: "Seed of all random numbers.", default: 42)
    static let output = Option<String?>(
        "out", "folder",
        help: "Folder for \(GiftGenerator.scenariosName) and \(GiftGenerator.catalogueName).",
        defaultText: "gift in the folder of all data sets")
    static let overwrite = Flag("overwrite", help: "Replace the files if they exist.")

    static let declaration = CommandDeclaration(
        name: "gift",
        summary: "Make scenarios of gift seekers by a known rule, and a catalogue.",
        discussion: """
            Ages, hobbies, preferences, relationships, occasions and budgets are covered
            in equal numbers and plausible combinations. The categories and tools that a
            scenario expects follow from its whole profile by weights that the file states
            as 'rule'. The catalogue is always the same. The same seed gives the same files.
            """,
        parameters: [scenarios, seed, output, overwrite, SharedOptions.json])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let seed = arguments[seed]
        let summary = try GiftGenerator.write(
            to: arguments[output] ?? DataLocation.resolve("gift"),
            scenarios: arguments[scenarios].value, seed: seed, overwrites: arguments[overwrite])
        if arguments[SharedOptions.json] {
            try console.printJSON(GiftDataReport(summary, seed: seed))
        } else {
            print(summary, on: console)
        }
    }

    private static func print(_ summary: GiftGeneratorSummary, on console: Console) {
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
