import TandemBasics
import TandemDatasets
import TandemRegistry

/// `tandem registry export`: writes all tables to a JSON file.
struct RegistryExportCommand: Command {
    static let file = Positional<String>("file", help: "JSON file to write; replaced if there.")

    static let declaration = CommandDeclaration(
        name: "export",
        summary: "Write all tables to a JSON file.",
        parameters: [file, RegistryOptions.database, SharedOptions.json])

    let session: RegistrySession
    let file: String

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        file = try arguments.required(Self.file)
    }

    func run(on console: Console) throws {
        let count = try session.open().export(to: file)
        try session.print(
            "\(file): \(count) rows", json: .object([JSONMember("rows", .integer(count))]),
            on: console)
    }
}

/// `tandem registry import`: fills a registry from a JSON file.
struct RegistryImportCommand: Command {
    static let file = Positional<String>(
        "file", help: "JSON file that 'tandem registry export' has written.")
    static let replace = Flag(
        "replace", help: "Give up what is in the registry, the history too.")

    static let declaration = CommandDeclaration(
        name: "import",
        summary: "Fill an empty or new registry from an export.",
        discussion: """
            Everything is taken over, or nothing. Models stay where they are: 'verify' tells
            which of them are not at their registered place.
            """,
        parameters: [file, replace, RegistryOptions.database, SharedOptions.json])

    let session: RegistrySession
    let file: String
    let replaces: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        file = try arguments.required(Self.file)
        replaces = arguments.contains(Self.replace)
    }

    func run(on console: Console) throws {
        // The file is read first, so that a wrong one leaves no new registry behind.
        let export = try RegistryExport(file)
        let count = try session.openOrCreate().importTables(export, replaces: replaces)
        try session.print(
            "\(session.path): \(count) rows",
            json: .object([JSONMember("rows", .integer(count))]), on: console)
    }
}
