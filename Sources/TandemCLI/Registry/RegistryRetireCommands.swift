import TandemDatasets
import TandemRegistry

/// `tandem registry deprecate`: gives up a version in staging.
struct RegistryDeprecateCommand: Command {
    static let declaration = CommandDeclaration(
        name: "deprecate",
        summary: "Give up a version in staging; it can still be switched to.",
        parameters: [
            RegistryOptions.version, RegistryOptions.type, RegistryOptions.database,
            SharedOptions.json,
        ])

    let retirement: Retirement

    init(_ arguments: ParsedArguments) throws(UsageError) {
        retirement = try Retirement(arguments)
    }

    func run(on console: Console) throws {
        try retirement.run(on: console) { registry in
            try registry.deprecate(retirement.version, of: retirement.type)
        }
    }
}

/// `tandem registry archive`: retires a version for good.
struct RegistryArchiveCommand: Command {
    static let declaration = CommandDeclaration(
        name: "archive",
        summary: "Retire a version for good; never the active one.",
        discussion: "An archived version is never switched to, tested or rolled back to again.",
        parameters: [
            RegistryOptions.version, RegistryOptions.type, RegistryOptions.database,
            SharedOptions.json,
        ])

    let retirement: Retirement

    init(_ arguments: ParsedArguments) throws(UsageError) {
        retirement = try Retirement(arguments)
    }

    func run(on console: Console) throws {
        try retirement.run(on: console) { registry in
            try registry.archive(retirement.version, of: retirement.type)
        }
    }
}

/// What both commands have in common.
struct Retirement {
    let session: RegistrySession
    let version: String
    let type: ModelType

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        version = try arguments.required(RegistryOptions.version)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
    }

    func run(on console: Console, _ action: (ModelRegistry) throws -> Void) throws {
        let registry = try session.open()
        try action(registry)
        let record = try registry.version(version, of: type)
        try session.print(
            "\(type): \(version) is \(record.status.rawValue)", json: record.json, on: console)
    }
}
