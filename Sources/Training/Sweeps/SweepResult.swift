/// What training a variant with one seed, and on one fold, gave.
public struct SweepSeedResult: Codable, Sendable, Equatable {
    /// The seed.
    public var seed: UInt64
    /// The fold that was the test part, counted from 0; `nil` without folds.
    public var fold: Int?
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
public struct SweepCurves: Codable, Sendable, Equatable {
    /// Mean training loss per epoch, dropout on.
    public var training: [Double]
    /// Validation loss per epoch.
    public var validation: [Double]
}

/// What came of one variant.
public struct SweepResult<System: SweptExperiment>: Codable, Sendable {
    /// The variant.
    public var variant: SweepVariant<System>
    /// One entry per seed and fold in order; empty when the variant failed.
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

    /// The differences of validation loss from another variant's, seed by seed and fold by fold; `nil` without a pair.
    public func comparison(with other: Self) -> PairedComparison? {
        PairedComparison(
            seeds.compactMap { mine in
                other.seeds.first { $0.seed == mine.seed && $0.fold == mine.fold }
                    .map { mine.validationLoss - $0.validationLoss }
            })
    }

    private static func mean(_ values: [Double]) -> Double? { Sample.mean(values) }

    private static func deviation(_ values: [Double]) -> Double? { Sample.deviation(values) }
}

extension SweepResult: Equatable where System.Configuration: Equatable {}

/// Differences of two variants on the same seeds and folds.
///
/// What seeds and folds have in common cancels, so differences are seen that the spread of each variant would hide.
public struct PairedComparison: Codable, Sendable, Equatable {
    /// Number of pairs.
    public let pairs: Int
    /// Mean difference; below 0 the variant is better.
    public let meanDifference: Double
    /// Standard deviation of the differences (n - 1); `nil` for a single pair.
    public let deviation: Double?

    /// The mean difference in standard errors of itself (Student's t for n - 1 degrees of freedom); `nil` where all
    /// differences are equal and for a single pair.
    public var standardErrors: Double? {
        guard let deviation, deviation > 0 else { return nil }
        return meanDifference / (deviation / Double(pairs).squareRoot())
    }

    /// A comparison by some differences; `nil` when there are none.
    init?(_ differences: [Double]) {
        guard let mean = Sample.mean(differences) else { return nil }
        pairs = differences.count
        meanDifference = mean
        deviation = Sample.deviation(differences)
    }
}

/// Figures of a sample.
enum Sample {
    static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The standard deviation (n - 1); `nil` for a single value.
    static func deviation(_ values: [Double]) -> Double? {
        guard values.count > 1, let mean = mean(values) else { return nil }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }
}

/// The losses that a sweep's variants are compared with.
public struct SweepBaseline: Codable, Sendable, Equatable {
    /// Where the losses come from.
    public enum Source: String, Codable, Sendable {
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

    /// Losses known from `source`.
    public init(testLoss: Double, validationLoss: Double?, version: String, source: Source) {
        self.testLoss = testLoss
        self.validationLoss = validationLoss
        self.version = version
        self.source = source
    }

    /// `(baseline - loss) / baseline` in percent: positive is better.
    public func improvement(_ testLoss: Double) -> Double {
        (self.testLoss - testLoss) / self.testLoss * 100
    }
}
