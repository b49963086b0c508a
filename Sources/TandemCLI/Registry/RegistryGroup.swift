import TandemBasics
import TandemRegistry

/// `tandem registry`: versions of models, and which of them serves.
enum RegistryGroup {
    static let group = CommandGroup(
        name: "registry",
        summary: "Keep versions of models, switch between them and roll back.",
        discussion: """
            A registry is one SQLite file. Every version is registered in staging, becomes
            active by a switch, deprecated by the next one, and archived by hand. Every
            change is one transaction and leaves a line in the history. Several processes
            may use one registry at the same time.
            """,
        options: [RegistryOptions.database],
        children: [
            .command(RegistryInitCommand.self),
            .command(RegistryRegisterCommand.self),
            .command(RegistryListCommand.self),
            .command(RegistryShowCommand.self),
            .command(RegistryHistoryCommand.self),
            .command(RegistryVerifyCommand.self),
            .command(RegistryWeightCommand.self),
            .command(RegistrySwitchCommand.self),
            .command(RegistryRollbackCommand.self),
            .command(RegistryDeprecateCommand.self),
            .command(RegistryArchiveCommand.self),
            .group(RegistryTestGroup.group),
            group(
                "watch", "Watch the users' satisfaction after a switch.",
                [.command(RegistryWatchEvaluateCommand.self)]),
            group(
                "satisfaction", "Log how satisfied users are.",
                [.command(RegistrySatisfactionCommand.self)]),
            group(
                "records", "Keep calls and their outcomes for training.",
                [
                    .command(RegistryRecordsImportCommand.self),
                    .command(RegistryRecordsOutcomeCommand.self),
                    .command(RegistryRecordsQualityCommand.self),
                ]),
            group(
                "retrain", "Train a model again when enough has come in.",
                [.command(RegistryRetrainCheckCommand.self)]),
            .command(RegistryExportCommand.self),
            .command(RegistryImportCommand.self),
        ])

    private static func group(
        _ name: String, _ summary: String, _ children: [CommandNode]
    ) -> CommandNode {
        .group(
            CommandGroup(
                name: name, summary: summary, options: [RegistryOptions.database],
                children: children))
    }
}

/// Options with the same name and meaning in several commands of the registry.
enum RegistryOptions {
    static let database = Option<String>(
        "db", "file", help: "File of the registry.", default: "Registry/registry.sqlite")
    static let type = Option<ModelType>(
        "type", "type",
        help: "Type of the model: calling_score (39 features), outcome (45 features), or any "
            + "other word.",
        default: .callingScore)
    static let typeFilter = Option<ModelType?>(
        "type", "type", help: "Type of the models.", defaultText: "all types")
    static let dataSource = Option<DataSource?>(
        "data-source", "source",
        help: "Where the training data comes from: \(DataSource.expectation).",
        defaultText: "told by a name such as v1.1-hybrid")
    static let version = Positional<String>("version", help: "Name of the version.")
    static let at = Option<Moment?>(
        "at", "time", help: "When, such as 2026-01-31T23:59:59Z.", defaultText: "now")
}

extension CommandDeclaration {
    /// A command of the registry: besides its own parameters it has the type of the models, the file and the form of the answer.
    static func registry(
        _ name: String, _ summary: String, discussion: String = "",
        _ parameters: [any Parameter] = [], type: (any Parameter)? = RegistryOptions.type
    ) -> CommandDeclaration {
        CommandDeclaration(
            name: name, summary: summary, discussion: discussion,
            parameters: parameters + [type].compactMap { $0 }
                + [RegistryOptions.database, SharedOptions.json])
    }
}

extension ParsedArguments {
    var modelType: ModelType { self[RegistryOptions.type] }

    /// Opens the registry; throws if there is none yet.
    func openRegistry() throws -> ModelRegistry {
        ModelRegistry(try Database(opening: self[RegistryOptions.database]))
    }

    /// Opens the registry and sets it up first if need be.
    func openOrCreateRegistry() throws -> ModelRegistry {
        ModelRegistry(try Database(creating: self[RegistryOptions.database]))
    }

    /// Prints the result as one JSON object, or as the line for people.
    func print(_ line: @autoclosure () -> String, json: JSONValue, on console: Console) throws {
        if self[SharedOptions.json] {
            try console.printJSON(json)
        } else {
            console.print(line())
        }
    }
}

extension DataSource: ArgumentValue {}
extension TestGroup: ArgumentValue {}
extension OutcomeType: ArgumentValue {}

extension ModelType: ArgumentValue {
    static var expectation: String {
        "lower-case letters, digits and underscores, such as calling_score"
    }

    init?(argument: String) {
        guard let type = try? ModelType(argument) else { return nil }
        self = type
    }
}

extension Moment: ArgumentValue {
    static var expectation: String { "a time such as 2026-01-31 or 2026-01-31T23:59:59Z" }
}
