import TandemBasics
import TandemDevices
import TandemTraining

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
        let entries = DeviceCatalog.entries()
        if printsJSON { return try console.printJSON(entries) }
        var table = TextTable(
            ["device", "kind", "name", "memory", "units", "driver", "version"],
            alignments: [.left, .left, .left, .right, .right, .left, .left])
        for entry in entries {
            table.append([
                entry.identifier, entry.kind.rawValue, entry.name,
                NumberText.bytes(entry.memoryBytes), "\(entry.computeUnits)", entry.driver,
                entry.driverVersion,
            ])
        }
        console.print(table)
    }
}
