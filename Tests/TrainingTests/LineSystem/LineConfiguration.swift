import TandemConfiguration
import TandemTraining

/// A system of its own in three files, as a person outside of the library writes one: a line through noisy points.
struct LineConfiguration: ExperimentConfiguration {
    var recipe = LineExperiment.recipeName
    var name = "line"
    var seed: UInt64 = 1
    var data = LineDataConfiguration()
    var training = LineConfiguration.defaultTraining

    static let defaults = LineConfiguration()
    static let changeableInRun = changeableInEveryRun

    private static var defaultTraining: TrainingConfiguration {
        var training = TrainingConfiguration()
        training.epochs = 5
        training.batchSize = 8
        training.optimizer.kind = .sgd
        training.optimizer.learningRate = 0.2
        training.optimizer.weightDecay = 0
        training.schedule.kind = .constant
        training.earlyStopping = EarlyStoppingConfiguration(
            metric: "validationLoss", patience: 5, threshold: 0)
        return training
    }

    func validate(_ checks: inout ConfigurationChecks) {
        checkName(&checks)
        checks.section("data", data)
        checks.section("training", training)
    }
}

/// The points.
struct LineDataConfiguration: Configuration, Equatable {
    var count = 60
    var slope = 0.5
    var noise = 0.05

    static let defaults = LineDataConfiguration()

    func validate(_ checks: inout ConfigurationChecks) { checks.count(count, "count") }
}
