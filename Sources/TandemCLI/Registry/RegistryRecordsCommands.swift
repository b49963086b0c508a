import TandemBasics
import TandemDatasets
import TandemRegistry
import TandemTraining

/// `tandem registry records`: calls kept for training.
enum RegistryRecordsGroup {
    static let group = CommandGroup(
        name: "records",
        summary: "Keep calls and their outcomes for training.",
        options: [RegistryOptions.database],
        children: [
            .command(RegistryRecordsImportCommand.self),
            .command(RegistryRecordsOutcomeCommand.self),
            .command(RegistryRecordsQualityCommand.self),
        ])
}

/// `tandem registry records import`: keeps the records of a training file.
struct RegistryRecordsImportCommand: Command {
    static let file = Positional<String>(
        "file", help: "Training file: a JSON object with the member training_data.")

    static let declaration = CommandDeclaration(
        name: "import",
        summary: "Keep the records of a training file, all or none.",
        discussion: """
            A record needs formula_calling_score. An error names the record, counted from 0,
            and nothing is kept.
            """,
        parameters: [file, RegistryOptions.database, SharedOptions.json])

    let session: RegistrySession
    let path: String

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        path = try arguments.required(Self.file)
    }

    func run(on console: Console) throws {
        let file = try TrainingRecordFile(path)
        let count = try session.open().addRecords(file.records)
        try session.print(
            "\(path): kept \(NumberText.grouped(count)) records",
            json: .object([JSONMember("imported", .integer(count))]), on: console)
    }
}

/// `tandem registry records outcome`: fills in how a recorded call turned out.
struct RegistryRecordsOutcomeCommand: Command {
    static let declaration = CommandDeclaration(
        name: "outcome",
        summary: "Fill in how the newest record of a user and an opportunity turned out.",
        parameters: [
            RolloutOptions.user, RolloutOptions.opportunity, RolloutOptions.outcomeType,
            RolloutOptions.outcomeScore, RolloutOptions.replace, RegistryOptions.database,
            SharedOptions.json,
        ])

    let session: RegistrySession
    let outcome: OutcomeArguments

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        outcome = try OutcomeArguments(arguments)
    }

    func run(on console: Console) throws {
        let row = try session.open().setRecordOutcome(
            try outcome.outcome(), subject: outcome.user, opportunity: outcome.opportunity,
            replaces: outcome.replaces)
        try session.print(row: row, outcome, on: console)
    }
}

/// `tandem registry records quality`: how well the formula alone foretells outcomes.
struct RegistryRecordsQualityCommand: Command {
    static let declaration = CommandDeclaration(
        name: "quality",
        summary: "Show how well the formula alone foretells the outcomes of the records.",
        discussion: "Also what a model should reach to be worth its while.",
        parameters: [RegistryOptions.database, SharedOptions.json])

    let session: RegistrySession

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
    }

    func run(on console: Console) throws {
        let quality = try session.open().formulaQuality()
        if session.printsJSON { return try console.printJSON(quality.json) }
        console.print(
            "\(NumberText.grouped(quality.records)) records, "
                + "\(NumberText.grouped(quality.outcomes)) with outcome"
                + (quality.isEnough
                    ? ""
                    : "; a comparison asks for \(NumberText.grouped(FormulaQuality.targetRecords))"
                        + ", half of them with outcome"))
        var table = TextTable(["figure", "formula", "target"])
        for figure in quality.figures {
            table.append([
                figure.name.replacing("_", with: " "), NumberText.fixed(figure.value, 4),
                figure.target.map { NumberText.fixed($0, 4) } ?? "",
            ])
        }
        console.print(table)
    }
}
