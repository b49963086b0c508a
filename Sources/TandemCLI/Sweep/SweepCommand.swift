import TandemBasics
import TandemConfiguration
import TandemDevices
import TandemRecipes
import TandemTraining

/// `tandem sweep`: trains the variants of an experiment and ranks them.
enum SweepCommand: Command {
    static let configuration = Option<String?>(
        "config", "file", help: "Sweep file (JSON). Needed unless --resume is given.")
    static let resume = Option<String?>(
        "resume", "sweep",
        help: "Continue the sweep in this folder: finished variants are kept, failed and missing "
            + "ones are trained.")
    static let output = Option<String?>(
        "out", "folder", help: "Folder to create for results and models.",
        defaultText: "a new one under Runs/")
    static let jobs = Option<PositiveCount?>(
        "jobs", "count", help: "Variants trained at the same time, each on one thread.",
        defaultText: "all cores; 1 on devices other than the CPU")
    static let repeats = Option<PositiveCount?>(
        "repeats", "count", help: "Seeds per variant; figures are means (repeats).")
    static let combine = Flag(
        "combine",
        help: "At the end train one more variant with the best value of every setting (combine).")
    static let grid = Flag(
        "grid", help: "Train every combination of the variants' values instead (grid).")
    static let maximumVariants = Option<PositiveCount?>(
        "max-variants", "count", help: "Train the first variants only (maximumVariants).")
    static let only = Option<NameList?>(
        "only", "names", help: "Train the variants with these names, separated by commas (only).")
    static let timeout = Option<PositiveNumber?>(
        "timeout", "seconds", help: "Give up a variant after this time (timeout).",
        defaultText: "3600")
    static let baselinePath = Option<String?>(
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

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let (path, resumed) = (arguments[configuration], arguments[resume])
        if resumed == nil { _ = try arguments.required(configuration, path) }
        let settings = settings(arguments)
        guard resumed == nil || (path == nil && arguments[output] == nil && settings == [])
        else {
            throw UsageError.contradiction(
                "--resume continues a sweep under its own configuration in its own folder; "
                    + "leave out --config, --out and all settings.")
        }
        let system = Systems.swept(in: resumed.map { $0 + "/config.json" } ?? path ?? "")
        try run(system, settings, arguments, on: console)
    }

    private static func run<System: SweptExperiment>(
        _ system: System.Type, _ settings: [String], _ arguments: ParsedArguments,
        on console: Console
    ) throws {
        try SweepSession<System>(settings: settings, arguments: arguments, console: console).run()
    }

    private static func settings(_ arguments: ParsedArguments) -> [String] {
        let names = arguments[only].map { list in
            "[" + list.names.map(TrainingShortcuts.quoted).joined(separator: ",") + "]"
        }
        let own: [(String, (any CustomStringConvertible)?)] = [
            ("base.seed", arguments[SharedOptions.seed]), ("repeats", arguments[repeats]?.value),
            ("maximumVariants", arguments[maximumVariants]?.value),
            ("timeout", arguments[timeout]?.value), ("only", names),
            ("combine", arguments[combine] ? true : nil), ("grid", arguments[grid] ? true : nil),
        ]
        return TrainingShortcuts.settings(arguments, prefix: "base.")
            + arguments[TrainCommand.settings]
            + own.compactMap { key, value in value.map { "\(key)=\($0)" } }
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

/// One `tandem sweep`: prepares the data once, trains the variants, and says what came of it.
struct SweepSession<System: SweptExperiment> {
    let settings: [String]
    let arguments: ParsedArguments
    let console: Console

    func run() throws {
        let resumed = try arguments[SweepCommand.resume].map { try SweepFolder(opening: $0) }
        var configuration = try SweepConfiguration<System>.read(
            resumed?.configuration ?? arguments[SweepCommand.configuration] ?? "",
            overrides: settings.map { try ConfigurationOverride($0) })
        configuration.base = try System.resolved(
            configuration.base, data: arguments[SharedOptions.data])
        let plan = try SweepPlan<System>(configuration)
        let given = try arguments[SweepCommand.baselinePath].map { try SweepBaseline(file: $0) }
        let device = try DeviceCatalog.open(try DeviceSelection(arguments[SharedOptions.device]))
        let data = try System.prepare(configuration.base)
        let folder =
            try resumed
            ?? SweepFolder(
                creating: arguments[SweepCommand.output]
                    ?? SweepFolder.newPath(named: configuration.name),
                configuration: configuration)
        let lock = try folder.lock()
        defer { withExtendedLifetime(lock) {} }
        let jobs = arguments[SweepCommand.jobs]?.value ?? (device as? CPUDevice)?.threads ?? 1
        let progress = SweepConsole<System>(
            console: console, configuration: configuration, isQuiet: arguments[SharedOptions.quiet])
        progress.start(plan, data, given, device: device, jobs: jobs)
        let runner = try SweepRunner<System>(
            configuration, data: data, folder: folder, jobs: jobs, givenBaseline: given,
            openDevice: { try openDevice() }, report: { progress.report($0) })
        Interrupt.install()
        guard let results = try runner.run() else {
            throw Interrupted(
                description: "interrupted; finished variants are in \(folder.results); "
                    + "continue with: tandem sweep --resume \(folder.path)")
        }
        if arguments[SharedOptions.json] {
            console.print(try results.text())
        } else {
            progress.summary(results, folder)
        }
        guard results.best != nil else { throw SweepFailure.allFailed(results.failures.count) }
    }

    /// Every job has a device of its own; on the CPU with one thread.
    private func openDevice() throws -> any Device {
        try DeviceCatalog.open(
            try DeviceSelection(arguments[SharedOptions.device]), threads: 1)
    }
}

/// A sweep without a single model.
enum SweepFailure: Error, CustomStringConvertible {
    case allFailed(Int)

    var description: String {
        switch self {
        case .allFailed(let count): "all \(count) variants failed; the reasons stand above"
        }
    }
}
