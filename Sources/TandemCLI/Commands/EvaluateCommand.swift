import TandemRecipes
import TandemTraining

/// `tandem evaluate`: measures a trained model on held-out data.
struct EvaluateCommand: Command {
    static let declaration = CommandDeclaration(
        name: "evaluate",
        summary: "Measure a trained model on the held-out part of its data set.",
        discussion:
            "Uses the best checkpoint of the run; without early stopping the last weights or\n"
            + "their average.",
        parameters: [
            SharedOptions.run, SharedOptions.data, SharedOptions.device, SharedOptions.threads,
            SharedOptions.json,
        ])

    let runFolder: String
    let options: RunOptions
    let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        runFolder = try arguments.required(SharedOptions.run)
        options = try SharedOptions.runOptions(arguments)
        printsJSON = arguments.contains(SharedOptions.json)
    }

    func run(on console: Console) throws {
        let run = try RunDirectory(opening: runFolder)
        try evaluate(try Systems.named(in: run.configuration), run, on: console)
    }

    private func evaluate<System: Experiment>(
        _ type: System.Type, _ run: RunDirectory, on console: Console
    ) throws {
        let experiment = try System(opening: run, options)
        let figures = try experiment.measure(in: run)
        if printsJSON { return try console.printJSON(["test": figures]) }
        experiment.summary.forEach(console.note)
        System.describe(figures).forEach(console.print)
    }
}
