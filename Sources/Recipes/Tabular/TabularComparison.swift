import TandemDatasets
import Glibc
import TandemNetworks

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
        let features = rows.flatMap { row in
            table.features[Int(row) * table.width..<(Int(row) + 1) * table.width]
        }
        let labels = rows.map { table.targets[Int($0)] }
        let predictions = try predictor.predict(features, count: rows.count, on: arena.device)
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
