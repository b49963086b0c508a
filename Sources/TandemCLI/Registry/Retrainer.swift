import TandemConfiguration
import TandemBasics
import TandemDatasets
import TandemNetworks
import TandemRecipes
import TandemRegistry
import TandemTraining

/// Trains a model on the registry's records, as `tandem train` does, and compares it with the active version.
struct Retrainer {
    let configuration: TabularConfiguration
    let options: RunOptions
    /// The run directory to create.
    let run: String
    let dataSource: DataSource
    let isQuiet: Bool

    /// The configuration of a type when none is given; nil for a type that has no usual one.
    static func usualConfiguration(of type: ModelType) -> TabularConfiguration? {
        var configuration = TabularConfiguration()
        switch type {
        case .callingScore: configuration.name = "calling-score"
        case .outcome:
            configuration.name = "calling-score-outcome"
            configuration.task = .classification
            configuration.model.hidden = [128, 64, 32]
        default: return nil
        }
        return configuration
    }

    /// Trains, exports the model, and measures it and the active version on the same validation rows.
    func train(_ task: RetrainingTask, on console: Console) throws -> RetrainedModel {
        var configuration = configuration
        configuration.data.format = .callingScore
        configuration.data.splitFile = nil
        var options = options
        options.data = task.dataPath
        let experiment = try TabularExperiment(configuration, options)
        if !isQuiet { experiment.summary.forEach(console.note) }
        // Before the training, which is in vain when the active version cannot be measured.
        let activeLoss = try task.active?.modelPath.map { path in
            try experiment.validationLoss(ofModel: path)
        }
        let progress = TrainingProgress(console, TabularExperiment.progress)
        defer { progress.end() }
        let training = try TrainingRun(
            experiment, creating: run, adding: isQuiet ? [] : [progress])
        Interrupt.install()
        guard let result = try training.train(), let model = result.products.first else {
            throw Interrupted(description: "interrupted; nothing was registered, try again")
        }
        return RetrainedModel(
            modelPath: model,
            validationLoss: try experiment.validationLoss(ofModel: model),
            activeValidationLoss: activeLoss, dataSource: dataSource,
            metrics: [
                JSONMember("test_loss", .number(result.test.loss)),
                JSONMember("best_epoch", .integer(result.bestEpoch)),
                JSONMember("parameters", .integer(result.parameters)),
            ])
    }
}
