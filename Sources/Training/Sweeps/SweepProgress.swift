import TandemNetworks

/// The state that the jobs of a sweep share, under a lock.
struct SweepProgress<System: SweptExperiment>: Sendable {
    var results: SweepResults<System>
    /// The results file could not be written: the sweep ends.
    var writeFailure: (any Error)?
    private var open: [String: SweepResult<System>] = [:]

    init(_ results: SweepResults<System>) {
        self.results = results
    }

    var mustStop: Bool { writeFailure != nil }

    /// Notes that a variant is being trained; `false` when one of its seeds has failed, so that there is no need to.
    mutating func begin(_ variant: SweepVariant<System>) -> Bool {
        if open[variant.name] == nil {
            open[variant.name] = SweepResult<System>(variant: variant, seeds: [])
        }
        return open[variant.name]?.error == nil
    }

    /// Adds what one seed gave; `true` when its weights are the variant's best so far, whatever order the seeds come in.
    mutating func add(_ task: SweepTask<System>, _ product: SweepTask<System>.Product) -> Bool {
        guard var result = open[task.variant.name], result.error == nil else { return false }
        result.seeds.append(product.result)
        result.seeds.sort { ($0.seed, $0.fold ?? 0) < ($1.seed, $1.fold ?? 0) }
        result.parameterCount = product.experiment.arena.parameterCount
        let isBest = result.best == product.result
        if isBest { result.curves = product.curves }
        open[task.variant.name] = result
        return isBest
    }

    mutating func setModel(_ variant: SweepVariant<System>, path: String, bytes: Int) {
        open[variant.name]?.modelPath = path
        open[variant.name]?.modelBytes = bytes
    }

    mutating func fail(_ variant: SweepVariant<System>, _ reason: String) {
        open[variant.name]?.error = reason
    }

    /// Moves a variant to the results when all its seeds are done or one has failed; `nil` when it is not.
    mutating func complete(_ variant: SweepVariant<System>, cells: Int, order: [String])
        -> SweepResult<System>?
    {
        guard var result = open[variant.name], !isRecorded(variant),
            result.error != nil || result.seeds.count == cells
        else { return nil }
        if result.error != nil {
            result.seeds = []
            result.curves = nil
            result.modelPath = nil
            result.modelBytes = nil
        }
        results.results.append(result)
        let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        results.results.sort {
            places[$0.variant.name] ?? .max < places[$1.variant.name] ?? .max
        }
        return result
    }

    private func isRecorded(_ variant: SweepVariant<System>) -> Bool {
        results.results.contains { $0.variant.name == variant.name }
    }
}
