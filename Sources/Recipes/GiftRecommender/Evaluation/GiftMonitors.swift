import FoundationEssentials
import Glibc
public import TandemTraining

/// Looks at every epoch of the gift recommender for signs that training goes wrong (R1 to R8) or well (G1 to G5).
///
/// Red and amber flags become warnings in the epoch's record, the others notes; all flags are kept by epoch, in checkpoints
/// too. A loss that is not finite stops the run.
public final class GiftMonitors: TrainingPolicy {
    /// All flags so far.
    public struct Memory: Codable, Sendable, Equatable {
        /// One entry per epoch, in their order.
        public var epochs: [GiftEpochFlags] = []

        /// No epoch seen yet.
        public init() {}
    }

    /// Kept in every checkpoint.
    public var savedState = Memory()

    private let toolLossFloor: Double?
    private let validationScenarios: Int

    /// Monitors a run.
    ///
    /// - Parameters:
    ///   - toolLossFloor: the least tool loss that a softmax over tools allows, see `softmaxFloor(of:)`; `nil` where tools are
    ///     scored independently.
    ///   - validationScenarios: number of scenarios that are measured on.
    public init(toolLossFloor: Double?, validationScenarios: Int) {
        self.toolLossFloor = toolLossFloor
        self.validationScenarios = validationScenarios
    }

    /// `giftMonitors`.
    public var name: String { Self.stateName }

    /// The flags that a run keeps in its state; none where it was not monitored.
    ///
    /// Throws when they cannot be read.
    static func flags(in state: TrainingState) throws -> [GiftEpochFlags] {
        guard let text = state.saved[stateName] else { return [] }
        return try RunCoding.decoder().decode(Memory.self, from: Data(text.utf8)).epochs
    }

    private static let stateName = "giftMonitors"

    /// Looks at the epoch; adds warnings to its record, and stops the run when a loss is not finite.
    public func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) {
        let flags = flags(run.state.history + [record])
        savedState.epochs.append(GiftEpochFlags(epoch: record.epoch, flags: flags))
        let warnings = flags.filter { $0.colour == .red || $0.colour == .amber }
        let others = flags.filter { $0.colour == .green || $0.colour == .grey }
        if !warnings.isEmpty {
            record.warnings = (record.warnings ?? []) + warnings.map(\.description)
        }
        if !others.isEmpty { record.notes = (record.notes ?? []) + others.map(\.description) }
        if let stop = flags.first(where: { $0.code == "R6" }) {
            run.stop(StopReason("notFinite", stop.text))
        }
    }

    /// The flags of the last epoch of a history, a pure function of it.
    public func flags(_ history: [EpochRecord]) -> [GiftFlag] {
        let red = GiftRedMonitors(
            history, toolLossFloor: toolLossFloor, validationScenarios: validationScenarios)
        return (red?.flags ?? []) + (GiftGreenMonitors(history)?.flags ?? [])
    }

    /// The least mean tool loss that a softmax can reach on some scenarios: `k ln(k) / 5` for k expected tools, 0.2773 for two.
    public static func softmaxFloor(of scenarios: [GiftScenario]) -> Double {
        GiftFigures.mean(
            scenarios.map { scenario in
                let count = Double(max(1, Set(scenario.expectedTools).count))
                return count * log(count) / Double(GiftVocabulary.tools.count)
            })
    }
}
