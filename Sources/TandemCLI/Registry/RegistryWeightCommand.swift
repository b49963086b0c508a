import TandemBasics
import TandemDatasets
import TandemRegistry

/// `tandem registry weight`: sets the share of the neural score.
struct RegistryWeightCommand: Command {
    static let weight = Positional<Double>(
        "weight", help: "Share of the neural score, limited to 0...1.")

    static let declaration = CommandDeclaration(
        name: "weight",
        summary: "Set the weight of a version.",
        discussion: "The old weight is kept in the history.",
        parameters: [
            RegistryOptions.version, weight, RegistryOptions.type, RegistryOptions.database,
            SharedOptions.json,
        ])

    let session: RegistrySession
    let version: String
    let type: ModelType
    let weight: Double

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        version = try arguments.required(RegistryOptions.version)
        weight = try arguments.required(Self.weight)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
    }

    func run(on console: Console) throws {
        let change = try session.open().setWeight(weight, of: version, type: type)
        if change.new != weight { console.note("The weight \(weight) was limited to 0...1.") }
        try session.print(
            "\(version): weight \(change.old) -> \(change.new)",
            json: .object([
                JSONMember("version", .string(version)),
                JSONMember("old_weight", .number(change.old)),
                JSONMember("new_weight", .number(change.new)),
            ]), on: console)
    }
}
