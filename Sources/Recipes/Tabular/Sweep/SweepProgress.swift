import TandemNetworks

/// The state that the jobs of a sweep share, under a lock.
struct SweepProgress {
    var results: SweepResults
    /// The results file could not be written: the sweep ends.
    var writeFailure: (any Error)?
    private var open: [String: SweepResult] = [:]

    init(_ results: SweepResults) {
        self.results = results
    }

    var mustStop: Bool { writeFailure != nil }

    /// Notes that a variant is being trained; `false` when one of its seeds has failed, so that there is no need to.
    mutating func begin(_ variant: SweepVariant) -> Bool {
        if open[variant.name] == nil {
            open[variant.name] = SweepResult(variant: variant, seeds: [])
        }
        return open[variant.name]?.error == nil
    }

    /// Adds what one seed gave; `true` when its weights are the variant's best so far, whatever order the seeds come in.
    mutating func add(_ task: SweepTask, _ product: SweepTask.Product) -> Bool {
        guard var result = open[task.variant.name], result.error == nil else { return false }
        result.seeds.append(product.result)
        result.seeds.sort { $0.seed < $1.seed }
        result.parameterCount = product.experiment.arena.parameterCount
        let isBest = result.best == product.result
        if isBest { result.curves = product.curves }
        open[task.variant.name] = result
        return isBest
    }

    mutating func setModel(_ variant: SweepVariant, path: String, bytes: Int) {
        open[variant.name]?.modelPath = path
        open[variant.name]?.modelBytes = bytes
    }

    mutating func fail(_ variant: SweepVariant, _ reason: String) {
        open[variant.name]?.error = reason
    }

    /// Moves a variant to the results when all its seeds are done or one has failed; `nil` when it is not.
    mutating func complete(_ variant: SweepVariant, seeds: [UInt64], order: [String])
        -> SweepResult?
    {
        guard var result = open[variant.name], !isRecorded(variant),
            result.error != nil || result.seeds.count == seeds.count
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

    private func isRecorded(_ variant: SweepVariant) -> Bool {
        results.results.contains { $0.variant.name == variant.name }
    }
}
