import TandemConfiguration
import TandemDevices
import TandemRecipes
import TandemTraining

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
