import TandemDevices
import TandemNetworks

/// Ends a run whose parameters do not all learn: by the third step each must have had a gradient other than zero, and have
/// changed.
///
/// A model that computes around its parameters trains without any other sign of it. For models in which every
/// parameter is meant to take part; a layer that begins at zero lets gradients through from the second step on.
public final class MovementGuard: TrainingPolicy {
    /// What the guard has seen; empty once it has judged.
    public struct Progress: Codable, Sendable {
        /// The values at the start of the run.
        var initial: [Float]?
        /// For every parameter, whether a gradient other than zero has reached it.
        var reached: [Bool] = []
        /// Steps that were looked at; those that were skipped are none.
        var steps = 0
    }

    /// Kept in every checkpoint.
    public var savedState = Progress()

    private let steps: Int

    /// Judges after `steps` steps.
    public init(steps: Int = 3) {
        self.steps = max(1, steps)
    }

    /// `movement`.
    public var name: String { "movement" }

    /// Keeps the initial values.
    public func didStart(_ run: TrainingContext) throws {
        guard run.state.step == 0 else { return }
        savedState.initial = try run.device.download(run.arena.values)
        savedState.reached = run.arena.entries.map { _ in false }
    }

    /// Looks at gradients and values; throws `TrainingError.parametersStandStill`.
    public func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws {
        guard let initial = savedState.initial else { return }
        let gradients = try run.device.download(run.arena.gradients)
        // What is not finite is reported by the trainer, and says nothing about the model's parts.
        guard gradients.allSatisfy(\.isFinite) else {
            savedState = Progress()
            return
        }
        for (number, entry) in run.arena.entries.enumerated()
        where gradients[entry.start..<entry.start + entry.count].contains(where: { $0 != 0 }) {
            savedState.reached[number] = true
        }
        savedState.steps += 1
        guard savedState.steps >= steps else { return }
        let values = try run.device.download(run.arena.values)
        let still = run.arena.entries.enumerated().filter { number, entry in
            let place = entry.start..<entry.start + entry.count
            return !savedState.reached[number] || initial[place] == values[place]
        }
        guard still.isEmpty else {
            throw TrainingError.parametersStandStill(
                still.map(\.element.name), parameters: run.arena.entries.count,
                step: run.state.step)
        }
        savedState = Progress()
    }
}
