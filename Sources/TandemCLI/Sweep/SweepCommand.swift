import TandemBasics
import TandemDatasets
import TandemDevices
import TandemRecipes
import TandemTraining

/// `tandem sweep`: trains the variants of an experiment and ranks them.
struct SweepCommand: Command {
    static let configuration = Option<String>(
        "config", "file", help: "Sweep file (JSON). Needed unless --resume is given.")
    static let resume = Option<String>(
        "resume", "sweep",
        help: "Continue the sweep in this folder: finished variants are kept, failed and missing "
            + "ones are trained.")
    static let output = Option<String>(
        "out", "folder", help: "Folder to create for results and models.",
        defaultText: "a new one under Runs/")
    static let jobs = Option<PositiveCount>(
        "jobs", "count", help: "Variants trained at the same time, each on one thread.",
        defaultText: "all cores; 1 on devices other than the CPU")
    static let repeats = Option<PositiveCount>(
        "repeats", "count", help: "Seeds per variant; figures are means (repeats).")
    static let combine = Flag(
        "combine",
        help: "At the end train one more variant with the best value of every setting (combine).")
    static let grid = Flag(
        "grid", help: "Train every combination of the variants' values instead (grid).")
    static let maximumVariants = Option<PositiveCount>(
        "max-variants", "count", help: "Train the first variants only (maximumVariants).")
    static let only = Option<NameList>(
        "only", "names", help: "Train the variants with these names, separated by commas (only).")
    static let timeout = Option<PositiveNumber>(
        "timeout", "seconds", help: "Give up a variant after this time (timeout).",
        defaultText: "3600")
    static let baselinePath = Option<String>(
        "baseline-path", "file",
        help: "Compare with the losses in this .onnx, .meta.json or optimization_results.json.",
        defaultText: "the sweep's own baseline")

    static let declaration = CommandDeclaration(
        name: "sweep",
        summary: "Train variants of an experiment and rank them.",
        discussion: """
            Reads and scales the data once, trains several variants at a time, and writes
            optimization_results.json (after every variant), one model per variant and
            report.html. The variant with the lowest validation loss wins; test loss is
            reported, never used to choose. Ctrl-C keeps what is finished (status 130).
            Settings apply to the baseline: --epochs 20 is --set base.training.epochs=20.
            """,
        parameters: [
            configuration, TrainCommand.settings, SharedOptions.device, SharedOptions.seed,
            SharedOptions.data, resume, output, jobs, repeats, combine, grid, maximumVariants,
            only, timeout, baselinePath, SharedOptions.json, SharedOptions.quiet,
        ] + TrainingShortcuts.parameters)

    let configurationPath: String?
    let settings: [String]
    let options: RunOptions
    let resumed: String?
    let outputFolder: String?
    let jobs: Int?
    let baselinePath: String?
    let printsJSON: Bool
    let isQuiet: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        configurationPath = try arguments.value(of: Self.configuration)
        resumed = try arguments.value(of: Self.resume)
        outputFolder = try arguments.value(of: Self.output)
        jobs = try arguments.value(of: Self.jobs)?.value
        baselinePath = try arguments.value(of: Self.baselinePath)
        options = try SharedOptions.runOptions(arguments)
        printsJSON = arguments.contains(SharedOptions.json)
        isQuiet = arguments.contains(SharedOptions.quiet)
        settings = try Self.settings(arguments)
        guard configurationPath != nil || resumed != nil else {
            throw .missingArgument(spelling: Self.configuration.description.spelling)
        }
        guard resumed == nil || (configurationPath == nil && outputFolder == nil && settings == [])
        else {
            throw .contradiction(
                "--resume continues a sweep under its own configuration in its own folder; "
                    + "leave out --config, --out and all settings.")
        }
    }

    private static func settings(_ arguments: ParsedArguments) throws(UsageError) -> [String] {
        var settings = try TrainingShortcuts.settings(arguments, prefix: "base.")
        settings += try arguments.values(of: TrainCommand.settings)
        let numbers: [(String, String?)] = [
            ("base.seed", try arguments.value(of: SharedOptions.seed).map { "\($0)" }),
            ("repeats", try arguments.value(of: repeats).map { "\($0.value)" }),
            ("maximumVariants", try arguments.value(of: maximumVariants).map { "\($0.value)" }),
            ("timeout", try arguments.value(of: timeout).map { "\($0.value)" }),
            (
                "only",
                try arguments.value(of: only).map { list in
                    let names = list.names.map { (try? JSONValue.string($0).text()) ?? $0 }
                    return "[" + names.joined(separator: ",") + "]"
                }
            ),
        ]
        settings += numbers.compactMap { key, value in value.map { "\(key)=\($0)" } }
        if arguments.contains(combine) { settings.append("combine=true") }
        if arguments.contains(grid) { settings.append("grid=true") }
        return settings
    }

    func run(on console: Console) throws {
        let path = resumed.map { $0 + "/config.json" } ?? configurationPath ?? ""
        try run(Systems.swept(in: path), on: console)
    }

    private func run<System: SweptExperiment>(_ system: System.Type, on console: Console) throws {
        try SweepSession<System>(command: self, console: console).run()
    }
}

/// Names separated by commas.
struct NameList: ArgumentValue {
    static var expectation: String { "names separated by commas" }

    let names: [String]

    init?(argument: String) {
        names = argument.split(separator: ",", omittingEmptySubsequences: false).map { name in
            String(name.drop { $0 == " " })
        }
        if names.contains("") { return nil }
    }
}
