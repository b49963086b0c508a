import TandemConfiguration
import TandemRecipes
import TandemTraining

/// `tandem train`: trains the model that a configuration describes.
enum TrainCommand: Command {
    static let configuration = Option<String?>(
        "config", "file", help: "Configuration file (JSON). Needed unless --resume is given.")
    static let settings = Option<[String]>(
        "set", "key.path=value",
        help: "Replace one value of the configuration, for example --set training.epochs=20."
    )
    static let resume = Option<String?>(
        "resume", "run",
        help: "Continue the run in this directory from its last checkpoint, under its own "
            + "configuration; --set may change how long and how fast it trains.")
    static let output = Option<String?>(
        "out", "folder", help: "Run directory to create.", defaultText: "a new one under Runs/")

    static let declaration = CommandDeclaration(
        name: "train",
        summary: "Train the model that a configuration describes.",
        discussion: """
            Writes a run directory with the resolved configuration, the history, the last
            and the best checkpoint. Ctrl-C saves a checkpoint and ends with status 130.
            Options that name a setting in parentheses are shortcuts for --set.
            A data set without a leading / or . in the configuration is looked up in the
            folder that the environment variable TANDEM_DATA names (default: Data).
            """,
        parameters: [
            configuration, settings, SharedOptions.device, SharedOptions.threads,
            SharedOptions.seed, SharedOptions.data, resume, output, SharedOptions.json,
            SharedOptions.quiet,
        ] + TrainingShortcuts.parameters)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let resumedRun = arguments[resume]
        if resumedRun == nil { _ = try arguments.required(configuration, arguments[configuration]) }
        if resumedRun != nil && arguments[configuration] != nil {
            throw UsageError.contradiction(
                "--resume continues with the configuration in the run directory; "
                    + "leave out --config and change single values with --set.")
        }
        if resumedRun != nil && arguments[output] != nil {
            throw UsageError.contradiction(
                "--resume continues in its own run directory; leave out --out.")
        }
        let resumed = try resumedRun.map { try RunDirectory(opening: $0) }
        let path = resumed?.configuration ?? arguments[configuration] ?? ""
        let settings =
            TrainingShortcuts.settings(arguments) + arguments[settings]
            + (arguments[SharedOptions.seed].map { ["seed=\($0)"] } ?? [])
        let overrides = try settings.map { try ConfigurationOverride($0) }
        try train(try Systems.named(in: path), path, overrides, resumed, arguments, on: console)
    }

    private static func train<System: Experiment>(
        _ system: System.Type, _ path: String, _ overrides: [ConfigurationOverride],
        _ resumed: RunDirectory?, _ arguments: ParsedArguments, on console: Console
    ) throws {
        let isQuiet = arguments[SharedOptions.quiet]
        let configuration =
            try resumed.map { try System.configuration(resuming: $0, overrides: overrides) }
            ?? System.Configuration.read(path, overrides: overrides)
        let experiment = try System(configuration, arguments.runOptions)
        if !isQuiet { experiment.summary.forEach(console.note) }
        let progress = TrainingProgress(console, System.progress)
        defer { progress.end() }
        let policies = isQuiet ? [] : [progress]
        let run =
            try resumed.map { try TrainingRun(experiment, resuming: $0, adding: policies) }
            ?? TrainingRun(
                experiment,
                creating: arguments[output] ?? RunDirectory.newPath(named: configuration.name),
                adding: policies)
        Interrupt.install()
        let folder = run.directory?.path ?? ""
        guard let result = try run.train() else {
            throw Interrupted(
                description: "interrupted; continue with: tandem train --resume \(folder)")
        }
        if arguments[SharedOptions.json] { return try console.printJSON(result) }
        System.describe(result.test).forEach(console.print)
        result.products.forEach {
            console.print("\($0.hasSuffix(".json") ? "report" : "model"): \($0)")
        }
        console.print("run directory: \(folder)")
    }
}
