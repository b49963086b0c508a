import FoundationEssentials
import TandemBasics
public import TandemTraining

/// The test of a trained model beside all baselines, as a JSON file for programs and as lines for people.
///
/// The file bears the published system's keys (`model_checkpoint`, `model_epoch`, `training_metrics`, `test_results`,
/// `model_info`) and further ones.
public struct GiftEvaluationReport: Codable, Sendable, Equatable {
    /// The checkpoint that was tested; `nil` for weights that come from none.
    public var modelCheckpoint: String?
    /// The epoch of the weights.
    public var modelEpoch: Int?
    /// The metrics of that epoch, by name.
    public var trainingMetrics: [String: Double]
    /// The published rates.
    public var testResults: Results
    /// What was tested.
    public var modelInfo: GiftModelInfo?
    /// The quality with the rewards that the model itself predicts.
    public var qualityParity: Double
    /// The mean reward of the gifts recommended as a share of the best possible.
    public var normalisedReward: Double
    /// Figures that do not saturate.
    public var strictMetrics: GiftStrictMetrics
    /// The figures that baselines are compared by, of the model.
    public var figures: GiftFigures
    /// The same of the baselines, learned from the training scenarios and measured on the scenarios tested.
    public var baselines: GiftBaselineFigures
    /// How much better the model is on its training scenarios.
    public var generalisation: GiftGeneralisation
    /// What was reached.
    public var tier: GiftTierStatement
    /// The flags of every epoch.
    public var monitorFlags: [GiftEpochFlags]
    /// Whether training scenarios are among those tested, so that the figures say nothing about others.
    public var isContaminated: Bool
    /// Whether the epoch of the weights was chosen by the scenarios tested, which makes the figures too good.
    public var isChosenBy: Bool
    /// How often every category is among the best three.
    public var categoryDistribution: [String: Int]
    /// How often every tool is among the best two.
    public var toolDistribution: [String: Int]
    /// What was chosen for every scenario.
    public var perScenario: [GiftScenarioResult]
    /// Some scenarios with all that a person wants to see of them.
    public var workedExamples: [GiftWorkedExample]

    /// The rates of the published report.
    public struct Results: Codable, Sendable, Equatable {
        /// Share of scenarios with an expected category among the best three.
        public var categoryMatchRate: Double
        /// Share of scenarios with an expected tool among the best two.
        public var toolMatchRate: Double
        /// The mean reward R of the gifts recommended.
        public var averageReward: Double
        /// `(category match rate + normalised reward) / 2`.
        public var qualityScore: Double
        /// Number of scenarios tested.
        public var testCount: Int

        enum CodingKeys: String, CodingKey {
            case categoryMatchRate = "category_match_rate"
            case toolMatchRate = "tool_match_rate"
            case averageReward = "average_reward"
            case qualityScore = "quality_score"
            case testCount = "num_tests"
        }
    }

    /// Number of worked examples.
    public static let exampleCount = 5

    enum CodingKeys: String, CodingKey {
        case modelCheckpoint = "model_checkpoint"
        case modelEpoch = "model_epoch"
        case trainingMetrics = "training_metrics"
        case testResults = "test_results"
        case modelInfo = "model_info"
        case qualityParity = "quality_parity"
        case normalisedReward = "normalised_reward"
        case strictMetrics = "strict_metrics"
        case figures, baselines, generalisation, tier
        case monitorFlags = "monitor_flags"
        case isContaminated = "is_contaminated"
        case isChosenBy = "epoch_chosen_by_these"
        case categoryDistribution = "category_distribution"
        case toolDistribution = "tool_distribution"
        case perScenario = "per_scenario"
        case workedExamples = "worked_examples"
    }

    /// Measures predictions beside the baselines.
    ///
    /// - Parameters:
    ///   - predictions: what the model says, one row per scenario tested.
    ///   - scenarios: the scenarios tested.
    ///   - gifts: the catalogue, in the order of the predictions.
    ///   - training: the scenarios that the model was trained on; the baselines learn from them.
    ///   - trainingPredictions: what the model says about those, for the gap in quality; `nil` leaves it unknown.
    ///   - gapLoss: the total loss on the validation scenarios less that on the training scenarios.
    ///   - isChosenBy: whether the epoch of the weights was chosen by these scenarios.
    ///   - run: where the weights come from; without it no tier that depends on the course of training is reached.
    /// - Throws: `GiftEvaluationError` when predictions do not fit, or a part is empty.
    public init(
        _ predictions: GiftPredictions, _ scenarios: [GiftScenario], gifts: [Gift],
        training: [GiftScenario], trainingPredictions: GiftPredictions? = nil,
        gapLoss: Double? = nil, isChosenBy: Bool = false, run: GiftTestedRun? = nil
    ) throws {
        let metrics = try GiftMetrics(predictions, scenarios, gifts)
        let learned = try trainingPredictions.map { try GiftMetrics($0, training, gifts) }
        let figures = metrics.figures
        self.figures = figures
        baselines = try GiftBaselineFigures(
            GiftBaselines(training: training, gifts: gifts), scenarios)
        testResults = Results(
            categoryMatchRate: figures.categoryMatch, toolMatchRate: figures.toolMatch,
            averageReward: figures.averageReward, qualityScore: figures.quality,
            testCount: scenarios.count)
        qualityParity = metrics.qualityParity
        normalisedReward = figures.normalisedReward
        strictMetrics = GiftStrictMetrics(metrics)
        generalisation = GiftGeneralisation(
            gapLoss: gapLoss, gapQuality: learned.map { $0.figures.quality - figures.quality })
        tier = GiftTierStatement(metrics, learned: learned, run: run, baselines: baselines)
        monitorFlags = run?.flags ?? []
        modelCheckpoint = run?.checkpoint
        modelEpoch = run?.epoch
        trainingMetrics = run?.metrics ?? [:]
        modelInfo = run?.modelInfo
        let known = Set(training.map(\.profile))
        isContaminated = scenarios.contains { known.contains($0.profile) }
        self.isChosenBy = isChosenBy
        categoryDistribution = metrics.categoryDistribution
        toolDistribution = metrics.toolDistribution
        perScenario = metrics.rows
        workedExamples = zip(scenarios, metrics.rows).prefix(Self.exampleCount).map {
            GiftWorkedExample($0, $1, gifts: gifts)
        }
    }
}

extension GiftEvaluationReport {
    /// Writes the report as JSON in place of what is at `path`; throws when the file cannot be written.
    public func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try AtomicFile.write(
            String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: path)
    }
}

/// Where the weights that are tested come from.
public struct GiftTestedRun: Sendable {
    /// The checkpoint.
    public var checkpoint: String?
    /// The epoch of the weights.
    public var epoch: Int
    /// The epochs of the run.
    public var history: [EpochRecord]
    /// The flags of the epochs.
    public var flags: [GiftEpochFlags]
    /// What is said about the model.
    public var modelInfo: GiftModelInfo?

    /// The given origin.
    public init(
        checkpoint: String?, epoch: Int, history: [EpochRecord], flags: [GiftEpochFlags],
        modelInfo: GiftModelInfo?
    ) {
        self.checkpoint = checkpoint
        self.epoch = epoch
        self.history = history
        self.flags = flags
        self.modelInfo = modelInfo
    }

    /// The metrics of the epoch of the weights, with its loss and loss terms.
    var metrics: [String: Double] {
        guard let record = history.first(where: { $0.epoch == epoch }) else { return [:] }
        let terms = record.lossTerms.map { ("\($0.key)Loss", $0.value) } + [("loss", record.loss)]
        return record.metrics.merging(terms) { metric, _ in metric }
    }
}
