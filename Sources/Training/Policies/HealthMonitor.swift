import TandemBasics

/// Looks at every epoch for signs that a run goes wrong, and says so in its record; it stops the run when asked to.
///
/// A loss or gradient norm that is not finite ends every run, monitored or not.
public final class HealthMonitor: TrainingPolicy {
    /// What the monitor remembers.
    public struct Memory: Codable, Sendable {
        /// The lowest training loss of an epoch so far.
        var lowestLoss: Double?
    }

    /// Kept in every checkpoint.
    public var savedState = Memory()

    private let configuration: HealthConfiguration

    /// Looks for what the configuration names.
    public init(_ configuration: HealthConfiguration = HealthConfiguration()) {
        self.configuration = configuration
    }

    /// `health`.
    public var name: String { "health" }

    /// Adds a warning for everything that is wrong.
    public func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) throws {
        let divergence = divergence(record)
        var warnings = [divergence, gap(record), balance(record), firstBest(record, run)]
            .compactMap { $0 }
        warnings += collapsed(record) + withoutGradient(record)
        savedState.lowestLoss = min(savedState.lowestLoss ?? .infinity, record.loss)
        if !warnings.isEmpty { record.warnings = (record.warnings ?? []) + warnings }
        guard configuration.stops else { return }
        if let divergence { run.stop(StopReason("divergence", divergence)) }
    }

    private func divergence(_ record: EpochRecord) -> String? {
        guard configuration.divergence > 0, let lowest = savedState.lowestLoss, lowest > 0,
            record.loss > configuration.divergence * lowest
        else { return nil }
        return "the training loss \(NumberText.short(record.loss)) is more than "
            + "\(NumberText.short(configuration.divergence)) times its lowest value "
            + "\(NumberText.short(lowest)); lower the learning rate"
    }

    private func gap(_ record: EpochRecord) -> String? {
        guard configuration.gap > 0, record.loss > 0,
            let validation = record.metrics[configuration.gapMetric],
            validation > configuration.gap * record.loss
        else { return nil }
        return "\(configuration.gapMetric) \(NumberText.short(validation)) is more than "
            + "\(NumberText.short(configuration.gap)) times the training loss "
            + "\(NumberText.short(record.loss)): the model learns its examples by heart"
    }

    private func balance(_ record: EpochRecord) -> String? {
        let total = record.lossTerms.values.reduce(0) { $0 + $1.magnitude }
        guard configuration.balance > 0, record.lossTerms.count > 1, total > 0,
            let largest = record.lossTerms.max(by: { $0.value.magnitude < $1.value.magnitude }),
            largest.value.magnitude > configuration.balance * total
        else { return nil }
        return "the loss term '\(largest.key)' makes up "
            + "\(NumberText.percent(largest.value.magnitude / total)) of the loss terms; "
            + "change their weights"
    }

    /// Best at once and never again: what training changes does not help on other data.
    private func firstBest(_ record: EpochRecord, _ run: TrainingContext) -> String? {
        guard configuration.firstBest > 0, record.epoch > configuration.firstBest, !record.isBest,
            run.state.bestEpoch == 1
        else { return nil }
        return
            "the best of \(record.epoch) epochs is the first: too little data, or nothing learned"
    }

    private func collapsed(_ record: EpochRecord) -> [String] {
        guard configuration.collapse > 0 else { return [] }
        return record.lossTerms.sorted { $0.key < $1.key }
            .filter { $0.value.magnitude < configuration.collapse }
            .map {
                "the loss term '\($0.key)' has collapsed to \(NumberText.short($0.value)): "
                    + "nothing is left to learn from it"
            }
    }

    private func withoutGradient(_ record: EpochRecord) -> [String] {
        var warnings = (record.groupsWithoutGradient ?? []).map {
            "the gradient of the parameter group '\($0)' was zero for an epoch"
        }
        if let names = record.unreachedParameters {
            warnings.append(
                "no gradient has reached \(names.prefix(5).joined(separator: ", "))"
                    + (names.count > 5 ? " and \(names.count - 5) more parameters" : "")
                    + "; are they part of the loss?")
        }
        return warnings
    }
}
