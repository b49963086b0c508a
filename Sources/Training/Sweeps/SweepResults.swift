import TandemBasics

/// All that a sweep has given so far.
public struct SweepResults<System: SweptExperiment>: Codable, Sendable {
    /// Where and on what.
    public var environment: SweepEnvironment
    /// The finished and the failed variants in the order of the plan.
    public var results: [SweepResult<System>]
    /// A baseline from a file or the configuration, for a sweep without one of its own.
    public var givenBaseline: SweepBaseline?

    /// What variants are compared with: a file that was named, else the baseline of this sweep, else the published figures.
    public var baseline: SweepBaseline? {
        if givenBaseline?.source == .file { return givenBaseline }
        guard let own = ownBaseline, let testLoss = own.testLoss else { return givenBaseline }
        return SweepBaseline(
            testLoss: testLoss, validationLoss: own.validationLoss, version: own.variant.name,
            source: .measured)
    }

    /// The baseline of this sweep, when it finished.
    var ownBaseline: SweepResult<System>? {
        results.first { $0.variant.isBaseline && $0.isSuccess }
    }

    /// The variants that finished, by validation loss; equal ones in the order of the plan.
    public var ranking: [SweepResult<System>] {
        results.filter(\.isSuccess).enumerated()
            .sorted {
                ($0.element.validationLoss ?? .infinity, $0.offset)
                    < ($1.element.validationLoss ?? .infinity, $1.offset)
            }
            .map(\.element)
    }

    /// The variants that failed.
    public var failures: [SweepResult<System>] { results.filter { !$0.isSuccess } }

    /// The variant with the lowest validation loss; the test loss never chooses.
    public var best: SweepResult<System>? { ranking.first }

    /// Improvement of a variant over the baseline in percent, on test loss.
    public func improvement(_ result: SweepResult<System>) -> Double? {
        guard let baseline, let loss = result.testLoss else { return nil }
        return baseline.improvement(loss)
    }

    /// Whether the best variant's lead over the baseline means anything, in one sentence.
    public var verdict: String? {
        guard let best else { return nil }
        guard let baseline = ownBaseline else {
            return "No baseline in this sweep; the lead cannot be judged."
        }
        guard best.variant.name != baseline.variant.name else {
            return "No variant has a lower validation loss than the baseline."
        }
        guard let a = baseline.validationLoss, let b = best.validationLoss,
            let deviationA = baseline.validationDeviation,
            let deviationB = best.validationDeviation
        else { return "Single run; differences below about 3 % are within seed noise." }
        let variance =
            deviationA * deviationA / Double(baseline.seeds.count)
            + deviationB * deviationB / Double(best.seeds.count)
        guard variance > 0 else {
            return "The lead in validation loss over the baseline is the same for all seeds."
        }
        let errors = (a - b) / variance.squareRoot()
        return "The lead in validation loss over the baseline is "
            + "\(NumberText.fixed(errors, 2)) standard errors: "
            + (errors > 2 ? "more than seed noise." : "within seed noise, which reaches 2.")
    }
}

extension SweepResults: Equatable where System.Configuration: Equatable {}

/// Facts about where and on what the sweep ran.
public struct SweepEnvironment: Codable, Sendable, Equatable {
    /// The device, for example `cpu`.
    public var device: String
    /// Variants trained at the same time, each on one thread.
    public var jobs: Int
    /// The first seed.
    public var seed: UInt64
    /// The data.
    public var data: SweepDataFacts
    /// Start of the sweep, UTC.
    public var startedAt: String
    /// End of the sweep, UTC; `nil` while it runs.
    public var finishedAt: String?
}

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
    /// Further figures on the test data by name, where the system has some.
    public var figures: [String: Double]?
    /// What the model gains over references, by groups of test examples, where the system says.
    public var gains: [GroupedGain]?
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
    public var validationLoss: Double? { Sample.mean(seeds.map(\.validationLoss)) }
    /// Mean test loss over the seeds.
    public var testLoss: Double? { Sample.mean(seeds.map(\.testLoss)) }
    /// Mean training loss over the seeds.
    public var trainingLoss: Double? { Sample.mean(seeds.map(\.trainingLoss)) }
    /// Standard deviation of the validation loss over the seeds (n - 1); `nil` for a single one.
    public var validationDeviation: Double? { Sample.deviation(seeds.map(\.validationLoss)) }
    /// Standard deviation of the test loss over the seeds (n - 1); `nil` for a single one.
    public var testDeviation: Double? { Sample.deviation(seeds.map(\.testLoss)) }
    /// Mean and standard error of every further figure over seeds and folds, by name; the error is `nil` for a single one.
    public var figures: [String: (mean: Double, standardError: Double?)] {
        let names = Set(seeds.flatMap { Array(($0.figures ?? [:]).keys) })
        return Dictionary(
            uniqueKeysWithValues: names.compactMap { name in
                let values = seeds.compactMap { $0.figures?[name] }
                guard let mean = Sample.mean(values) else { return nil }
                let deviation = Sample.deviation(values)
                return (name, (mean, deviation.map { $0 / Double(values.count).squareRoot() }))
            })
    }
    /// What the variant gains over each reference, over all seeds and folds together, in the order of the system.
    public var gains: [GainEstimate] {
        (seeds.first?.gains ?? []).compactMap { first in
            GainEstimate(seeds.flatMap { ($0.gains ?? []).filter { $0.name == first.name } })
        }
    }
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
