import TandemBasics
import TandemDatasets
import TandemRegistry

/// `tandem registry init`: sets up the file of a registry.
struct RegistryInitCommand: Command {
    static let published = Flag(
        "with-published",
        help: "Add the published versions v1.0-hybrid and v1.1-hybrid: their figures, without "
            + "models.")

    static let declaration = CommandDeclaration(
        name: "init",
        summary: "Create a registry.",
        discussion: "A registry that is there already is left as it is.",
        parameters: [published, RegistryOptions.database, SharedOptions.json])

    let session: RegistrySession
    let addsPublished: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        addsPublished = arguments.contains(Self.published)
    }

    func run(on console: Console) throws {
        let registry = try session.openOrCreate()
        let added = addsPublished ? try registry.addPublishedVersions() : 0
        let count = try registry.versions().count
        try session.print(
            "\(session.path): \(count) versions, \(added) of them added now",
            json: .object([
                JSONMember("path", .string(session.path)), JSONMember("versions", .integer(count)),
                JSONMember("added", .integer(added)),
            ]), on: console)
    }
}
