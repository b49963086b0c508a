import TandemDevices
import TandemRecipes
import TandemTraining

/// Times training batches of the connected gift recommender on generated data, by the trainer itself: 16 profiles, 45 gifts,
/// dropout, all losses; after every second batch clipping and an AdamW step over the parameter groups.
struct GiftBenchmark {
    let device: any Device
    let stopwatch: Stopwatch
    private let accumulation = 2

    /// The row; seconds are those of one batch.
    func row() throws -> BenchReport.Row {
        var configuration = GiftRecommenderConfiguration()
        // The peer has dropout everywhere and takes all terms of the batch as it is.
        (configuration.model.profileDropout, configuration.model.matcherDropout) = (0.2, 0.2)
        configuration.data.recombination = nil
        configuration.data.batchesPerEpoch = accumulation
        configuration.training.accumulation = accumulation
        configuration.training.epochs = 1_000_000
        configuration.training.evaluateEveryEpochs = 1_000_000
        configuration.training.earlyStopping = nil
        configuration.training.weightAverage = nil
        configuration.training.schedule.kind = .constant
        let experiment = try GiftRecommenderExperiment(
            configuration, data: try GiftRecommenderExperiment.prepare(configuration),
            device: device)
        let times = RunTimes(stopwatch)
        let run = try TrainingRun(experiment, adding: [times], isInterrupted: { times.areEnough })
        _ = try run.train()
        let batch = configuration.training.batchSize
        return BenchReport.Row(
            "connected-b\(batch)", on: device,
            times: times.sorted.map { $0 / Double(accumulation) },
            operations: Self.operations(batch: batch))
    }

    /// Floating-point operations of the core's blocks in one batch: 24 applications forward, 12 of them backward, at twice
    /// the cost; the rest of the model adds some 3 %.
    private static func operations(batch: Int) -> Double {
        let (weights, positions, width) = (2_228_224.0, 50.0, 512.0)
        let products = 2 * weights * Double(batch) * positions
        let attention = 4 * Double(batch) * positions * positions * width
        return (24 + 2 * 12) * (products + attention)
    }
}
