import TandemBasics
import TandemDatasets
public import TandemTraining

extension SequenceVectorsExperiment: SweptExperiment {
    /// The share of validation windows whose true vector is not among the first five.
    public static func validationLoss(_ record: EpochRecord) -> Double {
        1 - (record.metrics["hit@5"] ?? .nan)
    }

    /// The share of test windows, candidates of the own context left out, whose true vector is not among the first five.
    public static func testLoss(_ figures: [RetrievalRow]) -> Double {
        1 - (figures.first { $0.name == "model" }?.dense.hits[5] ?? .nan)
    }

    /// The model's hit rates on the test documents, those of the moving average 0.6 and of the best untrained prediction.
    public static func figures(of figures: [RetrievalRow]) -> [Metric] {
        guard let model = figures.first(where: { $0.name == "model" }) else { return [] }
        func hits(_ report: RetrievalReport, _ k: Int) -> Double { report.hits[k] ?? .nan }
        let untrained = figures.filter { $0.name != "model" }
        let average = untrained.first { $0.name == movingAverage }
        let best = untrained.map { hits($0.dense, 5) }.max()
        var metrics = RetrievalReport.ks.map { Metric("hit@\($0)", hits(model.dense, $0)) }
        metrics.append(Metric("sparse hit@5", hits(model.sparse, 5)))
        if let average {
            let value = hits(average.dense, 5)
            metrics.append(Metric("average hit@5", value))
            metrics.append(Metric("gain hit@5", hits(model.dense, 5) - value))
        }
        if let best { metrics.append(Metric("untrained hit@5", best)) }
        return metrics
    }

    /// The untrained prediction that the gain is measured against.
    private static let movingAverage = ContextAverage.movingAverage(0.6).name

    /// What the model gains over the moving average, by document.
    public static func gains(of figures: [RetrievalRow]) -> [GroupedGain] {
        figures.first { $0.name == RetrievalRow.model }?.gain.map { [$0] } ?? []
    }

    /// The documents in folds; see `SequenceVectorsData.folds`.
    public static func folds(
        _ data: SequenceVectorsData, count: Int, seed: UInt64,
        _ configuration: SequenceVectorsConfiguration
    ) throws -> [SequenceVectorsData] {
        try data.folds(count, seed: seed, configuration.data)
    }

    /// Network, prediction, loss, training and seed: what cutting the windows does not depend on.
    public static var changeableInSweep: [[String]] {
        [["model"], ["prediction"], ["loss"], ["training"], ["seed"]]
    }

    /// The folder, and the numbers of windows.
    public static func facts(_ data: SequenceVectorsData) -> SweepDataFacts {
        let split = [data.training.count, data.validation.count, data.test.count]
        return SweepDataFacts(
            path: data.path, hash: data.identity, splitHash: data.identity,
            count: data.chains.vectors.count, split: split,
            summary: "\(data.path): \(NumberText.grouped(data.chains.vectors.count)) vectors; "
                + "windows to train on \(NumberText.grouped(split[0])), to choose by "
                + "\(NumberText.grouped(split[1])), to report \(NumberText.grouped(split[2]))")
    }
}
