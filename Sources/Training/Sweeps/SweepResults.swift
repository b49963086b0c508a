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
        guard let own = results.first(where: { $0.variant.isBaseline && $0.isSuccess }),
            let testLoss = own.testLoss
        else { return givenBaseline }
        return SweepBaseline(
            testLoss: testLoss, validationLoss: own.validationLoss, version: own.variant.name,
            source: .measured)
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
        guard let baseline = results.first(where: { $0.variant.isBaseline && $0.isSuccess }) else {
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
    public var dataPath: String
    /// Its SHA-256.
    public var dataHash: String
    /// SHA-256 of the row numbers of the parts.
    public var splitHash: String
    /// Examples in all.
    public var rows: Int
    /// Examples to train on, choose by and report.
    public var split: [Int]
    /// Start of the sweep, UTC.
    public var startedAt: String
    /// End of the sweep, UTC; `nil` while it runs.
    public var finishedAt: String?
}
