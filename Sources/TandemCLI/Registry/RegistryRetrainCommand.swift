import TandemBasics
import TandemConfiguration
import TandemRecipes
import TandemRegistry
import TandemTraining

import FoundationEssentials

/// `tandem registry retrain check`: decides whether a model is to be trained again, and does it on request.
enum RegistryRetrainCheckCommand: Command {
    static let runs = Flag("run", help: "Train if there is a reason to.")
    static let isManual = Flag("manual", help: "With --run: train without any other reason too.")
    static let configuration = Option<String?>(
        "config", "file", help: "Configuration of the training; its data set is not used.",
        defaultText: "that of the model type")
    static let output = Option<String?>(
        "out", "folder", help: "Folder to create for the records and the run directory.",
        defaultText: "a new one under Runs/")
    static let dataSource = Option<DataSource>(
        "data-source", "source",
        help: "Where the records come from: \(DataSource.expectation).", default: .real,
        defaultText: DataSource.real.rawValue)

    static let declaration = CommandDeclaration(
        name: "check",
        summary: "Say whether a model is to be trained again; with --run, train it.",
        discussion: """
            There is a reason when seven days have passed since the last training and one
            new record has come in, or when 1,000 new outcomes have. All records with an
            outcome score are used. The model is registered in staging unless its validation
            loss exceeds that of the active version, on the same rows, by more than 2 %.
            Only one training of a type runs at a time.
            """,
        parameters: [
            runs, isManual, configuration, output, dataSource, RegistryOptions.type,
            SharedOptions.device, SharedOptions.threads, RegistryOptions.database,
            SharedOptions.json, SharedOptions.quiet,
        ])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let (type, isManual) = (arguments.modelType, arguments[isManual])
        if isManual && !arguments[runs] {
            throw UsageError.contradiction(
                "--manual is a reason to train, which only --run does.")
        }
        if arguments[runs] && Retrainer.usualConfiguration(of: type) == nil {
            _ = try arguments.required(configuration, arguments[configuration])
        }
        let isQuiet = arguments[SharedOptions.quiet] || arguments[SharedOptions.json]
        let registry = try arguments.openRegistry()
        let check = try registry.checkRetraining(of: type)
        guard arguments[runs], let reason = check.reason ?? (isManual ? .manual : nil) else {
            return try arguments.print(
                "\(type): \(check.explanation)"
                    + (check.reason.map { " (\($0.rawValue)); train with --run" } ?? ""),
                json: check.json, on: console)
        }
        if !isQuiet { console.note("\(type): \(check.explanation)") }
        let result = try train(registry, reason, arguments, isQuiet: isQuiet, on: console)
        try arguments.print(
            text(result), json: ["check": check.json, "retraining": result.json], on: console)
    }

    private static func train(
        _ registry: ModelRegistry, _ reason: RetrainingReason, _ arguments: ParsedArguments,
        isQuiet: Bool, on console: Console
    ) throws -> RetrainingResult {
        let type = arguments.modelType
        let configuration =
            try arguments[configuration].map { try TabularConfiguration.read($0) }
            ?? Retrainer.usualConfiguration(of: type) ?? TabularConfiguration()
        let folder =
            arguments[output] ?? RunDirectory.newPath(named: "retrain-\(configuration.name)")
        let retrainer = Retrainer(
            configuration: configuration, options: arguments.runOptions, run: folder + "/run",
            dataSource: arguments[dataSource], isQuiet: isQuiet)
        let content = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard content.isEmpty else { throw TrainingError.runDirectoryExists(path: folder) }
        try Folder.create(folder)
        return try registry.retrain(
            type, reason: reason, dataPath: folder + "/records.json"
        ) { task in
            if let active = task.active { try registry.requireModel(of: active) }
            return try retrainer.train(task, on: console)
        }
    }

    private static func text(_ result: RetrainingResult) -> String {
        let losses =
            "validation loss \(NumberText.fixed(result.model.validationLoss, 6))"
            + (result.model.activeValidationLoss.map {
                ", \(NumberText.fixed($0, 6)) of \(result.task.active?.version ?? "")"
            } ?? "")
        return "\(result.task.type), trained on \(NumberText.grouped(result.task.records)) records "
            + "(\(result.task.reason.rawValue)), \(losses): "
            + (result.registered.map { "registered \($0.version) in staging" }
                ?? "too bad, not registered; the model is kept at \(result.model.modelPath)")
    }
}

/// Trains a model on the registry's records, as `tandem train` does, and compares it with the active version.
struct Retrainer {
    let configuration: TabularConfiguration
    let options: RunOptions
    /// The run directory to create.
    let run: String
    let dataSource: DataSource
    let isQuiet: Bool

    /// The configuration of a type when none is given; nil for a type that has no usual one.
    static func usualConfiguration(of type: ModelType) -> TabularConfiguration? {
        var configuration = TabularConfiguration()
        switch type {
        case .callingScore: configuration.name = "calling-score"
        case .outcome:
            configuration.name = "calling-score-outcome"
            configuration.task = .classification
            configuration.model.hidden = [128, 64, 32]
        default: return nil
        }
        return configuration
    }

    /// Trains, exports the model, and measures it and the active version on the same validation rows.
    func train(_ task: RetrainingTask, on console: Console) throws -> RetrainedModel {
        var configuration = configuration
        configuration.data.format = .callingScore
        configuration.data.splitFile = nil
        var options = options
        options.data = task.dataPath
        let experiment = try TabularExperiment(configuration, options)
        if !isQuiet { experiment.summary.forEach(console.note) }
        // Before the training, which is in vain when the active version cannot be measured.
        let activeLoss = try task.active?.modelPath.map { path in
            try experiment.validationLoss(ofModel: path)
        }
        let progress = TrainingProgress(console, TabularExperiment.progress)
        defer { progress.end() }
        let training = try TrainingRun(
            experiment, creating: run, adding: isQuiet ? [] : [progress])
        Interrupt.install()
        guard let result = try training.train(), let model = result.products.first else {
            throw Interrupted(description: "interrupted; nothing was registered, try again")
        }
        return RetrainedModel(
            modelPath: model,
            validationLoss: try experiment.validationLoss(ofModel: model),
            activeValidationLoss: activeLoss, dataSource: dataSource,
            metrics: [
                JSONMember("test_loss", .number(result.test.loss)),
                JSONMember("best_epoch", .integer(result.bestEpoch)),
                JSONMember("parameters", .integer(result.parameters)),
            ])
    }
}
