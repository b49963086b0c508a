import TandemDevices
import TandemNetworks

@testable import TandemTraining

/// How a short run of `CurveRecipe` is trained; four steps make an epoch.
func curveConfiguration(
    epochs: Int = 4, _ change: (inout TrainingConfiguration) -> Void = { _ in }
) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.epochs = epochs
    configuration.batchSize = 16
    configuration.optimizer.learningRate = 0.02
    configuration.schedule.kind = .constant
    change(&configuration)
    return configuration
}

/// A trainer of a new `CurveRecipe`, always with the same seed.
func makeCurveTrainer(
    _ configuration: TrainingConfiguration, run: RunDirectory? = nil,
    adding policies: [any TrainingPolicy] = [], isInterrupted: @escaping () -> Bool = { false }
) throws -> (trainer: Trainer<CurveRecipe>, recipe: CurveRecipe, arena: ParameterArena) {
    let recipe = try CurveRecipe(on: CPUDevice(threads: 1))
    let arena = try ParameterArena(recipe.model, device: recipe.device, seed: 3)
    let trainer = try Trainer(
        recipe, arena: arena, configuration: configuration, seed: 3, run: run,
        adding: policies, isInterrupted: isInterrupted)
    return (trainer, recipe, arena)
}
