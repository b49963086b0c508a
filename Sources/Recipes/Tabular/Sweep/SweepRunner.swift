import TandemBasics
import TandemDatasets
public import TandemDevices
import Synchronization
public import TandemTraining

import FoundationEssentials

/// Trains the variants of a sweep, several at a time, and keeps the results file up to date.
///
/// A variant that fails or takes too long is recorded as failed and the sweep goes on. Results do not depend on the
/// number of jobs.
public final class SweepRunner: Sendable {
    /// What happens during a sweep.
    public enum Event: Sendable {
        /// A variant is done, or has failed; `number` of `total` is its place in the plan.
        case finished(SweepResult, number: Int, total: Int, baseline: SweepBaseline?)
    }

    private let configuration: SweepConfiguration
    private let plan: SweepPlan
    private let data: TabularData
    private let folder: SweepFolder
    private let jobs: Int
    private let openDevice: @Sendable () throws -> any Device
    private let report: @Sendable (Event) -> Void
    private let progress: Mutex<SweepProgress>

    /// A runner over prepared data.
    ///
    /// - Parameters:
    ///   - configuration: the sweep.
    ///   - data: the table, read and scaled once for all variants.
    ///   - folder: where results and models go; what it holds already is not trained again.
    ///   - jobs: variants trained at the same time, each with a device of its own from `openDevice`.
    ///   - givenBaseline: losses to compare with from elsewhere.
    ///   - openDevice: called once per job.
    ///   - report: told of every variant, from any thread, one call at a time.
    /// - Throws: when a variant makes no valid experiment, or none is left to train.
    public init(
        _ configuration: SweepConfiguration, data: TabularData, folder: SweepFolder, jobs: Int,
        givenBaseline: SweepBaseline?, openDevice: @escaping @Sendable () throws -> any Device,
        report: @escaping @Sendable (Event) -> Void
    ) throws {
        self.configuration = configuration
        self.data = data
        self.folder = folder
        self.jobs = jobs
        self.openDevice = openDevice
        self.report = report
        plan = try SweepPlan(configuration)
        guard !plan.variants.isEmpty else { throw SweepError.noVariants }
        let published = configuration.publishedBaseline.map {
            SweepBaseline(
                testLoss: $0.testLoss, validationLoss: $0.validationLoss, version: $0.version,
                source: .published)
        }
        let results = SweepResults(
            environment: SweepResults.Environment(
                device: "", jobs: jobs, seed: configuration.base.seed, dataPath: data.source,
                dataHash: data.hash, splitHash: data.splitHash, rows: data.table.count,
                split: [data.training.count, data.validation.count, data.test.count],
                startedAt: Date.now.ISO8601Format(), finishedAt: nil),
            results: [], givenBaseline: givenBaseline ?? published)
        progress = Mutex(SweepProgress(results))
    }

    /// Trains what is not finished yet.
    ///
    /// Returns all results, or `nil` when `isInterrupted` became true: the finished variants are in the folder.
    /// Throws when the results cannot be written; what was written before stays whole.
    public func run(isInterrupted: @escaping @Sendable () -> Bool = { Interrupt.isRequested })
        throws -> SweepResults?
    {
        let earlier = try earlierResults()
        takeUp(plan.variants, earlier)
        try train(plan.variants, isInterrupted)
        if configuration.combine, !isInterrupted(), let combined = try combinedVariant() {
            takeUp([combined], earlier)
            try train([combined], isInterrupted)
        }
        guard !isInterrupted() else { return nil }
        return try progress.withLock { progress in
            progress.results.environment.finishedAt = Date.now.ISO8601Format()
            try folder.write(progress.results, title: configuration.name)
            return progress.results
        }
    }

    private func combinedVariant() throws -> SweepVariant? {
        let losses = progress.withLock { progress in
            progress.results.results.compactMap { result in
                result.validationLoss.map { (result.variant.name, $0) }
            }
        }
        return try plan.combined(Dictionary(uniqueKeysWithValues: losses))
    }

    private func seeds(_ variant: SweepVariant) -> [UInt64] {
        (0..<configuration.repeats).map { variant.configuration.seed &+ UInt64($0) }
    }

    /// What an earlier part of the sweep wrote; throws when it was about other data.
    private func earlierResults() throws -> JSONValue? {
        guard let earlier = try folder.earlierResults() else { return nil }
        let environment = earlier["environment"]
        if case .string(let hash)? = environment?["data_sha256"], hash != data.hash {
            throw SweepError.changedData(path: folder.path, was: hash, now: data.hash)
        }
        if case .string(let hash)? = environment?["split_sha256"], hash != data.splitHash {
            throw SweepError.changedSplit(path: folder.path)
        }
        progress.withLock { progress in
            if case .string(let device)? = environment?["device"] {
                progress.results.environment.device = device
            }
            if case .string(let start)? = environment?["started_at"] {
                progress.results.environment.startedAt = start
            }
        }
        return earlier
    }

    /// Takes over what an earlier part of the sweep has finished.
    private func takeUp(_ variants: [SweepVariant], _ earlier: JSONValue?) {
        guard let earlier else { return }
        progress.withLock { progress in
            for variant in variants {
                let result = SweepResult(
                    variant, earlier: earlier, seeds: seeds(variant),
                    model: folder.model(configuration, variant))
                if let result { progress.results.results.append(result) }
            }
        }
    }

    private func train(_ variants: [SweepVariant], _ isInterrupted: @escaping @Sendable () -> Bool)
        throws
    {
        let done = progress.withLock { Set($0.results.results.map(\.variant.name)) }
        // The baseline first, so that the others can be compared with it; then the longest, so that no job is left with
        // a long one at the end.
        let tasks = variants.filter { !done.contains($0.name) }
            .sorted { expectedCost($0) > expectedCost($1) }
            .flatMap { variant in
                seeds(variant).map {
                    SweepTask(variant: variant, seed: $0, timeout: configuration.timeout)
                }
            }
        let count = min(jobs, tasks.count)
        guard count > 0 else { return }
        let devices = try (0..<count).map { _ in try openDevice() }
        progress.withLock { $0.results.environment.device = devices[0].identifier }
        ParallelWork.forEach(tasks.count, workers: count) { worker, item in
            guard !isInterrupted(), !progress.withLock({ $0.mustStop }) else { return }
            perform(tasks[item], on: devices[worker], isInterrupted)
        }
        if let failure = progress.withLock({ $0.writeFailure }) { throw failure }
    }

    /// Steps of an epoch times the work of a step: says which variants take long, not how long.
    private func expectedCost(_ variant: SweepVariant) -> Double {
        if variant.isBaseline { return .infinity }
        let configuration = variant.configuration
        let sizes = [data.table.width] + configuration.model.hidden + [1]
        let weights = zip(sizes, sizes.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
        // A fixed cost per step, of the weight of some 300 examples' products.
        return (1 + 300 / Double(configuration.training.batchSize)) * Double(weights)
    }

    private func perform(
        _ task: SweepTask, on device: any Device, _ isInterrupted: @escaping () -> Bool
    ) {
        guard progress.withLock({ $0.begin(task.variant) }) else { return }
        do {
            switch try task.run(data, on: device, isInterrupted: isInterrupted) {
            case .interrupted: return
            case .timedOut:
                record(task, failure: "timed out after \(configuration.timeout) s")
            case .finished(let product):
                try record(task, product)
            }
        } catch {
            record(task, failure: "\(error)")
        }
    }

    /// Takes in one seed's product; its weights become the variant's model when no other seed was better.
    private func record(_ task: SweepTask, _ product: SweepTask.Product) throws {
        let path = folder.model(configuration, task.variant)
        try progress.withLock { progress in
            guard progress.add(task, product) else { return }
            progress.setModel(
                task.variant, path: path,
                bytes: try TabularExport(
                    product.experiment, state: product.state, test: product.test
                ).write(to: path))
        }
        finish(task.variant)
    }

    private func record(_ task: SweepTask, failure: String) {
        progress.withLock { progress in
            progress.fail(task.variant, failure)
            folder.removeModel(configuration, task.variant)
        }
        finish(task.variant)
    }

    /// Moves a variant whose seeds are all done to the results and writes them.
    private func finish(_ variant: SweepVariant) {
        progress.withLock { progress in
            guard
                let result = progress.complete(
                    variant, seeds: seeds(variant), order: plan.variants.map(\.name))
            else { return }
            do {
                try folder.write(progress.results, title: configuration.name)
            } catch {
                progress.writeFailure = error
            }
            let place = plan.variants.firstIndex { $0.name == variant.name }
            report(
                .finished(
                    result, number: (place ?? plan.variants.count) + 1,
                    total: plan.variants.count + (configuration.combine ? 1 : 0),
                    baseline: progress.results.baseline))
        }
    }
}
