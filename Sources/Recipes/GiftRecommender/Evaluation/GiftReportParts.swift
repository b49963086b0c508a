import TandemBasics

/// What is said about a model in its checkpoints and reports.
public struct GiftModelInfo: Codable, Sendable, Equatable {
    /// Numbers of the model that are kept, without buffers.
    public var totalParameters: Int
    /// Those that are trained.
    public var trainableParameters: Int
    /// The parts that the published system counts.
    public var enhancedComponents: [String]
    /// When training ended, as ISO 8601 has it.
    public var trainingDate: String
    /// Which published settings were used, for example `v2.0`.
    public var optimizationVersion: String

    /// The parts that every model has.
    public static let components = [
        "user_profiling", "category_matching", "tool_selection", "reward_prediction",
        "cross_modal_fusion",
    ]

    enum CodingKeys: String, CodingKey {
        case totalParameters = "total_parameters"
        case trainableParameters = "trainable_parameters"
        case enhancedComponents = "enhanced_components"
        case trainingDate = "training_date"
        case optimizationVersion = "optimization_version"
    }

    /// The given facts about a model with all parts.
    public init(
        totalParameters: Int, trainableParameters: Int, trainingDate: String,
        optimizationVersion: String
    ) {
        self.totalParameters = totalParameters
        self.trainableParameters = trainableParameters
        enhancedComponents = Self.components
        self.trainingDate = trainingDate
        self.optimizationVersion = optimizationVersion
    }
}

/// Figures that do not saturate as match rates do; `GiftFigures` and `GiftMetrics` say what each is.
public struct GiftStrictMetrics: Codable, Sendable, Equatable {
    /// Precision of the best three categories.
    public var precisionAt3: Double
    /// Recall of the best three categories.
    public var recallAt3: Double
    /// Share of scenarios whose best category is expected.
    public var hitAt1: Double
    /// Micro-averaged F1 of the categories at a threshold of 0.5.
    public var microF1: Double
    /// Micro-averaged F1 of the tools at a threshold of 0.5.
    public var toolMicroF1: Double
    /// Recall of the best two tools.
    public var toolRecall: Double
    /// Share of scenarios whose best two tools are exactly those expected.
    public var exactTools: Double
    /// Share of scenarios whose tools above 0.5 are exactly those expected.
    public var exactToolsAtThreshold: Double
    /// Number of different sets of best categories.
    public var distinctTop3: Int
    /// Number of different sets of best tools.
    public var distinctTools: Int
    /// Discounted gain of the recommended gifts as a share of the best possible.
    public var rewardNDCGAt3: Double
    /// The mean reward that the model predicts.
    public var predictedReward: Double
    /// Its standard deviation over scenarios.
    public var predictedRewardDeviation: Double
    /// The mean squared error of predicted rewards.
    public var rewardError: Double
    /// The rank correlation of predicted rewards with R; `nil` where one of the two has a single value.
    public var rewardCorrelation: Double?

    enum CodingKeys: String, CodingKey {
        case precisionAt3 = "precision_at_3"
        case recallAt3 = "recall_at_3"
        case hitAt1 = "hit_at_1"
        case microF1 = "micro_f1"
        case toolMicroF1 = "tool_micro_f1"
        case toolRecall = "tool_recall"
        case exactTools = "exact_tools"
        case exactToolsAtThreshold = "exact_tools_at_threshold"
        case distinctTop3 = "distinct_top3_sets"
        case distinctTools = "distinct_tool_sets"
        case rewardNDCGAt3 = "reward_ndcg_at_3"
        case predictedReward = "predicted_reward"
        case predictedRewardDeviation = "predicted_reward_deviation"
        case rewardError = "reward_mean_squared_error"
        case rewardCorrelation = "reward_spearman_correlation"
    }

    init(_ metrics: GiftMetrics) {
        precisionAt3 = metrics.figures.precisionAt3
        recallAt3 = metrics.figures.recallAt3
        hitAt1 = metrics.figures.hitAt1
        microF1 = metrics.categoryF1
        toolMicroF1 = metrics.toolF1
        toolRecall = metrics.figures.toolRecall
        exactTools = metrics.figures.exactTools
        exactToolsAtThreshold = metrics.exactToolsAtThreshold
        distinctTop3 = metrics.distinctTop3
        distinctTools = metrics.distinctTools
        rewardNDCGAt3 = metrics.rewardNDCGAt3
        predictedReward = metrics.predictedReward
        predictedRewardDeviation = metrics.predictedRewardDeviation
        rewardError = metrics.rewardError
        rewardCorrelation = metrics.rewardCorrelation
    }
}

/// The figures of all baselines on the scenarios tested.
public struct GiftBaselineFigures: Codable, Sendable, Equatable {
    /// Everything drawn at random: expected values.
    public var random: GiftFigures
    /// The same for everybody.
    public var constant: GiftFigures
    /// Hobbies that are names of categories.
    public var hobbyName: GiftFigures
    /// A table of hobbies.
    public var hobbyLookup: GiftFigures
    /// One logistic regression per category and tool.
    public var logisticRegression: GiftFigures
    /// What nothing can exceed.
    public var bestPossible: GiftFigures
    /// The mean reward R of the best three gifts: what nothing can exceed.
    public var oracleReward: Double

    enum CodingKeys: String, CodingKey {
        case random, constant
        case hobbyName = "hobby_name"
        case hobbyLookup = "hobby_lookup"
        case logisticRegression = "logistic_regression"
        case bestPossible = "best_possible"
        case oracleReward = "oracle_reward"
    }

    /// Measures the baselines on some scenarios; throws as `GiftBaselines.figures` does.
    public init(_ baselines: GiftBaselines, _ scenarios: [GiftScenario]) throws {
        random = try baselines.figures(.random, scenarios)
        constant = try baselines.figures(.constant, scenarios)
        hobbyName = try baselines.figures(.hobbyName, scenarios)
        hobbyLookup = try baselines.figures(.hobbyLookup, scenarios)
        logisticRegression = try baselines.figures(.logisticRegression, scenarios)
        bestPossible = try baselines.figures(.bestPossible, scenarios)
        oracleReward = bestPossible.averageReward
    }

    /// The figures of one baseline.
    public subscript(baseline: GiftBaseline) -> GiftFigures {
        switch baseline {
        case .random: random
        case .constant: constant
        case .hobbyName: hobbyName
        case .hobbyLookup: hobbyLookup
        case .logisticRegression: logisticRegression
        case .bestPossible: bestPossible
        }
    }
}

/// The tiers by both qualities, with what they are worth.
public struct GiftTierStatement: Codable, Sendable, Equatable {
    /// The tier by the quality with normalised rewards.
    public var qualityScore: GiftTier
    /// The tier by the quality with the model's own predicted rewards.
    public var qualityParity: GiftTier
    /// Whether the model is above the lookup of hobbies in both quality and P@3.
    public var beatsHobbyLookup: Bool
    /// Both in a sentence.
    public var statement: String

    enum CodingKeys: String, CodingKey {
        case qualityScore = "quality_score"
        case qualityParity = "quality_parity"
        case beatsHobbyLookup = "beats_hobby_lookup"
        case statement
    }

    init(
        _ metrics: GiftMetrics, learned: GiftMetrics?, run: GiftTestedRun?,
        baselines: GiftBaselineFigures
    ) {
        func tier(_ metric: String, _ quality: (GiftMetrics) -> Double) -> GiftTier {
            let course = run.map {
                GiftCourse(
                    $0.history, upTo: $0.epoch, metric: metric,
                    gapQuality: learned.map { quality($0) - quality(metrics) })
            }
            return GiftTier.reached(
                quality: quality(metrics), metrics.figures, course ?? .unknown)
        }
        qualityScore = tier("quality", \.figures.quality)
        qualityParity = tier("qualityParity", \.qualityParity)
        let (model, lookup) = (metrics.figures, baselines.hobbyLookup)
        beatsHobbyLookup =
            model.quality > lookup.quality && model.precisionAt3 > lookup.precisionAt3
        func compared(_ figure: (GiftFigures) -> Double) -> String {
            "\(NumberText.fixed(figure(model), 3)) against \(NumberText.fixed(figure(lookup), 3))"
        }
        statement =
            "tier '\(qualityScore.rawValue)' by quality score, "
            + "'\(qualityParity.rawValue)' by parity quality"
            + (run == nil ? " (none is given without the course of training)" : "")
            + "; the model "
            + "\(beatsHobbyLookup ? "beats" : "does not beat") the hobby lookup: "
            + "quality \(compared(\.quality)), P@3 \(compared(\.precisionAt3)), "
            + "exact tools \(compared(\.exactTools))"
    }
}
