import TandemBasics
import TandemTraining

/// The monitors G1 to G5: pure functions of the epochs so far, about the last of them.
struct GiftGreenMonitors {
    /// All epochs so far.
    let history: [EpochRecord]

    /// The last epoch.
    let record: EpochRecord
    /// The epochs in which the validation data were measured.
    private let evaluations: [EpochRecord]

    /// Monitors of the last epoch of `history`; `nil` when there is none.
    init?(_ history: [EpochRecord]) {
        guard let record = history.last else { return nil }
        self.history = history
        self.record = record
        evaluations = history.filter(\.isEvaluated)
    }

    /// The flags that are set.
    var flags: [GiftFlag] {
        [steadyDescent, holdingQuality, balancedLosses, smallGap, improving].compactMap { $0 }
    }

    /// G1: the least-squares slope of the total loss over the last 10 epochs is below 0, and no epoch's loss fell by more than
    /// 25% from the one before.
    var steadyDescent: GiftFlag? {
        let losses = history.suffix(10).map(\.loss)
        guard losses.count == 10, Self.slope(losses) < 0,
            zip(losses, losses.dropFirst()).allSatisfy({ $1 >= 0.75 * $0 })
        else { return nil }
        return GiftFlag(
            "G1", .green,
            "the loss falls steadily, by \(NumberText.significant(-Self.slope(losses), 2)) an "
                + "epoch over the last 10")
    }

    /// G2: the quality is at most 0.01 below that of the previous evaluation.
    var holdingQuality: GiftFlag? {
        let qualities = evaluations.suffix(2).compactMap { $0.metrics["quality"] }
        guard record.isEvaluated, qualities.count == 2, qualities[1] >= qualities[0] - 0.01 else {
            return nil
        }
        return GiftFlag("G2", .green, "the quality holds at \(NumberText.fixed(qualities[1], 3))")
    }

    /// G3: category, tool, reward and semantic loss all lie in 0.15 to 0.30; a range for information only.
    var balancedLosses: GiftFlag? {
        let losses = ["category", "tool", "reward", "semantic"].map { record.lossTerms[$0] ?? .nan }
        guard losses.allSatisfy({ (0.15...0.30).contains($0) }) else { return nil }
        return GiftFlag(
            "G3", .green, "the category, tool, reward and semantic losses lie in 0.15 to 0.30")
    }

    /// G4: validation and training loss are at most 0.05 apart.
    var smallGap: GiftFlag? {
        guard let gap = record.gapLoss, gap.magnitude <= 0.05 else { return nil }
        return GiftFlag(
            "G4", .green,
            "validation and training loss are \(NumberText.fixed(gap.magnitude, 3)) apart")
    }

    /// G5: one of the last 5 evaluations was the best so far, which started the patience anew.
    var improving: GiftFlag? {
        guard record.isEvaluated, let best = evaluations.suffix(5).last(where: \.isBest) else {
            return nil
        }
        return GiftFlag("G5", .green, "the best epoch so far, \(best.epoch), is recent")
    }

    /// The slope of the line through equally spaced values that has the least squared distance from them.
    private static func slope(_ values: [Double]) -> Double {
        let middle = Double(values.count - 1) / 2
        var (products, squares) = (0.0, 0.0)
        for (index, value) in values.enumerated() {
            products += (Double(index) - middle) * value
            squares += (Double(index) - middle) * (Double(index) - middle)
        }
        return products / squares
    }
}
