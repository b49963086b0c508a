import FoundationEssentials
import TandemBasics
import TandemConfiguration
import TandemDatasets
public import TandemDevices
public import TandemNetworks
public import TandemTraining

/// Gifts for people: categories, tools, rewards and a ranking from a profile and a catalogue.
public struct GiftRecommenderExperiment: Experiment {
    /// `gift-recommender`.
    public static let recipeName = GiftRecommenderConfiguration.Recipe.giftRecommender.rawValue

    /// The resolved configuration.
    public let configuration: GiftRecommenderConfiguration
    /// Scenarios and catalogue.
    public let data: GiftData
    /// The training recipe.
    public let recipe: GiftRecipe
    /// The model's memory.
    public let arena: ParameterArena

    /// The configuration with the paths of the files that were found; `data` is a folder with `scenarios.json` and
    /// `catalogue.json`.
    public static func resolved(_ configuration: GiftRecommenderConfiguration, data: String?) throws
        -> GiftRecommenderConfiguration
    {
        var configuration = configuration
        if let data {
            configuration.data.scenarios = DataLocation.explicit("\(data)/scenarios.json")
            configuration.data.catalogue = DataLocation.explicit("\(data)/catalogue.json")
        }
        configuration.data.scenarios = try configuration.data.scenarios.map(DataLocation.file(of:))
        configuration.data.catalogue = try configuration.data.catalogue.map(DataLocation.file(of:))
        configuration.data.splitFile = try configuration.data.splitFile.map(DataLocation.file(of:))
        return configuration
    }

    /// Reads, checks and divides the scenarios, or makes some where no file is named.
    public static func prepare(_ configuration: GiftRecommenderConfiguration) throws -> GiftData {
        let settings = configuration.data
        let vocabulary = GiftVocabulary(configuration.model.vocabulary)
        guard let scenarios = settings.scenarios, let catalogue = settings.catalogue else {
            if let split = settings.splitFile {
                throw GiftError.setting(
                    name: "data.splitFile", value: split,
                    expected: "none when scenarios are generated; name those with --data")
            }
            return try GiftData.generated(
                count: settings.generatedScenarios, seed: settings.generatedSeed,
                splitSeed: configuration.seed, vocabulary: vocabulary)
        }
        return try GiftData(
            scenariosPath: scenarios, cataloguePath: catalogue, splitPath: settings.splitFile,
            seed: configuration.seed, vocabulary: vocabulary,
            unknownLabels: settings.unknownLabels)
    }

    /// Builds the model with its initial values.
    public init(
        _ configuration: GiftRecommenderConfiguration, data: GiftData, device: any Device
    ) throws {
        self.configuration = configuration
        self.data = data
        recipe = try GiftRecipe(configuration, data: data, device: device)
        arena = try ParameterArena(recipe.model, device: device, seed: configuration.seed)
    }

    /// Looks for signs that training goes wrong, or well.
    public var policies: [any TrainingPolicy] {
        let training = data.scenarios(data.split.training)
        return [
            GiftMonitors(
                toolLossFloor: configuration.model.wiring == .parity
                    ? GiftMonitors.softmaxFloor(of: training) : nil,
                validationScenarios: data.validated.count)
        ]
    }

    /// The figures on the test scenarios beside those of the baselines.
    public func measure() throws -> GiftEvaluationReport { try report(of: nil) }

    /// The same with the course of a run, also written to `evaluation.json` in its directory.
    public func measure(in run: RunDirectory) throws -> GiftEvaluationReport {
        let state = try Checkpoint.loadState(from: run.lastCheckpoint)
        let report = try report(of: testedRun(state, run))
        try report.write(to: run.path + "/evaluation.json")
        return report
    }

    /// Other scenarios would be measured than were held out.
    public func requireData(of run: RunDirectory) throws {
        let state = try Checkpoint.loadState(from: run.lastCheckpoint)
        guard state.dataIdentity == recipe.dataIdentity else {
            throw GiftError.otherData(run: run.path)
        }
    }

    /// Names the report, which `measure(in:)` has written, and writes a connected model as `model.onnx`.
    public func writeProducts(
        _ result: RunResult<GiftEvaluationReport>, into run: RunDirectory
    ) throws -> [String] {
        let path = run.path + "/evaluation.json"
        guard configuration.model.wiring == .connected else { return [path] }
        try recipe.exportModel(arena, to: run.model)
        return [path, run.model]
    }

    private func report(of run: GiftTestedRun?) throws -> GiftEvaluationReport {
        let test = try recipe.measure(data.reported)
        let learned = try recipe.measure(data.split.training)
        return try GiftEvaluationReport(
            test.predictions, data.scenarios(data.reported), gifts: data.catalogue.gifts,
            training: data.scenarios(data.split.training), trainingPredictions: learned.predictions,
            gapLoss: test.loss - learned.loss,
            isChosenBy: data.split.test.isEmpty && configuration.training.earlyStopping != nil,
            run: run)
    }

    private func testedRun(_ state: TrainingState, _ run: RunDirectory) throws -> GiftTestedRun {
        let unreached = Set(state.chosenRecord?.unreachedParameters ?? [])
        let fixed = configuration.training.optimizer.groups.filter { $0.learningRate == 0 }
        let sizes = arena.entries.filter { entry in
            !unreached.contains(entry.name)
                && !fixed.contains {
                    ParameterGroup(path: $0.path, learningRate: 0).holds(entry.name)
                }
        }.map(\.count)
        let saved = try FileManager.default.attributesOfItem(atPath: run.lastCheckpoint)
        return GiftTestedRun(
            checkpoint: try run.weightsForUse(), epoch: state.chosenEpoch, history: state.history,
            flags: try GiftMonitors.flags(in: state),
            modelInfo: GiftModelInfo(
                totalParameters: arena.parameterCount,
                trainableParameters: sizes.reduce(0, +),
                trainingDate: (saved[.modificationDate] as? Date ?? .now).ISO8601Format(),

                optimizationVersion: configuration.version.rawValue))
    }
}

/// What is shown to people.
extension GiftRecommenderExperiment {
    /// The strict figures, and a bar for each epoch.
    public static var progress: ProgressStyle {
        ProgressStyle(
            metrics: ["precision@3", "exactTools", "quality"], format: { NumberText.fixed($0, 3) })
    }

    /// The table of figures, worked examples and the tier.
    public static func describe(_ figures: GiftEvaluationReport) -> [String] { figures.lines }

    /// Device, data, split, model and loss.
    public var summary: [String] {
        let split = data.split
        let groups = configuration.training.optimizer.groups.map(\.path)
        return [
            "device    \(arena.device.identifier): \(arena.device.name)",
            "data      \(data.scenariosPath): \(data.scenarios.count) scenarios; "
                + "\(data.cataloguePath): \(data.catalogue.gifts.count) gifts",
        ] + data.report.lines.map { "          \($0)" } + [
            "split     train \(split.training.count), validation \(split.validation.count), "
                + (split.test.isEmpty ? "which is reported on" : "test \(split.test.count)"),
            "model     \(configuration.model.wiring.rawValue) wiring, "
                + "\(configuration.model.vocabulary.rawValue) vocabulary, "
                + "\(NumberText.grouped(arena.parameterCount)) parameters",
            "loss      "
                + recipe.lossTerms.filter { $0.weight > 0 }
                .map { "\(NumberText.short(Double($0.weight))) \($0.name)" }
                .joined(separator: " + "),
            "groups    " + (groups + ["others"]).joined(separator: ", "),
        ]
    }
}
