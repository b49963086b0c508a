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

    /// Reads, checks and divides the scenarios.
    public static func prepare(_ configuration: GiftRecommenderConfiguration) throws -> GiftData {
        let settings = configuration.data
        guard let scenarios = settings.scenarios, let catalogue = settings.catalogue else {
            return try GiftData.generated(
                count: settings.generatedScenarios, seed: settings.generatedSeed,
                splitSeed: configuration.seed,
                vocabulary: GiftVocabulary(configuration.model.vocabulary))
        }
        return try GiftData(
            scenariosPath: scenarios, cataloguePath: catalogue, splitPath: settings.splitFile,
            seed: configuration.seed, vocabulary: GiftVocabulary(configuration.model.vocabulary),
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

    /// The figures on the test scenarios beside those of the baselines.
    public func measure() throws -> GiftEvaluationReport {
        let rows = data.split.test.isEmpty ? data.split.validation : data.split.test
        return GiftEvaluationReport(try recipe.measure(rows).predictions, data)
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
            "data      \(data.scenarios.count) scenarios, \(data.catalogue.gifts.count) gifts",
            "split     train \(split.training.count), validation \(split.validation.count), "
                + "test \(split.test.count)",
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
