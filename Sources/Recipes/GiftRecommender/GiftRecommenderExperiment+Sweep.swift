import TandemBasics
import TandemDatasets
public import TandemTraining

extension GiftRecommenderExperiment: SweptExperiment {
    /// One less the precision of the best three categories on the validation scenarios.
    public static func validationLoss(_ record: EpochRecord) -> Double {
        1 - (record.metrics["precision@3"] ?? .nan)
    }

    /// One less the precision of the best three categories on the test scenarios.
    public static func testLoss(_ figures: GiftEvaluationReport) -> Double {
        1 - figures.figures.precisionAt3
    }

    /// The strict figures of the model, and those of the logistic regression on the same scenarios.
    public static func figures(of figures: GiftEvaluationReport) -> [Metric] {
        let (model, regression) = (figures.figures, figures.baselines.logisticRegression)
        return [
            Metric("exact tools", model.exactTools), Metric("P@3", model.precisionAt3),
            Metric("R@3", model.recallAt3), Metric("tool recall", model.toolRecall),
            Metric("quality", model.quality),
            Metric("regression exact tools", regression.exactTools),
            Metric("regression P@3", regression.precisionAt3),
        ]
    }

    /// What is said of the scenarios, the catalogue and the division.
    public static func facts(_ data: GiftData) -> SweepDataFacts {
        let split = data.split
        return SweepDataFacts(
            path: data.scenariosPath, hash: data.hash, splitHash: data.splitHash,
            count: data.scenarios.count,
            split: [split.training.count, split.validation.count, split.test.count],
            summary: "\(data.scenariosPath): \(data.scenarios.count) scenarios, "
                + "\(data.catalogue.gifts.count) gifts",
            warnings: data.report.warnings)
    }

    /// The scenarios in folds; of the others the share `data.foldValidationShare` is kept from training.
    public static func folds(
        _ data: GiftData, count: Int, seed: UInt64, _ configuration: GiftRecommenderConfiguration
    ) throws -> [GiftData] {
        try data.folds(
            count, validation: configuration.data.foldValidationShare, seed: seed)
    }
}
