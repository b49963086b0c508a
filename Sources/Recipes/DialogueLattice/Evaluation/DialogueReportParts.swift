/// Where the predictions that are measured come from; every part may be unknown.
public struct DialogueTestedRun: Codable, Sendable, Equatable {
    /// The part of the data that is measured on: `test`, `validation` or `training`.
    public var part: String?
    /// Number of training pairs.
    public var trainingCount: Int?
    /// Number of validation pairs.
    public var validationCount: Int?
    /// Number of test pairs.
    public var testCount: Int?
    /// The teacher that made the vectors, with its revision.
    public var teacher: String?
    /// The core.
    public var core: String?
    /// The checkpoint.
    public var checkpoint: String?
    /// The epoch of the weights.
    public var bestEpoch: Int?
    /// The metric that chose the epoch.
    public var selectionMetric: String?
    /// Number of parameters.
    public var parameters: Int?
    /// Seconds of training.
    public var seconds: Double?
    /// The device.
    public var device: String?
    /// The seed of the run.
    public var seed: UInt64?

    /// What is known, all of it nothing at first.
    public init(
        part: String? = nil, trainingCount: Int? = nil, validationCount: Int? = nil,
        testCount: Int? = nil, teacher: String? = nil, core: String? = nil,
        checkpoint: String? = nil, bestEpoch: Int? = nil, selectionMetric: String? = nil,
        parameters: Int? = nil, seconds: Double? = nil, device: String? = nil, seed: UInt64? = nil
    ) {
        self.part = part
        self.trainingCount = trainingCount
        self.validationCount = validationCount
        self.testCount = testCount
        self.teacher = teacher
        self.core = core
        self.checkpoint = checkpoint
        self.bestEpoch = bestEpoch
        self.selectionMetric = selectionMetric
        self.parameters = parameters
        self.seconds = seconds
        self.device = device
        self.seed = seed
    }
}

/// The figures of all baselines on the pairs that are measured.
public struct DialogueBaselineFigures: Codable, Sendable, Equatable {
    /// The mean training answer.
    public var constant: DialogueMetrics
    /// The question itself.
    public var copy: DialogueMetrics
    /// The linear map to the answer.
    public var ridge: DialogueMetrics
    /// The linear map to the difference of answer and question.
    public var ridgeResidual: DialogueMetrics

    /// The figures of one baseline.
    public subscript(baseline: DialogueBaseline) -> DialogueMetrics {
        switch baseline {
        case .constant: constant
        case .copy: copy
        case .ridge: ridge
        case .ridgeResidual: ridgeResidual
        }
    }

    /// That of the two linear maps which finds answers better on these pairs, and by its cosine where they are equal.
    public var betterRidge: DialogueBaseline {
        (ridge.meanReciprocalRank, ridge.meanCosine)
            > (ridgeResidual.meanReciprocalRank, ridgeResidual.meanCosine) ? .ridge : .ridgeResidual
    }
}

/// The strengths of the linear maps, as `DialogueRidge.init` counts them.
public struct DialogueRegularization: Codable, Sendable, Equatable {
    /// That of the map to the answer.
    public var ridge: Double
    /// That of the map to the difference of answer and question.
    public var ridgeResidual: Double
}

/// The pairs of one source or category, with their answers as the only candidates.
public struct DialogueSubset: Codable, Sendable, Equatable {
    /// The source or category.
    public var name: String
    /// The model.
    public var model: DialogueMetrics
    /// Copying the question.
    public var copy: DialogueMetrics
    /// What the model gains over copying.
    public var gains: DialogueGains

    /// The subsets that `labels` make, by name, from the cosines `[n, n]` of predictions and of questions with all answers.
    ///
    /// There is one label per pair, or none at all; pairs with an empty one are left out. Throws
    /// `DialogueEvaluationError.wrongSize`, which says `what` the labels are, when there is another number.
    static func all(
        _ labels: [String], what: String, model: DialogueSimilarities, copy: DialogueSimilarities,
        seed: UInt64
    ) throws -> [DialogueSubset] {
        if labels.isEmpty { return [] }
        guard labels.count == model.rows else {
            throw DialogueEvaluationError.wrongSize(
                what: what, found: labels.count, expected: model.rows)
        }
        let rows = Dictionary(grouping: labels.indices) { labels[$0] }
        return try rows.keys.filter { !$0.isEmpty }.sorted().map { name in
            let own = rows[name] ?? []
            let scores = try DialogueScores(
                similarities: model.values, count: model.rows, rows: own)
            let copied = try DialogueScores(similarities: copy.values, count: copy.rows, rows: own)
            return DialogueSubset(
                name: name, model: DialogueMetrics(scores), copy: DialogueMetrics(copied),
                gains: try DialogueGains(scores, over: copied, seed: seed))
        }
    }
}

/// What the figures prove, in a form for programs.
public struct DialogueVerdict: Codable, Sendable, Equatable {
    /// Whether both gains over copying the question lie above 0 with all of their intervals.
    public var beatsCopy: Bool
    /// Whether both mean gains over copying count as gains, whatever their intervals.
    public var isAboveCopy: Bool
    /// Whether the mean gain over the better linear map counts as one on at least one of the two figures.
    public var isAboveRidge: Bool

    init(overCopy: DialogueGains, overRidge: DialogueGains) {
        beatsCopy = overCopy.cosine.isClear && overCopy.meanReciprocalRank.isClear
        isAboveCopy = overCopy.cosine.isPositive && overCopy.meanReciprocalRank.isPositive
        isAboveRidge = overRidge.cosine.isPositive || overRidge.meanReciprocalRank.isPositive
    }
}
