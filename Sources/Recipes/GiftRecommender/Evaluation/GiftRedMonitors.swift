import TandemBasics
import TandemTraining

/// The monitors R1 to R8: pure functions of the epochs so far, about the last of them.
struct GiftRedMonitors {
    /// All epochs so far.
    let history: [EpochRecord]
    /// The least tool loss that a softmax over tools allows; `nil` where tools are independent.
    let toolLossFloor: Double?
    /// Number of scenarios that are measured on.
    let validationScenarios: Int

    /// The last epoch.
    let record: EpochRecord
    /// The epochs in which the validation data were measured.
    private let evaluations: [EpochRecord]

    /// Monitors of the last epoch of `history`; `nil` when there is none.
    init?(_ history: [EpochRecord], toolLossFloor: Double?, validationScenarios: Int) {
        guard let record = history.last else { return nil }
        self.history = history
        self.record = record
        self.toolLossFloor = toolLossFloor
        self.validationScenarios = validationScenarios
        evaluations = history.filter(\.isEvaluated)
    }

    /// The flags that are set.
    var flags: [GiftFlag] {
        [
            learnedEarly, falling, stalledTools, gap, sudden, notFinite, collapse, withoutGradient,
        ].compactMap { $0 }
    }

    /// R1: the training category loss is below 0.10 before epoch 25.
    var learnedEarly: GiftFlag? {
        guard record.epoch < 25, let loss = record.lossTerms["category"], loss < 0.10 else {
            return nil
        }
        return GiftFlag(
            "R1", .red,
            "the training category loss is \(short(loss)), below 0.10 before epoch 25: "
                + "the scenarios are learned by heart")
    }

    /// R2: the quality was lower than at the previous evaluation three times in a row.
    var falling: GiftFlag? {
        let qualities = evaluations.suffix(4).compactMap { $0.metrics["quality"] }
        guard record.isEvaluated, qualities.count == 4,
            zip(qualities, qualities.dropFirst()).allSatisfy({ $1 < $0 })
        else { return nil }
        return GiftFlag(
            "R2", .red,
            "the quality has fallen three evaluations in a row, from \(short(qualities[0])) "
                + "to \(short(qualities[3]))")
    }

    /// R3: from epoch 15 on, the best tool loss of the last 10 epochs is not 1% below the best before them.
    ///
    /// At the floor of a softmax it can fall no further, which is said instead.
    var stalledTools: GiftFlag? {
        guard record.epoch >= 15 else { return nil }
        let losses = history.compactMap { $0.lossTerms["tool"] }
        guard losses.count > 10, let recent = losses.suffix(10).min(),
            let before = losses.dropLast(10).min(), recent >= 0.99 * before
        else { return nil }
        if let toolLossFloor, min(recent, before) <= 1.02 * toolLossFloor {
            return GiftFlag(
                "R3", .grey,
                "the tool loss \(short(recent)) is at the softmax floor \(short(toolLossFloor))"
            )
        }
        return GiftFlag(
            "R3", .red,
            "the tool loss has stalled: at best \(short(recent)) in the last 10 epochs, "
                + "\(short(before)) before")
    }

    /// R4: the validation loss is more than 0.10 above the training loss; amber above 0.05.
    var gap: GiftFlag? {
        guard let gap = record.gapLoss, gap > 0.05 else { return nil }
        return GiftFlag(
            "R4", gap > 0.10 ? .red : .amber,
            "the validation loss is \(short(gap)) above the training loss, more than "
                + (gap > 0.10 ? "0.10" : "0.05"))
    }

    /// R5: the category loss has fallen by more than 80% within 9 epochs.
    var sudden: GiftFlag? {
        let losses = history.suffix(10).compactMap { $0.lossTerms["category"] }
        guard let now = losses.last, let highest = losses.max(), now < 0.2 * highest else {
            return nil
        }
        return GiftFlag(
            "R5", .red,
            "the category loss has fallen from \(short(highest)) to \(short(now)), "
                + "by more than 80%, within 9 epochs")
    }

    /// R6: a loss or the gradient is not finite.
    var notFinite: GiftFlag? {
        var values = [("loss", record.loss), ("gradient norm", record.gradientNorm)]
        values += record.lossTerms.sorted { $0.key < $1.key }.map { ("\($0.key) loss", $0.value) }
        values += record.metrics["validationLoss"].map { [("validation loss", $0)] } ?? []
        guard let (name, value) = values.first(where: { !$0.1.isFinite }) else { return nil }
        return GiftFlag("R6", .red, "the \(name) is \(value); lower the learning rates")
    }

    /// R7: the model says the same of everybody: at most 3 of 20 sets of best categories differ (15% of the scenarios), or
    /// the predicted reward deviates by less than 0.001 over users.
    var collapse: GiftFlag? {
        let limit = max(1, validationScenarios * 3 / 20)
        if let sets = record.metrics["distinctTop3"], validationScenarios > 1,
            sets <= Double(limit)
        {
            return GiftFlag(
                "R7", .red,
                "the \(validationScenarios) validation scenarios get only \(Int(sets)) different "
                    + "sets of best categories")
        }
        guard let deviation = record.metrics["predictedRewardDeviation"], validationScenarios > 1,
            deviation < 1e-3
        else { return nil }
        return GiftFlag(
            "R7", .red,
            "the predicted reward is the same for all users, with a standard deviation of "
                + NumberText.significant(deviation, 2))
    }

    /// R8: a group of parameters had no gradient in the whole epoch.
    var withoutGradient: GiftFlag? {
        guard let groups = record.groupsWithoutGradient, !groups.isEmpty else { return nil }
        return GiftFlag(
            "R8", .red,
            "no gradient in the whole epoch for \(groups.joined(separator: ", "))")
    }
}

/// A number with four significant digits.
private func short(_ value: Double) -> String { NumberText.significant(value, 4) }

extension EpochRecord {
    /// Whether the validation data were measured in the epoch.
    var isEvaluated: Bool { metrics["quality"] != nil }

    /// How far the validation loss lies above the training loss, both without dropout and augmentation, where both were measured.
    var gapLoss: Double? { metrics["gapLoss"] }
}
