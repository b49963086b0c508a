/// `tandem train`: trains the model that a configuration describes.
struct TrainCommand: Command {
    static let configuration = Option<String>(
        "config", "file", help: "Configuration file (JSON). Needed unless --resume is given.")
    static let settings = Option<String>(
        "set", "key.path=value", .repeated,
        help: "Replace one value of the configuration, for example --set training.epochs=20."
    )
    static let resume = Option<String>(
        "resume", "run",
        help: "Continue the run in this directory from its last checkpoint, under its own "
            + "configuration; --set may change how long and how fast it trains.")
    static let output = Option<String>(
        "out", "folder", help: "Run directory to create.", defaultText: "a new one under Runs/")

    static let declaration = CommandDeclaration(
        name: "train",
        summary: "Train the model that a configuration describes.",
        discussion: """
            Writes a run directory with the resolved configuration, the history, the last
            and the best checkpoint. Ctrl-C saves a checkpoint and ends with status 130.
            A data set without a leading / or . in the configuration is looked up in the
            folder that the environment variable TANDEM_DATA names (default: Data).
            """,
        parameters: [
            configuration, settings, SharedOptions.device, SharedOptions.threads,
            SharedOptions.seed, SharedOptions.data, resume, output, SharedOptions.json,
            SharedOptions.quiet,
        ])

    let configurationPath: String?
    let settings: [String]
    let device: String?
    let threads: Int?
    let seed: UInt64?
    let dataFolder: String?
    let resumedRun: String?
    let outputFolder: String?
    let printsJSON: Bool
    let isQuiet: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        configurationPath = try arguments.value(of: Self.configuration)
        settings = try arguments.values(of: Self.settings)
        device = try arguments.value(of: SharedOptions.device)
        threads = try arguments.value(of: SharedOptions.threads)?.value
        seed = try arguments.value(of: SharedOptions.seed)
        dataFolder = try arguments.value(of: SharedOptions.data)
        resumedRun = try arguments.value(of: Self.resume)
        outputFolder = try arguments.value(of: Self.output)
        printsJSON = arguments.contains(SharedOptions.json)
        isQuiet = arguments.contains(SharedOptions.quiet)
        if configurationPath == nil && resumedRun == nil {
            throw .missingArgument(spelling: Self.configuration.description.spelling)
        }
        if resumedRun != nil && configurationPath != nil {
            throw .contradiction(
                "--resume continues with the configuration in the run directory; "
                    + "leave out --config and change single values with --set.")
        }
        if resumedRun != nil && outputFolder != nil {
            throw .contradiction(
                "--resume continues in its own run directory; leave out --out.")
        }
    }

    func run(on console: Console) throws {
        try TrainingSession(self).run(on: console)
    }
}
