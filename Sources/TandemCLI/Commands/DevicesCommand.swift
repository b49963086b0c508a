/// `tandem devices`: lists what can compute.
struct DevicesCommand: Command {
    static let declaration = CommandDeclaration(
        name: "devices",
        summary: "List the devices found, with memory, compute units and driver.",
        parameters: [SharedOptions.json])

    let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        printsJSON = arguments.contains(SharedOptions.json)
    }

    func run(on console: Console) throws {
        throw CommandUnavailable(command: "devices")
    }
}
