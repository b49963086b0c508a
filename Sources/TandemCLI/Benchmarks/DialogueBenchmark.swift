import TandemBasics
import TandemDevices
import TandemRecipes
import TandemTraining

/// Times training steps of the dialogue lattice on random vectors, by the trainer itself: 64 pairs of 384 coordinates, the
/// published loss and 0.1 InfoNCE, clipping, AdamW.
struct DialogueBenchmark {
    let device: any Device
    let stopwatch: Stopwatch
    private let stepsPerEpoch = 5

    /// The row of a size; seconds are those of one step.
    func row(_ preset: DialogueModelConfiguration.Preset) throws -> BenchReport.Row {
        let name = preset == .blocked ? "blocked-b64" : "blocked-wide-b64"
        var configuration = DialogueConfiguration()
        configuration.model = DialogueModelConfiguration(preset)
        configuration.loss.infoNCE = 0.1
        configuration.training.epochs = 1_000_000
        configuration.training.evaluateEveryEpochs = 1_000_000
        configuration.training.earlyStopping = nil
        configuration.training.schedule.kind = .constant
        let batch = configuration.training.batchSize
        // A tenth each is held out.
        let pairs = batch * stepsPerEpoch * 10 / 8
        let data = try DialogueData(randomPairs: pairs, dimension: 384, seed: 1)
        let experiment = try DialogueExperiment(configuration, data: data, device: device)
        let times = RunTimes(stopwatch)
        let run = try TrainingRun(experiment, adding: [times], isInterrupted: { times.areEnough })
        _ = try run.train()
        return BenchReport.Row(
            name, on: device, times: times.sorted.map { $0 / Double(stepsPerEpoch) },
            operations: Self.operations(configuration.model, batch: batch, dimension: 384))
    }

    /// Floating-point operations of the matrix products in one step: forward, and twice that backward.
    private static func operations(
        _ model: DialogueModelConfiguration, batch: Int, dimension: Int
    ) -> Double {
        let cells = model.cells.reduce(1, *)
        let inputs = 7 * model.channels + model.cellWidth
        let rule = cells * (inputs * model.hidden + model.hidden * model.channels)
        let ends = 2 * cells * model.cellWidth * model.channels + 2 * dimension * dimension
        return 3 * 2 * Double(batch) * Double(model.steps * rule + ends)
    }
}
