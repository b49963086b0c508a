import TandemDevices
import TandemTraining

/// Training one variant with one seed on a device of its own.
struct SweepTask: Sendable {
    let variant: SweepVariant
    let seed: UInt64
    let timeout: Double

    /// What came of it.
    struct Product {
        let result: SweepSeedResult
        let curves: SweepCurves
        let experiment: TabularExperiment
        let state: TrainingState
        let test: TabularMetrics
    }

    /// How it ended, when no error was thrown.
    enum Outcome {
        case finished(Product)
        case timedOut
        case interrupted
    }

    /// Trains, restores the best weights and measures the test rows with them.
    func run(_ data: TabularData, on device: any Device, isInterrupted: @escaping () -> Bool) throws
        -> Outcome
    {
        var configuration = variant.configuration
        configuration.seed = seed
        let clock = ContinuousClock()
        let start = clock.now
        let deadline = start + .seconds(timeout)
        let experiment = try TabularExperiment(configuration, data: data, device: device)
        var isLate = false
        let training = try TrainingRun(experiment) {
            isLate = isLate || clock.now > deadline
            return isLate || isInterrupted()
        }
        guard let result = try training.train() else {
            return isInterrupted() ? .interrupted : .timedOut
        }
        let state = result.state
        let history = state.history
        func validation(_ record: EpochRecord) -> Double {
            record.metrics[TabularMetrics.validationLoss] ?? .nan
        }
        let figures = SweepSeedResult(
            seed: seed, validationLoss: state.chosenRecord.map(validation) ?? .nan,
            testLoss: result.test.loss, trainingLoss: state.chosenRecord?.loss ?? .nan,
            bestEpoch: state.chosenEpoch, epochsRun: state.epoch, steps: state.step,
            stepSeconds: history.reduce(0) { $0 + $1.trainingSeconds },
            seconds: (clock.now - start) / .seconds(1))
        return .finished(
            Product(
                result: figures,
                curves: SweepCurves(
                    training: history.map(\.loss), validation: history.map(validation)),
                experiment: experiment, state: state, test: result.test))
    }
}
