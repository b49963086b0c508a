import TandemBasics
import TandemRegistry

/// `tandem registry ab log`: logs one score, or a file of them.
enum RegistryLogCommand: Command {
    static let file = Option<String?>(
        "file", "file.jsonl", help: "Log every line of a file, all or none.")
    static let user = Option<String?>("user", "id", help: OutcomeOptions.user.help)
    static let opportunity = Option<String?>(
        "opportunity", "id", help: OutcomeOptions.opportunity.help)
    static let score = Option<Double?>("score", "score", help: "The score, from 0 to 1.")
    static let isCalled = Option<Answer?>(
        "called", "answer", help: "Whether the user was called: yes or no.",
        defaultText: "yes from \(HybridScore.callThreshold) on")
    static let testGroup = Option<TestGroup?>(
        "group", "group", help: "What the user was shown: \(TestGroup.expectation).",
        defaultText: "the user's group at the moment")
    static let version = Option<String?>(
        "version", "version", help: "The version that gave the score.",
        defaultText: "the one that serves the group")
    static let outcomeType = Option<OutcomeType?>(
        "outcome-type", "type", help: OutcomeOptions.type.help)
    static let outcomeScore = Option<Double?>(
        "outcome-score", "score", help: OutcomeOptions.score.help)

    /// Those that describe one score.
    private static let single: [any Parameter] = [
        user, opportunity, score, isCalled, testGroup, version, outcomeType, outcomeScore,
        RegistryOptions.at,
    ]

    static let declaration = CommandDeclaration.registry(
        "log", "Log the score that a user was given, or a file of scores.",
        discussion: """
            A file has one JSON object per line, with subject_id, opportunity_id and
            calling_score and, where known, is_called, test_group, version, outcome_type,
            outcome_score and at. An error names the line, and nothing is kept.
            """,
        single + [file])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        guard let path = arguments[file] else { return try logOne(arguments, on: console) }
        if let extra = single.first(where: { arguments.values[$0.description.name] != nil }) {
            throw UsageError.contradiction(
                "--file says all about its entries; leave out --\(extra.description.name).")
        }
        let file = try OutcomeFile(path)
        let count = try arguments.openRegistry().log(file, of: arguments.modelType)
        try arguments.print(
            "\(path): logged \(NumberText.grouped(count)) scores",
            json: ["logged": .integer(count)], on: console)
    }

    private static func logOne(_ arguments: ParsedArguments, on console: Console) throws {
        var entry = OutcomeEntry(
            subject: try arguments.required(user, arguments[user]),
            opportunity: try arguments.required(opportunity, arguments[opportunity]),
            callingScore: try arguments.required(score, arguments[score]))
        entry.isCalled = arguments[isCalled].map { $0 == .yes }
        entry.group = arguments[testGroup]
        entry.version = arguments[version]
        entry.at = arguments[RegistryOptions.at]
        entry.outcome = try CallOutcome(arguments[outcomeType], score: arguments[outcomeScore])
        let logged = try arguments.openRegistry().log(entry, of: arguments.modelType)
        try arguments.print(
            "\(logged.version ?? "formula") \(logged.group.rawValue)", json: logged.json,
            on: console)
    }
}

/// Whether something is so, as a value of its own.
enum Answer: String, CaseIterable, ArgumentValue {
    case yes
    case no

    static var expectation: String { "yes or no" }
}

/// An outcome for something that was kept before, as the command line says it.
enum OutcomeOptions {
    static let user = Option<String>("user", "id", help: "Anonymised identifier of the user.")
    static let opportunity = Option<String>(
        "opportunity", "id", help: "What the user was, or was not, called to.")
    static let type = Option<OutcomeType>(
        "type", "type", help: "How it turned out: \(OutcomeType.expectation).")
    static let score = Option<Double>("score", "score", help: "How well, from 0 to 1.")
    static let replace = Flag("replace", help: "Overwrite an outcome that is known already.")
    static let modelType = Option<ModelType>(
        "model-type", "type", help: RegistryOptions.type.help, default: .callingScore)

    static let parameters: [any Parameter] = [user, opportunity, type, score, replace]
}

extension ParsedArguments {
    /// The outcome that ``OutcomeOptions`` describe.
    fileprivate func outcome() throws -> CallOutcome {
        try CallOutcome(self[OutcomeOptions.type], score: self[OutcomeOptions.score])
    }

    /// Prints which row an outcome was filled into.
    fileprivate func print(row: Int, on console: Console) throws {
        let (type, score) = (self[OutcomeOptions.type].rawValue, self[OutcomeOptions.score])
        try print(
            "row \(row): \(type) (\(score))",
            json: [
                "id": .integer(row), "outcome_type": .string(type), "outcome_score": .number(score),
            ], on: console)
    }
}

/// `tandem registry ab outcome`: fills in how a logged score turned out.
enum RegistryOutcomeCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "outcome", "Fill in how the newest score of a user and an opportunity turned out.",
        OutcomeOptions.parameters, type: OutcomeOptions.modelType)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let row = try arguments.openRegistry().setOutcome(
            try arguments.outcome(), subject: arguments[OutcomeOptions.user],
            opportunity: arguments[OutcomeOptions.opportunity],
            of: arguments[OutcomeOptions.modelType], replaces: arguments[OutcomeOptions.replace])
        try arguments.print(row: row, on: console)
    }
}

/// `tandem registry records outcome`: fills in how a recorded call turned out.
enum RegistryRecordsOutcomeCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "outcome", "Fill in how the newest record of a user and an opportunity turned out.",
        OutcomeOptions.parameters, type: nil)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let row = try arguments.openRegistry().setRecordOutcome(
            try arguments.outcome(), subject: arguments[OutcomeOptions.user],
            opportunity: arguments[OutcomeOptions.opportunity],
            replaces: arguments[OutcomeOptions.replace])
        try arguments.print(row: row, on: console)
    }
}

/// `tandem registry records import`: keeps the records of a training file.
enum RegistryRecordsImportCommand: Command {
    static let file = Positional<String>(
        "file", help: "Training file: a JSON object with the member training_data.")

    static let declaration = CommandDeclaration.registry(
        "import", "Keep the records of a training file, all or none.",
        discussion: """
            A record needs formula_calling_score. An error names the record, counted from 0,
            and nothing is kept.
            """,
        [file], type: nil)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let path = arguments[file]
        let file = try TrainingRecordFile(path)
        let count = try arguments.openRegistry().addRecords(file.records)
        try arguments.print(
            "\(path): kept \(NumberText.grouped(count)) records",
            json: ["imported": .integer(count)], on: console)
    }
}

/// `tandem registry records quality`: how well the formula alone foretells outcomes.
enum RegistryRecordsQualityCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "quality", "Show how well the formula alone foretells the outcomes of the records.",
        discussion: "Also what a model should reach to be worth its while.", type: nil)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let quality = try arguments.openRegistry().formulaQuality()
        if arguments[SharedOptions.json] { return try console.printJSON(quality.json) }
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

/// `tandem registry satisfaction log`: logs how satisfied a user is.
enum RegistrySatisfactionCommand: Command {
    static let score = Positional<Double>("score", help: "How satisfied, from 0 to 1.")

    static let declaration = CommandDeclaration.registry(
        "log", "Log how satisfied a user is.", [score, RegistryOptions.at], type: nil)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let score = arguments[score]
        let row = try arguments.openRegistry().logSatisfaction(
            score, at: arguments[RegistryOptions.at])
        try arguments.print(
            "satisfaction \(score)", json: ["id": .integer(row), "score": .number(score)],
            on: console)
    }
}
