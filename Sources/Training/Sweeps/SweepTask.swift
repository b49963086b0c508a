import TandemConfiguration
import TandemDevices

/// Training one variant with one seed on a device of its own.
struct SweepTask<System: SweptExperiment>: Sendable {
    let variant: SweepVariant<System>
    let cell: SweepCell
    let timeout: Double

    struct Product {
        let result: SweepSeedResult
        let curves: SweepCurves
        let experiment: System
        let outcome: RunResult<System.Figures>
    }

    /// Trains, restores the best weights and measures the test rows with them; `nil` when it was interrupted.
    func run(
        _ data: System.PreparedData, on device: any Device, isInterrupted: @escaping () -> Bool
    ) throws -> Product? {
        let configuration = try System.Configuration.parse(
            Array(variant.configuration.resolvedJSON.utf8), source: variant.configuration.name,
            overrides: [try ConfigurationOverride("seed=\(cell.seed)")])
        let clock = ContinuousClock()
        let start = clock.now
        let deadline = start + .seconds(timeout)
        let experiment = try System(configuration, data: data, device: device)
        var isLate = false
        let training = try TrainingRun(experiment) {
            isLate = isLate || clock.now > deadline
            return isLate || isInterrupted()
        }
        guard let result = try training.train() else {
            if isInterrupted() { return nil }
            throw SweepTimeout(seconds: timeout)
        }
        let state = result.state
        let history = state.history
        let validationLoss = state.chosenRecord.map(System.validationLoss) ?? .nan
        // Nothing could be said about its rank.
        guard validationLoss.isFinite else {
            throw TrainingError.notFinite(
                quantity: "the validation loss", value: "\(validationLoss)",
                epoch: state.chosenEpoch, step: state.step)
        }
        let further = System.figures(of: result.test)
        var figures = SweepSeedResult(
            seed: cell.seed, fold: cell.fold, validationLoss: validationLoss,
            testLoss: System.testLoss(result.test), trainingLoss: state.chosenRecord?.loss ?? .nan,
            bestEpoch: state.chosenEpoch, epochsRun: state.epoch, steps: state.step,
            stepSeconds: history.reduce(0) { $0 + $1.trainingSeconds },
            seconds: (clock.now - start) / .seconds(1))
        if !further.isEmpty {
            figures.figures = Dictionary(uniqueKeysWithValues: further.map { ($0.name, $0.value) })
        }
        let gains = System.gains(of: result.test)
        if !gains.isEmpty { figures.gains = gains }
        return Product(
            result: figures,
            curves: SweepCurves(
                training: history.map(\.loss), validation: history.map(System.validationLoss)),
            experiment: experiment, outcome: result)
    }
}

/// A training took longer than the sweep allows.
private struct SweepTimeout: Error, CustomStringConvertible {
    let seconds: Double
    var description: String { "timed out after \(seconds) s" }
}

/// What tells the trainings of one variant apart.
struct SweepCell: Sendable, Hashable {
    let seed: UInt64
    /// The fold that is the test part; `nil` without folds.
    let fold: Int?
}
