public import TandemConfiguration
public import TandemTraining

/// An experiment of the gift recommender.
///
/// The key `version` chooses the values of everything that a file leaves out.
public struct GiftRecommenderConfiguration: ExperimentConfiguration, ConfigurationVariants,
    Equatable
{
    /// The system that the file describes; always `gift-recommender`.
    public enum Recipe: String, Codable, Sendable, CaseIterable {
        /// Profiles and a catalogue to categories, tools, rewards and a ranking.
        case giftRecommender = "gift-recommender"
    }

    /// Sets of settings.
    public enum Version: String, Codable, Sendable, CaseIterable {
        /// Every parameter takes part; the settings that recommended best.
        case connected
        /// The published system before any tuning.
        case v0
        /// The published system after its first report.
        case v1
        /// The published system, version 2.
        case v2
        /// The published system, version 3.
        case v3
    }

    /// Which system.
    public var recipe = Recipe.giftRecommender
    /// Which settings hold where the file says nothing.
    public var version = Version.connected
    /// Name of the experiment, used for the run directory.
    public var name = "gift-recommender"
    /// Seed of the split, the batches and their augmentation, initial weights and dropout masks, each a stream of its own.
    public var seed: UInt64 = 42
    /// Scenarios and catalogue.
    public var data = GiftDataConfiguration()
    /// The model.
    public var model = GiftModelConfiguration()
    /// The terms of the loss.
    public var loss = GiftLossConfiguration()
    /// How to train.
    public var training = TrainingConfiguration()

    /// The values used where a file says nothing, not even a version.
    public static let defaults = GiftRecommenderConfiguration()

    /// The settings that a resumed run may change; the paths because the same data may have moved.
    public static let changeableInRun =
        changeableInEveryRun + ["data.scenarios", "data.catalogue", "data.splitFile"]

    /// Every value at the default of `version`.
    public init(_ version: Version = .connected) {
        self.version = version
        training = version.training
        guard version != .connected else {
            data.recombination = GiftRecombination()
            data.foldValidationShare = 0
            (loss.category, loss.semantic) = (0.4, 0.4)
            (loss.labelSmoothing, loss.toolSmoothing) = (0.1, 0.1)
            return
        }
        name = "gift-parity-\(version.rawValue)"
        model = version.model
        loss = version.loss
        data.augmentation = version.augmentation
    }

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checkName(&checks)
        checks.section("data", data)
        checks.section("model", model)
        checks.section("loss", loss)
        checks.section("training", training)
        checkMetrics(&checks, known: GiftRecipe.metricNames + ["loss"])
        checks.require(
            model.wiring == .connected || data.recombination == nil, "data.recombination",
            "in use", mustBe: "null in the wiring 'parity', as in the versions v0 to v3")
        for (key, value) in [
            ("ranking", loss.ranking), ("value", loss.value), ("rewardHead", loss.rewardHead),
            ("token", loss.token), ("halting", loss.halting),
            ("toolSmoothing", loss.toolSmoothing),
        ] {
            checks.require(
                model.wiring == .connected || value == 0, "loss.\(key)", value,
                mustBe: "0 in the wiring 'parity', which has no such term; versions v0 to v3 set it"
            )
        }
        checks.require(
            model.wiring == .parity || loss.rewardTarget != .constant, "loss.rewardTarget",
            loss.rewardTarget.rawValue, mustBe: "perProfile or computed in the wiring 'connected'")
    }

    // MARK: Versions

    /// `version`.
    public static var discriminator: String { "version" }

    /// The versions.
    public static var kinds: [String] { Version.allCases.map(\.rawValue) }

    /// The values of a version.
    public static func defaults(ofKind kind: String) -> GiftRecommenderConfiguration {
        GiftRecommenderConfiguration(Version(rawValue: kind) ?? .connected)
    }
}

/// Where scenarios and catalogue come from, and how they are divided and drawn.
public struct GiftDataConfiguration: Configuration, Equatable {
    /// The scenarios, relative to `$TANDEM_DATA` (or `Data/`) unless it begins with `/` or `.`; generated without it.
    public var scenarios: String?
    /// The catalogue, found in the same way; generated with the scenarios.
    public var catalogue: String?
    /// A JSON file with `train_ids` and `val_ids`; without it scenarios are divided at random.
    public var splitFile: String?
    /// What becomes of scenarios whose labels are outside the vocabulary.
    public var unknownLabels = GiftUnknownLabels.refuse
    /// In folds, the share of the scenarios outside a fold that validates; of 0 all are trained on and measured meanwhile, which
    /// suits a sweep of one variant, as several would be ranked by what they have learned.
    public var foldValidationShare = 0.2
    /// How training profiles are varied.
    public var augmentation = GiftAugmentation.none
    /// Connected: profiles put together from several for the terms of categories and tools; without it the batch's own.
    public var recombination: GiftRecombination?
    /// Batches per epoch, drawn with replacement.
    public var batchesPerEpoch = 50
    /// Number of generated scenarios when there is no file.
    public var generatedScenarios = 100
    /// Seed of the generated scenarios.
    public var generatedSeed: UInt64 = 42

    /// The values used where a file says nothing.
    public static let defaults = GiftDataConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        for (key, path) in [
            ("scenarios", scenarios), ("catalogue", catalogue), ("splitFile", splitFile),
        ] { checks.require(path != "", key, "''", mustBe: "a file") }
        checks.require(
            (scenarios == nil) == (catalogue == nil), "catalogue", catalogue ?? "missing",
            mustBe: scenarios == nil
                ? "left out when scenarios are generated" : "a file, as there are scenarios")
        checks.require(
            (0..<1).contains(foldValidationShare), "foldValidationShare", foldValidationShare,
            mustBe: "at least 0 and below 1")
        if let recombination { checks.section("recombination", recombination) }
        checks.count(batchesPerEpoch, "batchesPerEpoch", atMost: 1_000_000)
        checks.require(
            GiftGenerator.counts.contains(generatedScenarios), "generatedScenarios",
            generatedScenarios,
            mustBe: "from \(GiftGenerator.counts.lowerBound) to \(GiftGenerator.counts.upperBound)")
    }
}

/// The settings of the published versions, and those that trained the connected model best.
extension GiftRecommenderConfiguration.Version {
    fileprivate var model: GiftModelConfiguration {
        var model = GiftModelConfiguration()
        model.wiring = .parity
        model.vocabulary = .parity
        model.relationshipEmbedding = false
        model.tieredBudget = false
        (model.wordDeviation, model.categoryDeviation) = (1, 1)
        let rate = self == .v0 ? 0.1 : 0.2
        model.profileDropout = rate
        model.matcherDropout = rate
        model.giftDropout = rate
        model.scorerDropout = self == .v3 ? 0.3 : 0
        model.recommendationDropout = self == .v0 ? 0.1 : self == .v3 ? 0.5 : 0.3
        return model
    }

    fileprivate var loss: GiftLossConfiguration {
        var loss = GiftLossConfiguration()
        let weights: [Double] =
            switch self {
            case .v0: [0.35, 0.15, 0.25, 0.20, 1e-5]
            case .v1: [0.25, 0.25, 0.25, 0.20, 1e-5]
            case .v2: [0.20, 0.30, 0.25, 0.20, 2e-5]
            case .v3: [0.15, 0.30, 0.40, 0.15, 3e-5]
            case .connected: []
            }
        guard self != .connected else { return loss }
        loss.category = weights[0]
        loss.tool = weights[1]
        loss.reward = weights[2]
        loss.semantic = weights[3]
        loss.embedding = weights[4]
        (loss.ranking, loss.value, loss.rewardHead, loss.token, loss.halting) = (0, 0, 0, 0, 0)
        loss.labelSmoothing = self == .v3 ? 0.1 : 0
        loss.rewardTarget = self == .v3 ? .perProfile : .constant
        return loss
    }

    fileprivate var augmentation: GiftAugmentation {
        switch self {
        case .v0, .connected: .none
        case .v1: .v1
        case .v2: .v2
        case .v3: .v3
        }
    }

    fileprivate var training: TrainingConfiguration {
        var training = TrainingConfiguration()
        training.epochs = self == .connected ? 6 : 150
        training.batchSize = 16
        training.accumulation = self == .v2 || self == .v3 ? 2 : 1
        training.clipNorm = 1
        training.logEverySteps = 5
        training.keepEveryEpochs = 25
        training.evaluateEveryEpochs = self == .v0 ? 10 : self == .connected ? 1 : 5
        if self == .connected {
            training.weightAverage = WeightAverageConfiguration()
            training.weightAverage?.decay = 0.98
        }
        training.optimizer.leavesUnreachedAlone = true
        training.optimizer.learningRate = rates.main
        training.optimizer.weightDecay = rates.decay
        training.optimizer.groups = groups
        guard self != .connected else {
            training.schedule.kind = .cosine
            (training.schedule.warmUpFraction, training.schedule.floor) = (0, 0)
            return training
        }
        training.schedule.kind = .plateau
        training.schedule.metric = "loss"
        training.schedule.unit = .evaluations
        training.schedule.patience = self == .v3 ? 3 : 5
        training.schedule.factor = self == .v3 ? 0.3 : 0.5
        training.earlyStopping = EarlyStoppingConfiguration(
            metric: "quality", patience: self == .v0 || self == .v1 ? 15 : 20, threshold: 0)
        training.earlyStopping?.unit = .evaluations
        return training
    }

    /// Learning rates of user profiling, category matching, tool selection, reward prediction and the rest; weight decay.
    private var rates: (groups: [Double], main: Double, decay: Double) {
        switch self {
        case .v0: ([2e-4, 3e-4, 2e-4, 1.5e-4], 1e-4, 0.01)
        case .v1: ([1e-4, 1e-4, 1.5e-4, 1e-4], 1e-4, 0.01)
        case .v2: ([8e-5, 8e-5, 1.2e-4, 8e-5], 8e-5, 0.015)
        case .connected: ([5e-4, 5e-4, 1e-3, 1e-3], 3e-4, 0.015)
        case .v3: ([5e-5, 4e-5, 8e-5, 1.5e-4], 5e-5, 0.025)
        }
    }

    /// A group for each of the four parts.
    ///
    /// Before them stands, connected, what learns at a rate of its own; in the published versions what these leave out,
    /// besides parameters that no loss reaches.
    private var groups: [ParameterGroupConfiguration] {
        func group(_ path: String, _ rate: Double, decay: Double? = nil)
            -> ParameterGroupConfiguration
        {
            var group = ParameterGroupConfiguration()
            group.path = path
            group.learningRate = rate
            group.weightDecay = decay
            return group
        }
        let special =
            self == .connected
            ? [
                group("user_profiling.age_encoder", 1e-3),
                group("user_profiling.budget_encoder", 1e-3),
                group("user_profiling.hobby_embeddings", 1e-2),
                group("user_profiling.preference_embeddings", 1e-2),
                group("user_profiling.occasion_embeddings", 1e-2),
                group("category_matching.category_embeddings", 1e-2),
            ]
            : [
                "user_profiling.age_encoder", "user_profiling.budget_encoder",
                "category_matching.input", "tool_selection.context_encoder",
                "gift_feature_encoder",
            ].map { group($0, 0, decay: 0) }
        let parts = [
            "user_profiling", "category_matching", "tool_selection", "reward_prediction",
        ]
        return special + zip(parts, rates.groups).map { group($0, $1) }
    }
}
