import TandemBasics
import TandemDatasets
import TandemRegistry

/// `tandem registry verify`: checks the database and the files of the models.
struct RegistryVerifyCommand: Command {
    static let version = Positional<String>(
        "version", .optional, help: "Name of one version; all of them if it is left out.")

    static let declaration = CommandDeclaration(
        name: "verify",
        summary: "Check the database and compare every model with its registered hash.",
        discussion: """
            Ends with status 1 if the database is damaged, or if the model of a version that
            is not archived is missing, changed or was never registered.
            """,
        parameters: [
            version, RegistryOptions.typeFilter, RegistryOptions.database, SharedOptions.json,
        ])

    let session: RegistrySession
    let version: String?
    let type: ModelType?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        version = try arguments.value(of: Self.version)
        type = try arguments.value(of: RegistryOptions.typeFilter)
    }

    func run(on console: Console) throws {
        let registry = try session.open()
        try registry.database.checkIntegrity()
        let results = try registry.verify(version, of: type)
        if session.printsJSON {
            try console.printJSON(
                .object([
                    JSONMember("database", .string("ok")),
                    JSONMember("versions", .array(results.map(\.json))),
                ]))
        } else {
            console.print("\(session.path): the database is intact")
            for result in results {
                let finding = result.problem?.description ?? "intact"
                console.print("\(result.record.type) \(result.record.version): \(finding)")
            }
        }
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
