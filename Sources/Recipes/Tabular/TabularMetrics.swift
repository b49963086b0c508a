import Glibc
import TandemTraining

/// How good predictions of a table's label are, computed on the host in double precision: means over examples, not over batches.
public struct TabularMetrics: Sendable, Equatable, Codable {
    /// Number of examples.
    public var examples: Int
    /// Mean squared error, or weighted binary cross-entropy; of standardised labels when the network was trained on those.
    public var loss: Double
    /// Regression: mean squared error in the label's own unit.
    public var meanSquaredError: Double?
    /// Regression: mean absolute error in the label's own unit.
    public var meanAbsoluteError: Double?
    /// Regression: share of the label's variance that is explained, `1 - MSE / variance`.
    public var explainedVariance: Double?
    /// Classification: share of examples on the right side of 0.5.
    public var accuracy: Double?
    /// Classification: share of the examples above 0.5 whose label is 1.
    public var precision: Double?
    /// Classification: share of the examples with label 1 that lie above 0.5.
    public var recall: Double?
    /// Classification: probability that an example with label 1 scores above one with label 0, ties counting half.
    public var areaUnderCurve: Double?

    /// Name of the metric that early stopping watches.
    public static let validationLoss = "validationLoss"

    /// The metrics measured after every epoch.
    static func names(_ task: TabularConfiguration.Task) -> [String] {
        switch task {
        case .regression: [validationLoss, "meanAbsoluteError"]
        case .classification: [validationLoss, "accuracy", "precision", "recall", "auc"]
        }
    }

    /// The values under those names.
    var metrics: [Metric] {
        [Metric(Self.validationLoss, loss, higherIsBetter: false)]
            + [
                meanAbsoluteError.map {
                    Metric("meanAbsoluteError", $0, higherIsBetter: false)
                },
                accuracy.map { Metric("accuracy", $0) },
                precision.map { Metric("precision", $0) },
                recall.map { Metric("recall", $0) },
                areaUnderCurve.map { Metric("auc", $0) },
            ].compactMap { $0 }
    }

    /// Figures of a regression: `outputs` and `targets` as the network has them, `scale` the unit of the labels in theirs.
    init(outputs: [Float], targets: [Float], scale: Double) {
        // Distances from the first target: exactly zero where all are equal, whatever their value.
        let origin = Double(targets.first ?? 0)
        var (squares, magnitudes, sum, sumOfSquares) = (0.0, 0.0, 0.0, 0.0)
        for (output, target) in zip(outputs, targets) {
            let difference = Double(output) - Double(target)
            squares += difference * difference
            magnitudes += difference.magnitude
            let distance = Double(target) - origin
            sum += distance
            sumOfSquares += distance * distance
        }
        let count = Double(max(1, outputs.count))
        let variance = sumOfSquares / count - (sum / count) * (sum / count)
        examples = outputs.count
        loss = squares / count
        meanSquaredError = loss * scale * scale
        meanAbsoluteError = magnitudes / count * scale
        explainedVariance = variance > 0 ? 1 - loss / variance : nil
    }

    /// Figures of a classification from pre-activations; `positiveWeight` multiplies the loss of examples with label 1.
    init(logits: [Float], labels: [Float], positiveWeight: Double) {
        var sum = 0.0
        var (truePositives, falsePositives, trueNegatives) = (0, 0, 0)
        for (logit, label) in zip(logits, labels) {
            let (x, isPositive) = (Double(logit), label > 0.5)
            let margin = isPositive ? -x : x
            // log(1 + e^margin), stable for margins of any size; logs are cut at -100 as PyTorch cuts them.
            let softplus = max(margin, 0) + log1p(exp(-margin.magnitude))
            sum += min(softplus, 100) * (isPositive ? positiveWeight : 1)
            switch (x > 0, isPositive) {
            case (true, true): truePositives += 1
            case (true, false): falsePositives += 1
            case (false, false): trueNegatives += 1
            case (false, true): break
            }
        }
        let positives = labels.count { $0 > 0.5 }
        let count = Double(max(1, logits.count))
        examples = logits.count
        loss = sum / count
        accuracy = Double(truePositives + trueNegatives) / count
        precision = Double(truePositives) / Double(max(1, truePositives + falsePositives))
        recall = Double(truePositives) / Double(max(1, positives))
        areaUnderCurve = Self.areaUnderCurve(logits, labels)
    }

    /// The area under the ROC curve by the rank sum of the positives (Mann and Whitney 1947), `nil` when a class is absent.
    static func areaUnderCurve(_ scores: [Float], _ labels: [Float]) -> Double? {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (rankSum, positives, start) = (0.0, 0, 0)
        while start < order.count {
            var end = start
            while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
            let positivesHere = order[start..<end].count { labels[$0] > 0.5 }
            rankSum += Double(positivesHere) * Double(start + 1 + end) / 2
            positives += positivesHere
            start = end
        }
        let negatives = order.count - positives
        guard positives > 0, negatives > 0 else { return nil }
        let (p, n) = (Double(positives), Double(negatives))
        return (rankSum - p * (p + 1) / 2) / (p * n)
    }
}
