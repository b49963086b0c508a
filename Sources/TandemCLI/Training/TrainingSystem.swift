import TandemConfiguration
import TandemDevices
import TandemNetworks
import TandemTraining

/// A system as the commands `train` and `evaluate` see it: an experiment on one device, and how to show its figures.
protocol TrainingSystem {
    associatedtype Settings: ExperimentConfiguration
    associatedtype Recipe: TrainingRecipe
    associatedtype Figures: Codable

    /// Opens the device, reads the data and builds the model.
    init(_ configuration: Settings, _ options: SystemOptions) throws

    /// The configuration with the paths that were found.
    var configuration: Settings { get }
    var device: any Device { get }
    var arena: ParameterArena { get }

    /// What is being used, one line per subject.
    var description: [String] { get }

    func makeTrainer(run: RunDirectory, callbacks: [any TrainingCallback]) throws
        -> Trainer<Recipe>

    /// Throws when the figures of a run would mean nothing with the data that the system has now.
    func requireData(of run: RunDirectory) throws

    /// How an epoch's line on the console looks, and how often it comes.
    static var progressStyle: ProgressStyle { get }

    /// The figures on the test data, with the weights that the model has now.
    func testFigures() throws -> Figures

    /// Prints the figures for people.
    static func show(_ figures: Figures, on console: Console)

    /// Writes what a finished run holds besides checkpoints; returns the paths.
    func writeProducts(into run: RunDirectory, _ state: TrainingState, _ figures: Figures) throws
        -> [String]
}

extension TrainingSystem {
    /// Any data can be measured.
    func requireData(of run: RunDirectory) throws {}

    /// Nothing besides checkpoints.
    func writeProducts(into run: RunDirectory, _ state: TrainingState, _ figures: Figures) throws
        -> [String]
    { [] }

    /// Opens the experiment of a finished or interrupted run with its best weights.
    init(run: RunDirectory, _ options: SystemOptions) throws {
        try self.init(try Settings.read(run.configuration), options)
        try requireData(of: run)
        try Checkpoint.loadWeights(from: run.weightsForUse(), into: arena)
    }
}

/// What the command line says about an experiment besides its configuration.
struct SystemOptions {
    var device: String?
    var threads: Int?
    /// The data set in place of the configuration's, as it was written.
    var data: String?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        device = try arguments.value(of: SharedOptions.device)
        threads = try arguments.value(of: SharedOptions.threads)?.value
        data = try arguments.value(of: SharedOptions.data)
    }

    /// Opens the device that was asked for.
    func openDevice() throws -> any Device {
        try DeviceCatalog.open(try DeviceSelection(device ?? "auto"), threads: threads)
    }

    /// A path given on the command line is taken as it stands, not looked up under `$TANDEM_DATA`.
    static func explicit(_ path: String) -> String {
        path.hasPrefix("/") || path.hasPrefix(".") ? path : "./" + path
    }
}
