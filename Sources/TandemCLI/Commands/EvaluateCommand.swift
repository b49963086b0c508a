import TandemTraining

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
    let systemOptions: SystemOptions
    let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        runFolder = try arguments.required(SharedOptions.run)
        systemOptions = try SystemOptions(arguments)
        printsJSON = arguments.contains(SharedOptions.json)
    }

    func run(on console: Console) throws {
        let run = try RunDirectory(opening: runFolder)
        try evaluate(try RecipeName.named(in: run.configuration).system, run, on: console)
    }

    private func evaluate<System: TrainingSystem>(
        _ type: System.Type, _ run: RunDirectory, on console: Console
    ) throws {
        let system = try System(run: run, systemOptions)
        let figures = try system.testFigures()
        if printsJSON { return try console.printJSON(["test": figures]) }
        system.description.forEach(console.note)
        System.show(figures, on: console)
    }
}
