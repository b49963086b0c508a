import TandemBasics
import TandemDatasets
public import TandemDevices
import Synchronization
import FoundationEssentials

/// Trains the variants of a sweep, several at a time, and keeps the results file up to date.
///
/// A variant that fails or takes too long is recorded as failed and the sweep goes on. Results do not depend on the
/// number of jobs.
public final class SweepRunner<System: SweptExperiment>: Sendable {
    /// What happens during a sweep.
    public enum Event: Sendable {
        /// A variant is done, or has failed; `number` of `total` is its place in the plan.
        case finished(SweepResult<System>, number: Int, total: Int, baseline: SweepBaseline?)
    }

    private let configuration: SweepConfiguration<System>
    private let plan: SweepPlan<System>
    private let data: System.PreparedData
    /// The data in folds; only themselves without folds.
    private let divided: [System.PreparedData]
    private let facts: SweepDataFacts
    private let folder: SweepFolder
    private let jobs: Int
    private let openDevice: @Sendable () throws -> any Device
    private let report: @Sendable (Event) -> Void
    private let progress: Mutex<SweepProgress<System>>

    /// A runner over prepared data.
    ///
    /// - Parameters:
    ///   - configuration: the sweep.
    ///   - data: the data, prepared once for all variants.
    ///   - folder: where results and models go; what it holds already is not trained again.
    ///   - jobs: variants trained at the same time, each with a device of its own from `openDevice`.
    ///   - givenBaseline: losses to compare with from elsewhere.
    ///   - openDevice: called once per job.
    ///   - report: told of every variant, from any thread, one call at a time.
    /// - Throws: when a variant makes no valid experiment, or none is left to train.
    public init(
        _ configuration: SweepConfiguration<System>, data: System.PreparedData, folder: SweepFolder,
        jobs: Int,
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
        facts = System.facts(data)
        divided =
            configuration.folds == 0
            ? [data]
            : try System.folds(data, count: configuration.folds, configuration.base)
        guard !plan.variants.isEmpty else { throw SweepError.noVariants }
        let published = configuration.publishedBaseline.map {
            SweepBaseline(
                testLoss: $0.testLoss, validationLoss: $0.validationLoss, version: $0.version,
                source: .published)
        }
        let results = SweepResults<System>(
            environment: SweepEnvironment(
                device: "", jobs: jobs, seed: configuration.base.seed, dataPath: facts.path,
                dataHash: facts.hash, splitHash: facts.splitHash, rows: facts.count,
                split: facts.split,
                startedAt: Date.now.ISO8601Format(), finishedAt: nil),
            results: [], givenBaseline: givenBaseline ?? published)
        progress = Mutex(SweepProgress<System>(results))
    }

    /// Trains what is not finished yet.
    ///
    /// Returns all results, or `nil` when `isInterrupted` became true: the finished variants are in the folder.
    /// Throws when the results cannot be written; what was written before stays whole.
    public func run(isInterrupted: @escaping @Sendable () -> Bool = { Interrupt.isRequested })
        throws -> SweepResults<System>?
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

    private func combinedVariant() throws -> SweepVariant<System>? {
        let losses = progress.withLock { progress in
            progress.results.results.compactMap { result in
                result.validationLoss.map { (result.variant.name, $0) }
            }
        }
        return try plan.combined(Dictionary(uniqueKeysWithValues: losses))
    }

    private func cells(_ variant: SweepVariant<System>) -> [SweepCell] {
        (0..<configuration.repeats).flatMap { number in
            divided.indices.map { fold in
                SweepCell(
                    seed: variant.configuration.seed &+ UInt64(number),
                    fold: configuration.folds == 0 ? nil : fold)
            }
        }
    }

    /// What an earlier part of the sweep wrote; throws when it was about other data.
    private func earlierResults() throws -> JSONValue? {
        guard let earlier = try folder.earlierResults() else { return nil }
        let environment = earlier["environment"]
        if case .string(let hash)? = environment?["data_sha256"], hash != facts.hash {
            throw SweepError.changedData(path: folder.path, was: hash, now: facts.hash)
        }
        if case .string(let hash)? = environment?["split_sha256"], hash != facts.splitHash {
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
    private func takeUp(_ variants: [SweepVariant<System>], _ earlier: JSONValue?) {
        guard let earlier else { return }
        progress.withLock { progress in
            for variant in variants {
                let result = SweepResult<System>(
                    variant, earlier: earlier, cells: cells(variant),
                    model: folder.model(configuration, variant))
                if let result { progress.results.results.append(result) }
            }
        }
    }

    private func train(
        _ variants: [SweepVariant<System>], _ isInterrupted: @escaping @Sendable () -> Bool
    )
        throws
    {
        let done = progress.withLock { Set($0.results.results.map(\.variant.name)) }
        // The baseline first, so that the others can be compared with it; then the longest, so that no job is left with
        // a long one at the end.
        let tasks = variants.filter { !done.contains($0.name) }
            .sorted { expectedCost($0) > expectedCost($1) }
            .flatMap { variant in
                cells(variant).map {
                    SweepTask(variant: variant, cell: $0, timeout: configuration.timeout)
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

    private func expectedCost(_ variant: SweepVariant<System>) -> Double {
        variant.isBaseline ? .infinity : System.expectedCost(variant.configuration, data)
    }

    private func perform(
        _ task: SweepTask<System>, on device: any Device, _ isInterrupted: @escaping () -> Bool
    ) {
        guard progress.withLock({ $0.begin(task.variant) }) else { return }
        do {
            switch try task.run(
                divided[task.cell.fold ?? 0], on: device, isInterrupted: isInterrupted)
            {
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
    private func record(_ task: SweepTask<System>, _ product: SweepTask<System>.Product) throws {
        let path = folder.model(configuration, task.variant)
        try progress.withLock { progress in
            guard progress.add(task, product) else { return }
            progress.setModel(
                task.variant, path: path,
                bytes: try product.experiment.writeModel(product.outcome, to: path))
        }
        finish(task.variant)
    }

    private func record(_ task: SweepTask<System>, failure: String) {
        progress.withLock { progress in
            progress.fail(task.variant, failure)
            folder.removeModel(configuration, task.variant)
        }
        finish(task.variant)
    }

    /// Moves a variant whose seeds are all done to the results and writes them.
    private func finish(_ variant: SweepVariant<System>) {
        progress.withLock { progress in
            guard
                let result = progress.complete(
                    variant, cells: cells(variant).count, order: plan.variants.map(\.name))
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
