import TandemBasics
import TandemDatasets
import TandemRegistry

/// `tandem registry switch`: lets a version serve.
struct RegistrySwitchCommand: Command {
    static let declaration = CommandDeclaration(
        name: "switch",
        summary: "Let a version serve in place of the active one.",
        discussion: """
            The version must be in staging or deprecated, and its model the registered one.
            The version that was active becomes deprecated; a running test of the new one
            ends; a watch over the users' satisfaction begins.
            """,
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
        let result = try session.open().switchVersion(to: version, of: type)
        let line =
            result.isChange
            ? "\(type): \(result.from ?? "none") -> \(result.to)"
            : "\(type): \(result.to) is active already; nothing was changed"
        try session.print(
            line,
            json: .object([
                JSONMember("from", result.from.map { .string($0) } ?? .null),
                JSONMember("to", .string(result.to)),
                JSONMember("is_change", .bool(result.isChange)),
            ]), on: console)
    }
}

/// `tandem registry rollback`: lets the version that was active before serve again.
struct RegistryRollbackCommand: Command {
    static let reason = Option<String>(
        "reason", "text", help: "Why; kept in the history.", defaultText: "manual")

    static let declaration = CommandDeclaration(
        name: "rollback",
        summary: "Let the version that was active before serve again.",
        discussion: """
            Walks back through the history: a second rollback goes further back. Archived
            versions are passed over. Ends with status 1 when there is nothing to go back
            to.
            """,
        parameters: [reason, RegistryOptions.type, RegistryOptions.database, SharedOptions.json])

    let session: RegistrySession
    let type: ModelType
    let reason: String

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
        reason = try arguments.value(of: Self.reason) ?? "manual"
    }

    func run(on console: Console) throws {
        let result = try session.open().rollBack(type, reason: reason)
        try session.print(
            "\(type): rolled back from \(result.from) to \(result.to)",
            json: .object([
                JSONMember("from", .string(result.from)), JSONMember("to", .string(result.to)),
            ]), on: console)
    }
}
