import TandemBasics
import TandemDatasets
public import TandemDevices
public import TandemNetworks
public import TandemTraining

import Glibc

/// Prediction of one column of a table from the others.
public struct TabularExperiment: Experiment {
    /// `tabular`.
    public static let recipeName = TabularConfiguration.Recipe.tabular.rawValue

    /// The resolved configuration.
    public let configuration: TabularConfiguration
    /// The prepared table.
    public let data: TabularData
    /// The training recipe.
    public let recipe: TabularRecipe
    /// The model's memory.
    public let arena: ParameterArena

    /// The configuration with the paths of the files that were found.
    public static func resolved(_ configuration: TabularConfiguration, data: String?) throws
        -> TabularConfiguration
    {
        var configuration = configuration
        if let data { configuration.data.path = DataLocation.explicit(data) }
        configuration.data.path = try configuration.data.path.map(DataLocation.file(of:))
        configuration.data.splitFile = try configuration.data.splitFile.map(DataLocation.file(of:))
        return configuration
    }

    /// Reads, splits and standardises the table.
    public static func prepare(_ configuration: TabularConfiguration) throws -> TabularData {
        try TabularData(configuration)
    }

    /// Builds the network with its initial values.
    public init(_ configuration: TabularConfiguration, data: TabularData, device: any Device)
        throws
    {
        self.configuration = configuration
        self.data = data
        recipe = try TabularRecipe(configuration, data: data, device: device)
        arena = try ParameterArena(recipe.model, device: device, seed: configuration.seed)
    }

    /// The figures on the test rows with the weights that the network has now; throws when the loss is not finite.
    public func measure() throws -> TabularMetrics {
        let figures = try recipe.measure(data.test)
        guard figures.loss.isFinite else {
            throw TabularError.lossNotFinite(part: "test", value: "\(figures.loss)")
        }
        return figures
    }

    /// The scaler and the parts follow from the data: with other data, test rows would be among those trained on.
    public func requireData(of run: RunDirectory) throws {
        let state = try Checkpoint.loadState(from: run.lastCheckpoint)
        guard state.dataIdentity == recipe.dataIdentity else {
            throw TabularError.otherData(run: run.path, data: data.source)
        }
    }

    /// Exports the network as `model.onnx`.
    public func writeProducts(_ result: RunResult<TabularMetrics>, into run: RunDirectory) throws
        -> [String]
    {
        try TabularExport(self, state: result.state, test: result.test).write(to: run.model)
        return [run.model]
    }

    /// Predictions `[count]` for standardised features `[count, F]`, in the label's own unit; probabilities for a
    /// classification.
    public func predictions(_ features: [Float], count: Int) throws -> [Float] {
        try recipe.outputs(features, count: count).map { output in
            switch data.output {
            case .identity(let scale, let offset): output * scale + offset
            case .sigmoid where configuration.task == .classification: 1 / (1 + exp(-output))
            case .sigmoid: output
            }
        }
    }
}

/// What is shown to people.
extension TabularExperiment {
    /// The validation loss, every tenth epoch.
    public static var progress: ProgressStyle {
        ProgressStyle(
            metrics: [TabularMetrics.validationLoss], format: { NumberText.fixed($0, 6) },
            epochsPerLine: 10, showsBar: false)
    }

    /// The test figures, one per line.
    public static func describe(_ figures: TabularMetrics) -> [String] {
        let more: [(String, Double?, Int)] = [
            ("mean squared error", figures.meanSquaredError, 6),
            ("mean absolute error", figures.meanAbsoluteError, 6),
            ("explained variance", figures.explainedVariance, 4),
            ("accuracy at 0.5", figures.accuracy, 4), ("precision", figures.precision, 4),
            ("recall", figures.recall, 4), ("area under curve", figures.areaUnderCurve, 4),
        ]
        return ["Test Loss: \(NumberText.fixed(figures.loss, 6))"]
            + more.compactMap { name, value, decimals in
                value.map { "  \(name): \(NumberText.fixed($0, decimals))" }
            }
    }

    /// Device, data, split, model, loss and warnings.
    public var summary: [String] {
        let architecture =
            ([data.table.width] + configuration.model.hidden + [1]).map(String.init)
            .joined(separator: " -> ")
        return [
            "device    \(arena.device.identifier): \(arena.device.name)",
            "data      \(data.source): \(NumberText.grouped(data.table.count)) rows of "
                + "\(data.table.width) features, predicting '\(data.table.targetName)'",
            "split     train \(NumberText.grouped(data.training.count)), "
                + "validation \(NumberText.grouped(data.validation.count)), "
                + "test \(NumberText.grouped(data.test.count))",
            "model     \(architecture), dropout \(configuration.model.dropout), "
                + "\(NumberText.grouped(arena.parameterCount)) parameters",
            "loss      " + recipe.lossTerms.map(\.name).joined(separator: " + ")
                + (configuration.task == .classification
                    ? ", weight of positives \(NumberText.short(data.positiveWeight))" : ""),
        ] + data.warnings.map { "warning: \($0)" }
    }
}

extension TabularExperiment {
    /// The loss of an exported model on this experiment's validation rows, by this experiment's measure, so that two models
    /// can be compared on the same rows.
    ///
    /// A model that derives features gets them derived, whatever this experiment does. Throws when the model cannot be
    /// read or takes other features.
    public func validationLoss(ofModel path: String) throws -> Double {
        let predictor = try TabularPredictor(model: path)
        let table = try rawTable(derivesFeatures: predictor.derivesFeatures)
        guard table.featureNames == predictor.featureNames else {
            throw TabularError.wrongWidth(
                model: predictor.featureNames.count, input: table.width,
                features: predictor.featureNames)
        }
        let rows = data.split.validation
        let labels = rows.map { table.targets[Int($0)] }
        let predictions = try predictor.predict(
            table.features(ofRows: rows), count: rows.count, on: arena.device)
        guard configuration.task == .regression else {
            let logits = predictions.map { log($0) - log1p(-$0) }
            return TabularMetrics(
                logits: logits, labels: labels, positiveWeight: data.positiveWeight
            ).loss
        }
        let inLabelUnit = TabularMetrics(outputs: predictions, targets: labels, scale: 1)
        return inLabelUnit.loss / (data.labelScale * data.labelScale)
    }

    /// The table as it was read, or read anew when the features that follow from others are wanted otherwise.
    private func rawTable(derivesFeatures: Bool) throws -> NumericTable {
        guard derivesFeatures != configuration.data.deriveFeatures, data.kind != .tabular else {
            return data.table
        }
        var other = configuration
        other.data.deriveFeatures = derivesFeatures
        return try TabularSource.read(other).table
    }
}
