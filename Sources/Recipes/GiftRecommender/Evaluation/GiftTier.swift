public import TandemTraining

/// How far a model has come; every tier demands what those below it demand.
///
/// A tier is no achievement by itself: a lookup of hobbies reaches a quality that passes for one.
public enum GiftTier: String, Codable, Sendable, CaseIterable, Comparable {
    /// Not even the lowest demands are met.
    case none
    /// Quality above 0.85, more than 90% of categories and of tools match, no overfitting before epoch 30.
    case minimum
    /// Quality above 0.88, more than 95% of categories and of tools match, and the quality of the last three evaluations
    /// within 0.02.
    case target
    /// Quality above 0.90, all categories and tools match, and a quality on the training scenarios less than 0.05 higher.
    case excellent

    /// The highest tier that figures on validation scenarios reach.
    ///
    /// - Parameters:
    ///   - quality: either quality.
    ///   - figures: the figures on the same scenarios.
    ///   - course: what training has shown of that quality; what is not known there counts as not met.
    /// - Returns: the tier.
    public static func reached(
        quality: Double, _ figures: GiftFigures, _ course: GiftCourse
    ) -> GiftTier {
        let matches = min(figures.categoryMatch, figures.toolMatch)
        guard quality > 0.85, matches > 0.90, course.overfitsEarly == false else { return .none }
        guard quality > 0.88, matches > 0.95, let range = course.qualityRange, range <= 0.02 else {
            return .minimum
        }
        guard quality > 0.90, matches >= 1, let gap = course.gapQuality, gap < 0.05 else {
            return .target
        }
        return .excellent
    }

    /// The lower tier comes first.
    public static func < (first: GiftTier, second: GiftTier) -> Bool {
        first.rank < second.rank
    }

    private var rank: Int {
        switch self {
        case .none: 0
        case .minimum: 1
        case .target: 2
        case .excellent: 3
        }
    }
}

/// What the course of a training says about a quality besides its value at the end.
public struct GiftCourse: Sendable, Equatable {
    /// Whether an evaluation before epoch 30 showed overfitting: the third fall of the quality in a row, or a validation loss
    /// more than 0.05 above the training loss; `nil` without evaluations.
    public var overfitsEarly: Bool?
    /// The highest less the lowest quality of the last three evaluations; `nil` where there were fewer.
    public var qualityRange: Double?
    /// The quality on the training scenarios less that on the validation scenarios.
    public var gapQuality: Double?

    /// A course that nothing is known of.
    public static let unknown = GiftCourse()

    private init() {}

    /// The course that a run has taken up to and including an epoch.
    ///
    /// - Parameters:
    ///   - history: the epochs of the run.
    ///   - epoch: the epoch whose weights are judged; later ones do not count. All count when it is `nil`.
    ///   - metric: the quality: `quality` or `qualityParity`.
    ///   - gapQuality: the quality on the training scenarios less that on the validation scenarios.
    public init(
        _ history: [EpochRecord], upTo epoch: Int? = nil, metric: String = "quality",
        gapQuality: Double?
    ) {
        let seen = history.filter { $0.epoch <= epoch ?? .max }
        self.gapQuality = gapQuality
        let qualities = seen.compactMap { $0.metrics[metric] }.suffix(3)
        if qualities.count == 3, let highest = qualities.max(), let lowest = qualities.min() {
            qualityRange = highest - lowest
        }
        guard seen.contains(where: \.isEvaluated) else { return }
        overfitsEarly = seen.indices.contains { index in
            let record = seen[index]
            guard record.epoch < 30, record.isEvaluated else { return false }
            if let gap = record.gapLoss, gap > 0.05 { return true }
            let monitors = GiftRedMonitors(
                Array(seen[...index]), toolLossFloor: nil, validationScenarios: 0)
            return monitors?.falling != nil
        }
    }
}

/// How much better a model is on what it was trained on; both parts measured without dropout and augmentation.
public struct GiftGeneralisation: Codable, Sendable, Equatable {
    /// The total loss on the validation scenarios less that on the training scenarios; the target is below 0.05.
    public var gapLoss: Double?
    /// The quality on the training scenarios less that on the validation scenarios; the target is below 0.05.
    public var gapQuality: Double?

    enum CodingKeys: String, CodingKey {
        case gapLoss = "gap_loss"
        case gapQuality = "gap_quality"
    }

    /// The given gaps; `nil` where one was not measured.
    public init(gapLoss: Double?, gapQuality: Double?) {
        self.gapLoss = gapLoss
        self.gapQuality = gapQuality
    }
}
