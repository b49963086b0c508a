import TandemBasics
import TandemDatasets
public import TandemDevices
import Synchronization
import FoundationEssentials
import TandemNetworks

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
    /// The data in the folds of every repetition; none without folds.
    private let divided: [[System.PreparedData]]
    private let facts: SweepDataFacts
    private let folder: SweepFolder
    private let jobs: Int
    private let openDevice: @Sendable () throws -> any Device
    private let report: @Sendable (Event) -> Void
    private let progress: Mutex<SweepProgress<System>>

    /// A runner over data that are prepared once for all variants.
    ///
    /// Results and models go into `folder`; what it holds already is not trained again. As many variants as there are `jobs`
    /// are trained at the same time, each with a device of its own from `openDevice`. `givenBaseline` are losses from
    /// elsewhere to compare with; `report` is told of every variant, from any thread, one call at a time. Throws when a variant
    /// makes no valid experiment, or none is left to train.
    public init(
        _ configuration: SweepConfiguration<System>, data: System.PreparedData, folder: SweepFolder,
        jobs: Int, givenBaseline: SweepBaseline?,
        openDevice: @escaping @Sendable () throws -> any Device,
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
            ? []
            : try (0..<configuration.repeats).map {
                try System.folds(
                    data, count: configuration.folds, seed: configuration.base.seed &+ UInt64($0),
                    configuration.base)
            }
        guard !plan.variants.isEmpty else { throw SweepError.noVariants }
        let published = configuration.publishedBaseline.map {
            SweepBaseline(
                testLoss: $0.testLoss, validationLoss: $0.validationLoss, version: $0.version,
                source: .published)
        }
        let results = SweepResults<System>(
            environment: SweepEnvironment(
                device: "", jobs: jobs, seed: configuration.base.seed, data: facts,
                startedAt: Date.now.ISO8601Format()),
            results: [], givenBaseline: givenBaseline ?? published)
        progress = Mutex(SweepProgress(results: results))
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
        if configuration.combine, !isInterrupted() {
            let losses = progress.withLock { progress in
                progress.results.results.compactMap { result in
                    result.validationLoss.map { (result.variant.name, $0) }
                }
            }
            if let combined = try plan.combined(Dictionary(uniqueKeysWithValues: losses)) {
                takeUp([combined], earlier)
                try train([combined], isInterrupted)
            }
        }
        guard !isInterrupted() else { return nil }
        return try progress.withLock { progress in
            progress.results.environment.finishedAt = Date.now.ISO8601Format()
            try folder.write(progress.results, title: configuration.name)
            return progress.results
        }
    }

    private func cells(_ variant: SweepVariant<System>) -> [SweepCell] {
        (0..<configuration.repeats).flatMap { number in
            (0..<max(1, configuration.folds)).map { fold in
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
        if let hash = environment?["data_sha256"]?.stringValue, hash != facts.hash {
            throw SweepError.changedData(path: folder.path, was: hash, now: facts.hash)
        }
        if let hash = environment?["split_sha256"]?.stringValue, hash != facts.splitHash {
            throw SweepError.changedSplit(path: folder.path)
        }
        progress.withLock { progress in
            if let device = environment?["device"]?.stringValue {
                progress.results.environment.device = device
            }
            if let start = environment?["started_at"]?.stringValue {
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
    ) throws {
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
            guard !isInterrupted(), progress.withLock({ $0.writeFailure == nil }) else { return }
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
            let number = Int(task.cell.seed &- task.variant.configuration.seed)
            let data = task.cell.fold.map { divided[number][$0] } ?? self.data
            guard let product = try task.run(data, on: device, isInterrupted: isInterrupted)
            else { return }
            try progress.withLock {
                try $0.add(task, product, path: folder.model(configuration, task.variant))
            }
        } catch {
            progress.withLock {
                $0.open[task.variant.name]?.error = "\(error)"
                folder.removeModel(configuration, task.variant)
            }
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

/// The state that the jobs of a sweep share, under a lock.
private struct SweepProgress<System: SweptExperiment>: Sendable {
    var results: SweepResults<System>
    /// The results file could not be written: the sweep ends.
    var writeFailure: (any Error)?
    /// The variants that are being trained, by name.
    var open: [String: SweepResult<System>] = [:]

    /// Notes that a variant is being trained; `false` when one of its seeds has failed, so that there is no need to.
    mutating func begin(_ variant: SweepVariant<System>) -> Bool {
        let result = open[variant.name] ?? SweepResult<System>(variant: variant, seeds: [])
        open[variant.name] = result
        return result.error == nil
    }

    /// Adds what one seed gave; its weights are written when they are the variant's best so far, whatever order the seeds
    /// come in.
    mutating func add(_ task: SweepTask<System>, _ product: SweepTask<System>.Product, path: String)
        throws
    {
        guard var result = open[task.variant.name], result.error == nil else { return }
        result.seeds.append(product.result)
        result.seeds.sort { ($0.seed, $0.fold ?? 0) < ($1.seed, $1.fold ?? 0) }
        result.parameterCount = product.experiment.arena.parameterCount
        let isBest = result.best == product.result
        if isBest { result.curves = product.curves }
        open[task.variant.name] = result
        guard isBest else { return }
        let bytes = try product.experiment.writeModel(product.outcome, to: path)
        open[task.variant.name]?.modelPath = path
        open[task.variant.name]?.modelBytes = bytes
    }

    /// Moves a variant to the results when all its seeds are done or one has failed; `nil` when it is not.
    mutating func complete(_ variant: SweepVariant<System>, cells: Int, order: [String])
        -> SweepResult<System>?
    {
        guard var result = open[variant.name],
            !results.results.contains(where: { $0.variant.name == variant.name }),
            result.error != nil || result.seeds.count == cells
        else { return nil }
        if let error = result.error {
            result = SweepResult(
                variant: variant, seeds: [], parameterCount: result.parameterCount, error: error)
        }
        results.results.append(result)
        let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        results.results.sort {
            places[$0.variant.name] ?? .max < places[$1.variant.name] ?? .max
        }
        return result
    }
}
