import TandemDatasets
import TandemRegistry

/// `tandem registry ab assign`: says which version a user is served.
struct RegistryAssignCommand: Command {
    static let user = Option<String>(
        "user", "id",
        help: "Identifier of the user; an unknown user gets the active version.",
        defaultText: "unknown")

    static let declaration = CommandDeclaration(
        name: "assign",
        summary: "Say which version and group a user is in.",
        parameters: [
            user, RegistryOptions.type, RegistryOptions.database, SharedOptions.json,
        ])

    let session: RegistrySession
    let user: String?
    let type: ModelType

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        user = try arguments.value(of: Self.user)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
    }

    func run(on console: Console) throws {
        let served = try session.open().assign(user, of: type)
        try session.print(
            "\(served.record.version) \(served.group.rawValue)", json: served.json, on: console)
    }
}
