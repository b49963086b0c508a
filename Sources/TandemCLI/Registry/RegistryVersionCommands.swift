import TandemBasics
import TandemRegistry

/// `tandem registry init`: sets up the file of a registry.
enum RegistryInitCommand: Command {
    static let published = Flag(
        "with-published",
        help: "Add the published versions v1.0-hybrid and v1.1-hybrid: their figures, without "
            + "models.")

    static let declaration = CommandDeclaration.registry(
        "init", "Create a registry.",
        discussion: "A registry that is there already is left as it is.", [published], type: nil)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let path = arguments[RegistryOptions.database]
        let registry = try arguments.openOrCreateRegistry()
        let added = arguments[published] ? try registry.addPublishedVersions() : 0
        let count = try registry.versions().count
        try arguments.print(
            "\(path): \(count) versions, \(added) of them added now",
            json: ["path": .string(path), "versions": .integer(count), "added": .integer(added)],
            on: console)
    }
}

/// `tandem registry list`: shows all versions.
enum RegistryListCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "list", "List the versions with their status.", type: RegistryOptions.typeFilter)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let versions = try arguments.openRegistry().versions(
            of: arguments[RegistryOptions.typeFilter])
        if arguments[SharedOptions.json] {
            return try console.printJSON(["versions": .array(versions.map(\.json))])
        }
        var table = TextTable(
            [
                "type", "version", "status", "weight", "test", "val loss", "test loss",
                "description",
            ],
            alignments: [.left, .left, .left, .right, .right, .right, .right, .left])
        for version in versions {
            table.append([
                version.type.name, version.version, version.status.rawValue,
                "\(version.effectiveWeight)", version.testFraction.map(NumberText.percent) ?? "",
                loss(version.trainingMetrics["val_loss"]),
                loss(version.trainingMetrics["test_loss"]), version.description,
            ])
        }
        console.print(table)
    }

    private static func loss(_ value: JSONValue?) -> String {
        switch value {
        case .number(let number): NumberText.fixed(number, 6)
        case .integer(let number): "\(number)"
        default: ""
        }
    }
}

/// `tandem registry show`: everything that is known about one version.
enum RegistryShowCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "show", "Show everything that is known about one version.", [RegistryOptions.version])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let json = try arguments.openRegistry().version(
            arguments[RegistryOptions.version], of: arguments.modelType
        ).json
        if arguments[SharedOptions.json] { return try console.printJSON(json) }
        console.print(
            facts: try (json.orderedMembers ?? []).map { ($0.name, try text($0.value)) })
    }

    private static func text(_ value: JSONValue) throws -> String {
        switch value {
        case .null, .string(""): "-"
        case .string(let text): text
        default: try value.text()
        }
    }
}

/// `tandem registry history`: what was done, in order.
enum RegistryHistoryCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "history", "List what was done to the versions, oldest first.",
        type: RegistryOptions.typeFilter)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let history = try arguments.openRegistry().history(
            of: arguments[RegistryOptions.typeFilter])
        if arguments[SharedOptions.json] {
            return try console.printJSON(["history": .array(history.map(\.json))])
        }
        var table = TextTable(
            ["id", "at", "type", "action", "from", "to", "detail"],
            alignments: [.right, .left, .left, .left, .left, .left, .left])
        for line in history {
            table.append([
                "\(line.identifier)", line.at.description, line.type.name, line.action.rawValue,
                line.fromVersion ?? "", line.toVersion ?? "",
                line.detail == .object([]) ? "" : try line.detail.text(),
            ])
        }
        console.print(table)
    }
}

/// `tandem registry verify`: checks the database and the files of the models.
enum RegistryVerifyCommand: Command {
    static let version = Positional<String?>(
        "version", help: "Name of one version; all of them if it is left out.")

    static let declaration = CommandDeclaration.registry(
        "verify", "Check the database and compare every model with its registered hash.",
        discussion: """
            Ends with status 1 if the database is damaged, or if the model of a version that
            is not archived is missing, changed or was never registered.
            """,
        [version], type: RegistryOptions.typeFilter)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let registry = try arguments.openRegistry()
        try registry.database.checkIntegrity()
        let results = try registry.verify(
            arguments[version], of: arguments[RegistryOptions.typeFilter])
        let findings = results.map { result in
            "\(result.record.type) \(result.record.version): "
                + (result.problem?.description ?? "intact")
        }
        try arguments.print(
            (["\(arguments[RegistryOptions.database]): the database is intact"] + findings)
                .joined(separator: "\n"),
            json: ["database": "ok", "versions": .array(results.map(\.json))], on: console)
        let failed = results.filter { $0.problem != nil && $0.record.status != .archived }
        if !failed.isEmpty {
            throw VerificationFailure(
                versions: failed.map { "\($0.record.type) \($0.record.version)" })
        }
    }
}

/// Thrown when the models of some versions are not the registered ones.
struct VerificationFailure: Error, CustomStringConvertible {
    let versions: [String]

    var description: String {
        "\(versions.count) versions cannot serve: \(versions.joined(separator: ", "))"
    }
}

/// `tandem registry weight`: sets the share of the neural score.
enum RegistryWeightCommand: Command {
    static let weight = Positional<Double>(
        "weight", help: "Share of the neural score, limited to 0...1.")

    static let declaration = CommandDeclaration.registry(
        "weight", "Set the weight of a version.",
        discussion: "The old weight is kept in the history.", [RegistryOptions.version, weight])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let (version, wanted) = (arguments[RegistryOptions.version], arguments[weight])
        let change = try arguments.openRegistry().setWeight(
            wanted, of: version, type: arguments.modelType)
        if change.new != wanted { console.note("The weight \(wanted) was limited to 0...1.") }
        try arguments.print(
            "\(version): weight \(change.old) -> \(change.new)",
            json: [
                "version": .string(version), "old_weight": .number(change.old),
                "new_weight": .number(change.new),
            ], on: console)
    }
}

/// `tandem registry switch`: lets a version serve.
enum RegistrySwitchCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "switch", "Let a version serve in place of the active one.",
        discussion: """
            The version must be in staging or deprecated, and its model the registered one.
            The version that was active becomes deprecated; a running test of the new one
            ends; a watch over the users' satisfaction begins.
            """,
        [RegistryOptions.version])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let type = arguments.modelType
        let result = try arguments.openRegistry().switchVersion(
            to: arguments[RegistryOptions.version], of: type)
        try arguments.print(
            result.isChange
                ? "\(type): \(result.from ?? "none") -> \(result.to)"
                : "\(type): \(result.to) is active already; nothing was changed",
            json: [
                "from": JSONValue(result.from), "to": .string(result.to),
                "is_change": .bool(result.isChange),
            ], on: console)
    }
}

/// `tandem registry rollback`: lets the version that was active before serve again.
enum RegistryRollbackCommand: Command {
    static let reason = Option<String>(
        "reason", "text", help: "Why; kept in the history.", default: "manual")

    static let declaration = CommandDeclaration.registry(
        "rollback", "Let the version that was active before serve again.",
        discussion: """
            Walks back through the history: a second rollback goes further back. Archived
            versions are passed over. Ends with status 1 when there is nothing to go back
            to.
            """,
        [reason])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let type = arguments.modelType
        let result = try arguments.openRegistry().rollBack(type, reason: arguments[reason])
        try arguments.print(
            "\(type): rolled back from \(result.from) to \(result.to)",
            json: ["from": .string(result.from), "to": .string(result.to)], on: console)
    }
}

/// `tandem registry deprecate`: gives up a version in staging.
enum RegistryDeprecateCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "deprecate", "Give up a version in staging; it can still be switched to.",
        [RegistryOptions.version])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        try arguments.retire(on: console) { try $0.deprecate($1, of: $2) }
    }
}

/// `tandem registry archive`: retires a version for good.
enum RegistryArchiveCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "archive", "Retire a version for good; never the active one.",
        discussion: "An archived version is never switched to, tested or rolled back to again.",
        [RegistryOptions.version])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        try arguments.retire(on: console) { try $0.archive($1, of: $2) }
    }
}

extension ParsedArguments {
    /// Retires the version that was named, and prints its status.
    fileprivate func retire(
        on console: Console, _ action: (ModelRegistry, String, ModelType) throws -> Void
    ) throws {
        let registry = try openRegistry()
        let version = self[RegistryOptions.version]
        try action(registry, version, modelType)
        let record = try registry.version(version, of: modelType)
        try print(
            "\(modelType): \(version) is \(record.status.rawValue)", json: record.json, on: console)
    }
}

/// `tandem registry export`: writes all tables to a JSON file.
enum RegistryExportCommand: Command {
    static let file = Positional<String>("file", help: "JSON file to write; replaced if there.")

    static let declaration = CommandDeclaration.registry(
        "export", "Write all tables to a JSON file.", [file], type: nil)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let count = try arguments.openRegistry().export(to: arguments[file])
        try arguments.print(
            "\(arguments[file]): \(count) rows", json: ["rows": .integer(count)], on: console)
    }
}

/// `tandem registry import`: fills a registry from a JSON file.
enum RegistryImportCommand: Command {
    static let file = Positional<String>(
        "file", help: "JSON file that 'tandem registry export' has written.")
    static let replace = Flag(
        "replace", help: "Give up what is in the registry, the history too.")

    static let declaration = CommandDeclaration.registry(
        "import", "Fill an empty or new registry from an export.",
        discussion: """
            Everything is taken over, or nothing. Models stay where they are: 'verify' tells
            which of them are not at their registered place.
            """,
        [file, replace], type: nil)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        // The file is read first, so that a wrong one leaves no new registry behind.
        let export = try RegistryExport(arguments[file])
        let count = try arguments.openOrCreateRegistry().importTables(
            export, replaces: arguments[replace])
        try arguments.print(
            "\(arguments[RegistryOptions.database]): \(count) rows",
            json: ["rows": .integer(count)], on: console)
    }
}
