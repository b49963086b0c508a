import TandemBasics
import TandemDatasets
import TandemRegistry
import TandemTraining

/// `tandem registry ab log`: logs one score, or a file of them.
struct RegistryLogCommand: Command {
    static let file = Option<String>(
        "file", "file.jsonl", help: "Log every line of a file, all or none.")
    static let user = Option<String>(
        "user", "id", help: RolloutOptions.user.help)
    static let opportunity = Option<String>(
        "opportunity", "id", help: RolloutOptions.opportunity.help)
    static let score = Option<Double>("score", "score", help: "The score, from 0 to 1.")
    static let isCalled = Option<Answer>(
        "called", "answer", help: "Whether the user was called: yes or no.",
        defaultText: "yes from \(HybridScore.callThreshold) on")
    static let testGroup = Option<TestGroup>(
        "group", "group", help: "What the user was shown: \(TestGroup.expectation).",
        defaultText: "the user's group at the moment")
    static let version = Option<String>(
        "version", "version", help: "The version that gave the score.",
        defaultText: "the one that serves the group")
    static let outcomeType = Option<OutcomeType>(
        "outcome-type", "type", help: "How it turned out: \(OutcomeType.expectation).")
    static let outcomeScore = Option<Double>(
        "outcome-score", "score", help: "How well, from 0 to 1.")

    static let declaration = CommandDeclaration(
        name: "log",
        summary: "Log the score that a user was given, or a file of scores.",
        discussion: """
            A file has one JSON object per line, with subject_id, opportunity_id and
            calling_score and, where known, is_called, test_group, version, outcome_type,
            outcome_score and at. An error names the line, and nothing is kept.
            """,
        parameters: [
            user, opportunity, score, isCalled, testGroup, version, outcomeType, outcomeScore,
            RolloutOptions.at, file, RegistryOptions.type, RegistryOptions.database,
            SharedOptions.json,
        ])

    /// What is logged.
    enum Source {
        case file(String)
        case entry(OutcomeEntry, OutcomeType?, score: Double?)
    }

    let session: RegistrySession
    let type: ModelType
    let source: Source

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
        source = try Self.source(arguments)
    }

    private static func source(_ arguments: ParsedArguments) throws(UsageError) -> Source {
        let single: [any Parameter] = [
            user, opportunity, score, isCalled, testGroup, version, outcomeType, outcomeScore,
            RolloutOptions.at,
        ]
        if let path = try arguments.value(of: file) {
            if let extra = single.first(where: { arguments.values[$0.description.name] != nil }) {
                throw .contradiction(
                    "--file says all about its entries; leave out --\(extra.description.name).")
            }
            return .file(path)
        }
        var entry = OutcomeEntry(
            subject: try arguments.required(user),
            opportunity: try arguments.required(opportunity),
            callingScore: try arguments.required(score))
        entry.isCalled = try arguments.value(of: isCalled)?.isYes
        entry.group = try arguments.value(of: testGroup)
        entry.version = try arguments.value(of: version)
        entry.at = try arguments.value(of: RolloutOptions.at)
        return .entry(
            entry, try arguments.value(of: outcomeType),
            score: try arguments.value(of: outcomeScore))
    }

    func run(on console: Console) throws {
        switch source {
        case .file(let path):
            let file = try OutcomeFile(path)
            let count = try session.open().log(file, of: type)
            try session.print(
                "\(path): logged \(NumberText.grouped(count)) scores",
                json: .object([JSONMember("logged", .integer(count))]), on: console)
        case .entry(var entry, let outcomeType, let score):
            entry.outcome = try CallOutcome(outcomeType, score: score)
            let logged = try session.open().log(entry, of: type)
            try session.print(
                "\(logged.version ?? "formula") \(logged.group.rawValue)", json: logged.json,
                on: console)
        }
    }
}

/// `tandem registry ab outcome`: fills in how a logged score turned out.
struct RegistryOutcomeCommand: Command {
    static let declaration = CommandDeclaration(
        name: "outcome",
        summary: "Fill in how the newest score of a user and an opportunity turned out.",
        parameters: [
            RolloutOptions.user, RolloutOptions.opportunity, RolloutOptions.outcomeType,
            RolloutOptions.outcomeScore, RolloutOptions.replace, RolloutOptions.modelType,
            RegistryOptions.database, SharedOptions.json,
        ])

    let session: RegistrySession
    let outcome: OutcomeArguments
    let type: ModelType

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        outcome = try OutcomeArguments(arguments)
        type = try arguments.value(of: RolloutOptions.modelType) ?? .callingScore
    }

    func run(on console: Console) throws {
        let row = try session.open().setOutcome(
            try outcome.outcome(), subject: outcome.user, opportunity: outcome.opportunity,
            of: type, replaces: outcome.replaces)
        try session.print(row: row, outcome, on: console)
    }
}

/// An outcome for something that was kept before, as the command line says it.
struct OutcomeArguments {
    let user: String
    let opportunity: String
    let type: OutcomeType
    let score: Double
    let replaces: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        user = try arguments.required(RolloutOptions.user)
        opportunity = try arguments.required(RolloutOptions.opportunity)
        type = try arguments.required(RolloutOptions.outcomeType)
        score = try arguments.required(RolloutOptions.outcomeScore)
        replaces = arguments.contains(RolloutOptions.replace)
    }

    func outcome() throws -> CallOutcome { try CallOutcome(type, score: score) }
}

extension RegistrySession {
    /// Prints which row an outcome was filled into.
    func print(row: Int, _ outcome: OutcomeArguments, on console: Console) throws {
        try print(
            "row \(row): \(outcome.type.rawValue) (\(outcome.score))",
            json: .object([
                JSONMember("id", .integer(row)),
                JSONMember("outcome_type", .string(outcome.type.rawValue)),
                JSONMember("outcome_score", .number(outcome.score)),
            ]), on: console)
    }
}
