public import TandemNetworks

/// Where a run stands: everything besides weights and optimiser buffers that resuming to the bit needs.
public struct TrainingState: Codable, Sendable, Equatable {
    /// Number of finished epochs, which is the number of the current one counted from 0.
    public var epoch = 0
    /// Number of batches of the current epoch that are done.
    public var batch = 0
    /// Number of forward passes in training; with the seed it determines the dropout masks.
    public var pass = 0
    /// Number of optimiser steps.
    public var step = 0
    /// Examples of the current epoch that are done.
    public var examples = 0
    /// Sums of the current epoch's loss terms, weighted by examples.
    public var lossSums: [Float] = []
    /// One record per finished epoch.
    public var history: [EpochRecord] = []
    /// Progress of early stopping.
    public var earlyStopping = EarlyStoppingState()
    /// Progress of the plateau schedule, when there is one.
    public var plateau: ReduceOnPlateau?
    /// Why the run ended, when it did.
    public var stopReason: StopReason?
    /// The recipe's identity of the training data.
    public var dataIdentity: String?

    /// The state before the first step.
    public init() {}

    /// The epoch whose weights are used: the best one, without early stopping the last; 0 before the first.
    public var chosenEpoch: Int {
        earlyStopping.bestEpoch > 0 ? earlyStopping.bestEpoch : epoch
    }

    /// The record of the chosen epoch.
    public var chosenRecord: EpochRecord? {
        history.first { $0.epoch == chosenEpoch }
    }

    /// Whether the numbers can belong to a run; a file may say anything.
    var isPossible: Bool {
        [epoch, batch, pass, step, examples].allSatisfy { (0...(Int.max / 2)).contains($0) }
            && history.map(\.epoch) == Array(1..<history.count + 1) && history.count == epoch
    }
}

/// How a call of `Trainer.run` ended.
public enum TrainingOutcome: Sendable, Equatable {
    /// The run is complete; the best weights are in the model when early stopping is on.
    case finished(StopReason)
    /// A signal asked to stop; the last checkpoint holds the state.
    case interrupted
}

/// Why a run ended.
public enum StopReason: String, Codable, Sendable {
    /// All epochs are done.
    case finishedEpochs
    /// The watched metric stopped improving.
    case earlyStopping

    /// The reason in words.
    public var description: String {
        switch self {
        case .finishedEpochs: "all epochs done"
        case .earlyStopping: "early stopping"
        }
    }
}

/// What one epoch gave: one line of `history.jsonl`.
public struct EpochRecord: Codable, Sendable, Equatable {
    /// Number of the epoch, from 1 on.
    public var epoch: Int
    /// Optimiser steps since the start of the run.
    public var step: Int
    /// Factor on the learning rates in the epoch's last step.
    public var learningRateFactor: Double
    /// Global L2 norm of the gradients before clipping in the last step.
    public var gradientNorm: Double
    /// Total training loss, averaged over the examples.
    public var loss: Double
    /// The loss terms by name, averaged over the examples.
    public var lossTerms: [String: Double]
    /// The metrics by name.
    public var metrics: [String: Double]
    /// Whether the epoch is the best so far.
    public var isBest: Bool
    /// Seconds spent on training steps of the epoch in this process.
    public var trainingSeconds: Double
    /// Seconds spent on measuring the metrics.
    public var evaluationSeconds: Double
}

/// Best value so far and the epochs since then.
public struct EarlyStoppingState: Codable, Sendable, Equatable {
    /// Best value of the watched metric.
    public var bestValue: Double?
    /// Number of the best epoch, from 1 on.
    public var bestEpoch = 0
    /// Epochs in a row without improvement.
    public var badEpochs = 0

    /// Nothing seen yet.
    public init() {}

    /// Takes in the watched metric of an epoch and says whether it is the best so far.
    ///
    /// An epoch improves when its value beats the best by more than `threshold`; NaN never does.
    public mutating func observe(
        _ value: Double, epoch: Int, higherIsBetter: Bool, threshold: Double
    ) -> Bool {
        let improves: Bool
        if let bestValue {
            improves =
                higherIsBetter ? value > bestValue + threshold : value < bestValue - threshold
        } else {
            improves = !value.isNaN
        }
        guard improves else {
            badEpochs += 1
            return false
        }
        bestValue = value
        bestEpoch = epoch
        badEpochs = 0
        return true
    }
}
