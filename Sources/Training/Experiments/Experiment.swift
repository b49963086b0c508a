import TandemConfiguration
public import TandemDevices
public import TandemNetworks

/// A system that can be trained, measured and applied: what `tandem train` runs, and what a program of one's own runs.
///
/// It puts together what a configuration describes: prepared data, a recipe with its model, the model's memory on a
/// device. `TrainingRun` leads it from there to the files of a finished run.
public protocol Experiment: SendableMetatype {
    /// What a file says about it.
    associatedtype Configuration: ExperimentConfiguration
    /// Its data, read and made ready on the host; experiments that differ in their model alone share it.
    associatedtype PreparedData
    /// How it is trained.
    associatedtype Recipe: TrainingRecipe
    /// What it is measured by at the end.
    associatedtype Figures: Codable & Sendable

    /// The value of the key `recipe` in configuration files.
    static var recipeName: String { get }

    /// The configuration with the paths of the files that were found, so that it finds its data from every working directory.
    ///
    /// `data` is the data set in place of the configuration's, a path that is taken as it stands. Throws when there is none.
    static func resolved(_ configuration: Configuration, data: String?) throws -> Configuration

    /// Reads and prepares the data of a resolved configuration.
    static func prepare(_ configuration: Configuration) throws -> PreparedData

    /// Builds the model with its initial values over data that are prepared already.
    init(_ configuration: Configuration, data: PreparedData, device: any Device) throws

    /// The resolved configuration.
    var configuration: Configuration { get }
    /// Data in batches, model, loss and validation metrics.
    var recipe: Recipe { get }
    /// The model's memory.
    var arena: ParameterArena { get }

    /// What is being used, for people: one line per subject, the device first.
    var summary: [String] { get }

    /// How the epochs of a run are shown.
    static var progress: ProgressStyle { get }

    /// What takes part in its runs besides what the configuration asks for.
    var policies: [any TrainingPolicy] { get }

    /// The figures on the test data, with the weights that the model has now.
    func measure() throws -> Figures

    /// The figures with the weights of a run, which the experiment may keep in its directory; `tandem evaluate` shows them.
    func measure(in run: RunDirectory) throws -> Figures

    /// The figures for people, line by line.
    static func describe(_ figures: Figures) -> [String]

    /// Throws when the figures of a run would mean nothing with the data that the experiment has now.
    func requireData(of run: RunDirectory) throws

    /// Writes what a finished run holds besides checkpoints, and returns the paths.
    func writeProducts(_ result: RunResult<Figures>, into run: RunDirectory) throws -> [String]

    /// Applies a trained model to new inputs, as `tandem predict` does.
    static func predict(_ request: PredictionRequest) throws -> PredictionResult
}

extension Experiment {
    /// None.
    public var policies: [any TrainingPolicy] { [] }

    /// The figures alone.
    public func measure(in run: RunDirectory) throws -> Figures { try measure() }

    /// Any data can be measured.
    public func requireData(of run: RunDirectory) throws {}

    /// Nothing besides checkpoints.
    public func writeProducts(_ result: RunResult<Figures>, into run: RunDirectory) throws
        -> [String]
    { [] }

    /// Refuses: the system has no way to be applied to files.
    public static func predict(_ request: PredictionRequest) throws -> PredictionResult {
        throw TrainingError.noPrediction(recipe: recipeName)
    }

    /// Opens the device, reads the data and builds the model.
    public init(_ configuration: Configuration, _ options: RunOptions = RunOptions()) throws {
        let device = try options.openDevice()
        let configuration = try Self.resolved(configuration, data: options.data)
        try self.init(configuration, data: try Self.prepare(configuration), device: device)
    }

    /// Opens the experiment of a finished or interrupted run with the weights that are for use.
    public init(opening run: RunDirectory, _ options: RunOptions = RunOptions()) throws {
        try self.init(try Configuration.read(run.configuration), options)
        try requireData(of: run)
        try Checkpoint.loadWeights(from: run.weightsForUse(), into: arena)
    }

    /// A trainer at the start of a run; see `Trainer`.
    public func makeTrainer(
        run: RunDirectory? = nil, adding policies: [any TrainingPolicy] = [],
        isInterrupted: @escaping () -> Bool = { Interrupt.isRequested }
    ) throws -> Trainer<Recipe> {
        try Trainer(
            recipe, arena: arena, configuration: configuration.training, seed: configuration.seed,
            run: run, adding: self.policies + policies, isInterrupted: isInterrupted)
    }
}

/// What is said about an experiment besides its configuration.
public struct RunOptions: Sendable {
    /// The device: `auto`, `cpu`, `gpu`, `opencl` or `opencl:P.D`.
    public var device: String
    /// Threads of the CPU; all cores when `nil`.
    public var threads: Int?
    /// The data set in place of the configuration's, a path that is taken as it stands.
    public var data: String?

    /// The given choices, by default the best device with all cores on the configuration's own data.
    public init(device: String = "auto", threads: Int? = nil, data: String? = nil) {
        self.device = device
        self.threads = threads
        self.data = data
    }

    /// Opens the device; throws when there is none such.
    public func openDevice() throws -> any Device {
        try DeviceCatalog.open(try DeviceSelection(device), threads: threads)
    }
}

/// How the epochs of a system are shown.
public struct ProgressStyle: Sendable {
    /// Metrics in each epoch's line.
    public let metrics: [String]
    /// How a metric is written.
    public let format: @Sendable (Double) -> String
    /// Epochs per line: fast systems report some of them only.
    public let epochsPerLine: Int
    /// Whether an epoch takes long enough for a progress bar of its own.
    public let showsBar: Bool

    /// A style with the given choices.
    public init(
        metrics: [String], format: @escaping @Sendable (Double) -> String, epochsPerLine: Int = 1,
        showsBar: Bool = true
    ) {
        self.metrics = metrics
        self.format = format
        self.epochsPerLine = epochsPerLine
        self.showsBar = showsBar
    }
}

/// What is to be predicted, and from which model.
public struct PredictionRequest {
    /// Where a model is.
    public enum Model {
        /// In a run directory.
        case run(RunDirectory)
        /// In a file that the system exports.
        case file(String)
    }

    /// The model.
    public var model: Model
    /// The file with the inputs.
    public var input: String
    /// Dialogue lattice: a question in place of a file with questions.
    public var question: String?
    /// Gift recommender: the file with the gifts to choose from; without one those of the training.
    public var catalogue: String?
    /// The file for the predictions; without one they belong into `PredictionResult.text`, where the system can write text.
    public var output: String?
    /// The format of the inputs in a word of the system; `nil` to find out from the file.
    public var format: String?
    /// Whether a rule may stand in for a model that cannot be loaded.
    public var usesRule: Bool
    /// Device and threads.
    public var options: RunOptions
    /// Called with every warning.
    public var warn: (String) -> Void

    /// A request with the given parts.
    public init(
        model: Model, input: String = "", question: String? = nil, catalogue: String? = nil,
        output: String? = nil, format: String? = nil,
        usesRule: Bool = false, options: RunOptions = RunOptions(),
        warn: @escaping (String) -> Void = { _ in }
    ) {
        self.model = model
        self.input = input
        self.question = question
        self.catalogue = catalogue
        self.output = output
        self.format = format
        self.usesRule = usesRule
        self.options = options
        self.warn = warn
    }
}

/// What a prediction gave.
public struct PredictionResult: Sendable {
    /// Number of predictions.
    public let count: Int
    /// For people: the predictions where there is no output file, else what was written.
    public let text: String
    /// For programs: the predictions as JSON, where the system has a form for them and there is no output file.
    public let json: String?

    /// A result of `count` predictions.
    public init(count: Int, text: String, json: String? = nil) {
        self.count = count
        self.text = text
        self.json = json
    }
}
