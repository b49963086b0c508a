import Recipes
import Training

/// `tandem evaluate`: measures a trained model on held-out data.
struct EvaluateCommand: Command {
    static let declaration = CommandDeclaration(
        name: "evaluate",
        summary: "Measure a trained model on the held-out part of its data set.",
        discussion:
            "Uses the best checkpoint of the run; the last one if it had no early stopping.",
        parameters: [
            SharedOptions.run, SharedOptions.data, SharedOptions.device, SharedOptions.threads,
            SharedOptions.json,
        ])

    let runFolder: String
    let dataFolder: String?
    let device: String?
    let threads: Int?
    let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        runFolder = try arguments.required(SharedOptions.run)
        dataFolder = try arguments.value(of: SharedOptions.data)
        device = try arguments.value(of: SharedOptions.device)
        threads = try arguments.value(of: SharedOptions.threads)?.value
        printsJSON = arguments.contains(SharedOptions.json)
    }

    func run(on console: Console) throws {
        let session = try Session(
            run: try RunDirectory(opening: runFolder), device: device, threads: threads,
            dataFolder: dataFolder)
        let rows = try session.experiment.testTable()
        if printsJSON { return try console.printJSON(["test": rows]) }
        session.description.forEach(console.note)
        let table = RetrievalTable(rows: rows)
        console.print(table.table)
        console.print(table.note)
    }
}
