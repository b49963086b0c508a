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
