import TandemDatasets
import TandemBasics
import TandemDevices
import TandemNetworks
public import TandemTraining

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
