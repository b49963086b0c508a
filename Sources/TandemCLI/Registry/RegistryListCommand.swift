import TandemBasics
import TandemDatasets
import TandemRegistry
import TandemTraining

/// `tandem registry list`: shows all versions.
struct RegistryListCommand: Command {
    static let declaration = CommandDeclaration(
        name: "list",
        summary: "List the versions with their status.",
        parameters: [RegistryOptions.typeFilter, RegistryOptions.database, SharedOptions.json])

    let session: RegistrySession
    let type: ModelType?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        type = try arguments.value(of: RegistryOptions.typeFilter)
    }

    func run(on console: Console) throws {
        let versions = try session.open().versions(of: type)
        if session.printsJSON {
            let list = JSONValue.array(versions.map(\.json))
            return try console.printJSON(.object([JSONMember("versions", list)]))
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
                Self.loss(version.trainingMetrics["val_loss"]),
                Self.loss(version.trainingMetrics["test_loss"]), version.description,
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
struct RegistryShowCommand: Command {
    static let declaration = CommandDeclaration(
        name: "show",
        summary: "Show everything that is known about one version.",
        parameters: [
            RegistryOptions.version, RegistryOptions.type, RegistryOptions.database,
            SharedOptions.json,
        ])

    let session: RegistrySession
    let version: String
    let type: ModelType

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        version = try arguments.required(RegistryOptions.version)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
    }

    func run(on console: Console) throws {
        let record = try session.open().version(version, of: type)
        if session.printsJSON { return try console.printJSON(record.json) }
        guard case .object(let members) = record.json else { return }
        let width = members.map(\.name.count).max() ?? 0
        for member in members {
            let padding = String(repeating: " ", count: width - member.name.count)
            console.print("\(member.name)\(padding)  \(try Self.text(member.value))")
        }
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
struct RegistryHistoryCommand: Command {
    static let declaration = CommandDeclaration(
        name: "history",
        summary: "List what was done to the versions, oldest first.",
        parameters: [RegistryOptions.typeFilter, RegistryOptions.database, SharedOptions.json])

    let session: RegistrySession
    let type: ModelType?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        type = try arguments.value(of: RegistryOptions.typeFilter)
    }

    func run(on console: Console) throws {
        let history = try session.open().history(of: type)
        if session.printsJSON {
            let list = JSONValue.array(history.map(\.json))
            return try console.printJSON(.object([JSONMember("history", list)]))
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
