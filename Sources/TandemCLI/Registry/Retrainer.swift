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
    let options: SystemOptions
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
        let system = try TabularSystem(configuration, options)
        if !isQuiet { system.description.forEach(console.note) }
        // Before the training, which is in vain when the active version cannot be measured.
        let activeLoss = try task.active?.modelPath.map { path in
            try system.experiment.validationLoss(ofModel: path)
        }
        let directory = try RunDirectory(
            creating: run, configuration: system.configuration.resolvedJSON)
        let lock = try directory.lock()
        defer { withExtendedLifetime(lock) {} }
        let progress = TrainingProgress(console, TabularSystem.progressStyle)
        defer { progress.end() }
        let trainer = try system.makeTrainer(
            run: directory, callbacks: isQuiet ? [] : [progress])
        Interrupt.install()
        guard case .finished = try trainer.run() else {
            throw Interrupted(description: "interrupted; nothing was registered, try again")
        }
        let figures = try system.testFigures()
        _ = try system.writeProducts(into: directory, trainer.state, figures)
        return RetrainedModel(
            modelPath: directory.model,
            validationLoss: try system.experiment.validationLoss(ofModel: directory.model),
            activeValidationLoss: activeLoss, dataSource: dataSource,
            metrics: [
                JSONMember("test_loss", .number(figures.loss)),
                JSONMember("best_epoch", .integer(trainer.state.chosenEpoch)),
                JSONMember("parameters", .integer(system.arena.parameterCount)),
            ])
    }
}
