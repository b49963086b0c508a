/// What training a variant with one seed gave.
public struct SweepSeedResult: Sendable, Equatable {
    /// The seed.
    public var seed: UInt64
    /// Loss on the validation rows with the best weights.
    public var validationLoss: Double
    /// Loss on the test rows with the best weights.
    public var testLoss: Double
    /// Training loss of the best epoch, dropout on.
    public var trainingLoss: Double
    /// The epoch of the kept weights.
    public var bestEpoch: Int
    /// The last epoch.
    public var epochsRun: Int
    /// Optimiser steps taken.
    public var steps: Int
    /// Seconds of training steps alone.
    public var stepSeconds: Double
    /// Seconds of the whole training: steps, evaluation, test.
    public var seconds: Double
}

/// Training and validation loss of every epoch of a variant's best seed.
public struct SweepCurves: Sendable, Equatable {
    /// Mean training loss per epoch, dropout on.
    public var training: [Double]
    /// Validation loss per epoch.
    public var validation: [Double]
}

/// What came of one variant.
public struct SweepResult: Sendable, Equatable {
    /// The variant.
    public var variant: SweepVariant
    /// One entry per seed in order; empty when the variant failed.
    public var seeds: [SweepSeedResult]
    /// The curves of the seed whose weights are in the model file.
    public var curves: SweepCurves?
    /// Number of trainable numbers.
    public var parameterCount: Int?
    /// The model file.
    public var modelPath: String?
    /// Size of the model file.
    public var modelBytes: Int?
    /// Why the variant failed.
    public var error: String?

    /// Whether all seeds finished.
    public var isSuccess: Bool { error == nil && !seeds.isEmpty }

    /// Mean validation loss over the seeds.
    public var validationLoss: Double? { Self.mean(seeds.map(\.validationLoss)) }
    /// Mean test loss over the seeds.
    public var testLoss: Double? { Self.mean(seeds.map(\.testLoss)) }
    /// Mean training loss over the seeds.
    public var trainingLoss: Double? { Self.mean(seeds.map(\.trainingLoss)) }
    /// Standard deviation of the validation loss over the seeds (n - 1); `nil` for a single one.
    public var validationDeviation: Double? { Self.deviation(seeds.map(\.validationLoss)) }
    /// Standard deviation of the test loss over the seeds (n - 1); `nil` for a single one.
    public var testDeviation: Double? { Self.deviation(seeds.map(\.testLoss)) }
    /// Seconds of training, all seeds together.
    public var seconds: Double { seeds.reduce(0) { $0 + $1.seconds } }
    /// Microseconds per optimiser step, all seeds together.
    public var stepMicroseconds: Double? {
        let steps = seeds.reduce(0) { $0 + $1.steps }
        return steps == 0 ? nil : seeds.reduce(0) { $0 + $1.stepSeconds } * 1e6 / Double(steps)
    }
    /// The seed with the lowest validation loss, whose weights are in the model file; the earlier one of a tie.
    public var best: SweepSeedResult? {
        seeds.min { $0.validationLoss < $1.validationLoss }
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    private static func deviation(_ values: [Double]) -> Double? {
        guard values.count > 1, let mean = mean(values) else { return nil }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }
}

/// The losses that a sweep's variants are compared with.
public struct SweepBaseline: Sendable, Equatable {
    /// Where the losses come from.
    public enum Source: String, Sendable {
        /// The baseline variant of this sweep.
        case measured
        /// A file that the user named.
        case file
        /// The configuration.
        case published
    }

    /// Loss on the test rows.
    public var testLoss: Double
    /// Loss on the validation rows, if known.
    public var validationLoss: Double?
    /// What the losses belong to.
    public var version: String
    /// Where they come from.
    public var source: Source

    /// `(baseline - loss) / baseline` in percent: positive is better.
    public func improvement(_ testLoss: Double) -> Double {
        (self.testLoss - testLoss) / self.testLoss * 100
    }
}
