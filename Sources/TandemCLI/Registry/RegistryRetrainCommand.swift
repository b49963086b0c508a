import TandemConfiguration
import TandemBasics
import TandemDatasets
import TandemRecipes
import TandemRegistry
import TandemTraining

import FoundationEssentials

/// `tandem registry retrain`: models trained again from the records.
enum RegistryRetrainGroup {
    static let group = CommandGroup(
        name: "retrain",
        summary: "Train a model again when enough has come in.",
        options: [RegistryOptions.database],
        children: [.command(RegistryRetrainCheckCommand.self)])
}

/// `tandem registry retrain check`: decides whether a model is to be trained again, and does it on request.
struct RegistryRetrainCheckCommand: Command {
    static let runs = Flag("run", help: "Train if there is a reason to.")
    static let isManual = Flag("manual", help: "With --run: train without any other reason too.")
    static let configuration = Option<String>(
        "config", "file", help: "Configuration of the training; its data set is not used.",
        defaultText: "that of the model type")
    static let output = Option<String>(
        "out", "folder", help: "Folder to create for the records and the run directory.",
        defaultText: "a new one under Runs/")
    static let dataSource = Option<DataSource>(
        "data-source", "source",
        help: "Where the records come from: \(DataSource.expectation).",
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

    let session: RegistrySession
    let type: ModelType
    let runs: Bool
    let isManual: Bool
    let configurationPath: String?
    let outputFolder: String?
    let dataSource: DataSource
    let options: RunOptions
    let isQuiet: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
        runs = arguments.contains(Self.runs)
        isManual = arguments.contains(Self.isManual)
        configurationPath = try arguments.value(of: Self.configuration)
        outputFolder = try arguments.value(of: Self.output)
        dataSource = try arguments.value(of: Self.dataSource) ?? .real
        options = try SharedOptions.runOptions(arguments)
        isQuiet = arguments.contains(SharedOptions.quiet) || session.printsJSON
        if isManual && !runs {
            throw .contradiction("--manual is a reason to train, which only --run does.")
        }
        if runs && configurationPath == nil && Retrainer.usualConfiguration(of: type) == nil {
            throw .missingArgument(spelling: Self.configuration.description.spelling)
        }
    }

    func run(on console: Console) throws {
        let registry = try session.open()
        let check = try registry.checkRetraining(of: type)
        guard runs, let reason = check.reason ?? (isManual ? .manual : nil) else {
            return try session.print(
                "\(type): \(check.explanation)"
                    + (check.reason.map { " (\($0.rawValue)); train with --run" } ?? ""),
                json: check.json, on: console)
        }
        if !isQuiet { console.note("\(type): \(check.explanation)") }
        let result = try train(registry, reason, on: console)
        try session.print(
            text(result),
            json: .object([
                JSONMember("check", check.json), JSONMember("retraining", result.json),
            ]), on: console)
    }

    private func train(
        _ registry: ModelRegistry, _ reason: RetrainingReason, on console: Console
    ) throws -> RetrainingResult {
        let configuration =
            try configurationPath.map { try TabularConfiguration.read($0) }
            ?? Retrainer.usualConfiguration(of: type) ?? TabularConfiguration()
        let folder =
            outputFolder ?? RunDirectory.newPath(named: "retrain-\(configuration.name)")
        let retrainer = Retrainer(
            configuration: configuration, options: options, run: folder + "/run",
            dataSource: dataSource, isQuiet: isQuiet)
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

    private func text(_ result: RetrainingResult) -> String {
        let losses =
            "validation loss \(NumberText.fixed(result.model.validationLoss, 6))"
            + (result.model.activeValidationLoss.map {
                ", \(NumberText.fixed($0, 6)) of \(result.task.active?.version ?? "")"
            } ?? "")
        return "\(type), trained on \(NumberText.grouped(result.task.records)) records "
            + "(\(result.task.reason.rawValue)), \(losses): "
            + (result.registered.map { "registered \($0.version) in staging" }
                ?? "too bad, not registered; the model is kept at \(result.model.modelPath)")
    }
}
