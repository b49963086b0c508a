import TandemBasics
import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemRecipes
import TandemTraining

/// Prediction of a table's column for the commands.
struct TabularSystem: TrainingSystem {
    let configuration: TabularConfiguration
    let device: any Device
    let experiment: TabularExperiment

    static let progressStyle = ProgressStyle(
        metrics: [TabularMetrics.validationLoss], format: { NumberText.fixed($0, 6) },
        epochsPerLine: 10, showsBar: false)

    init(_ configuration: TabularConfiguration, _ options: SystemOptions) throws {
        self.configuration = try Self.resolved(configuration, data: options.data)
        device = try options.openDevice()
        experiment = try TabularExperiment(
            self.configuration, data: try TabularData(self.configuration), device: device)
    }

    /// The configuration with the paths of the files that were found.
    static func resolved(_ configuration: TabularConfiguration, data: String?) throws
        -> TabularConfiguration
    {
        var configuration = configuration
        if let data { configuration.data.path = SystemOptions.explicit(data) }
        configuration.data.path = try configuration.data.path.map(DataLocation.file(of:))
        configuration.data.splitFile = try configuration.data.splitFile.map(DataLocation.file(of:))
        return configuration
    }

    var arena: ParameterArena { experiment.arena }

    func makeTrainer(run: RunDirectory, callbacks: [any TrainingCallback]) throws
        -> Trainer<TabularRecipe>
    {
        try experiment.makeTrainer(run: run, callbacks: callbacks)
    }

    /// The scaler and the parts follow from the data: with other data, test rows would be among those trained on.
    func requireData(of run: RunDirectory) throws {
        let state = try Checkpoint.loadState(from: run.lastCheckpoint)
        guard state.dataIdentity == experiment.recipe.dataIdentity else {
            throw TabularError.otherData(run: run.path, data: experiment.data.source)
        }
    }

    func testFigures() throws -> TabularMetrics {
        try experiment.testFigures()
    }

    func writeProducts(
        into run: RunDirectory, _ state: TrainingState, _ figures: TabularMetrics
    ) throws -> [String] {
        try TabularExport(experiment, state: state, test: figures).write(to: run.model)
        return [run.model]
    }

    static func show(_ figures: TabularMetrics, on console: Console) {
        console.print("Test Loss: \(NumberText.fixed(figures.loss, 6))")
        let more: [(String, Double?, Int)] = [
            ("mean squared error", figures.meanSquaredError, 6),
            ("mean absolute error", figures.meanAbsoluteError, 6),
            ("explained variance", figures.explainedVariance, 4),
            ("accuracy at 0.5", figures.accuracy, 4), ("precision", figures.precision, 4),
            ("recall", figures.recall, 4), ("area under curve", figures.areaUnderCurve, 4),
        ]
        for case (let name, let value?, let decimals) in more {
            console.print("  \(name): \(NumberText.fixed(value, decimals))")
        }
    }

    var description: [String] {
        let data = experiment.data
        let architecture =
            ([data.table.width] + configuration.model.hidden + [1]).map(String.init)
            .joined(separator: " -> ")
        return [
            "device    \(device.identifier): \(device.name)",
            "data      \(data.source): \(NumberText.grouped(data.table.count)) rows of "
                + "\(data.table.width) features, predicting '\(data.table.targetName)'",
            "split     train \(NumberText.grouped(data.training.count)), "
                + "validation \(NumberText.grouped(data.validation.count)), "
                + "test \(NumberText.grouped(data.test.count))",
            "model     \(architecture), dropout \(configuration.model.dropout), "
                + "\(NumberText.grouped(arena.parameterCount)) parameters",
            "loss      " + experiment.recipe.lossTerms.map(\.name).joined(separator: " + ")
                + (configuration.task == .classification
                    ? ", weight of positives \(NumberText.short(data.positiveWeight))" : ""),
        ] + data.warnings.map { "warning: \($0)" }
    }
}
