import TandemDatasets
import TandemInterchange
import TandemNetworks
import TandemTensors
public import TandemTraining

/// What the model says and what it costs on scenarios as they are, dropout off.
struct GiftMeasurement {
    /// One row per scenario.
    var predictions = GiftPredictions(categories: [], tools: [], rewards: [], ranking: [])
    /// The loss terms by name.
    var terms: [String: Double] = [:]
    /// The weighted sum of the terms.
    var loss = 0.0
}

extension GiftRecipe {
    /// The names of the metrics that training may watch.
    static let metricNames = [
        "validationLoss", "quality", "qualityParity", "categoryMatch", "toolMatch", "precision@3",
        "recall@3", "hit@1", "exactTools", "toolRecall", "normalisedReward", "predictedReward",
        "predictedRewardDeviation", "distinctTop3", "gapLoss", "gapQuality",
    ]

    /// The metrics on the validation scenarios, and the distance of loss and quality to those on the training scenarios;
    /// without validation scenarios the metrics on the training scenarios alone.
    public func evaluate() throws -> [Metric] {
        let learned = try measure(data.split.training)
        let learnedFigures = try metrics(learned, data.split.training)
        func all(_ measurement: GiftMeasurement, _ figures: GiftMetrics) -> [Metric] {
            [Metric("validationLoss", measurement.loss, higherIsBetter: false)] + figures.metrics
        }
        let rows = data.split.validation
        guard !rows.isEmpty else { return all(learned, learnedFigures) }
        let validation = try measure(rows)
        let figures = try metrics(validation, rows)
        let gapQuality = learnedFigures.figures.quality - figures.figures.quality
        return all(validation, figures) + [
            Metric("gapLoss", validation.loss - learned.loss, higherIsBetter: false),
            Metric("gapQuality", gapQuality, higherIsBetter: false),
        ]
    }

    /// The figures of a measurement on the scenarios `rows`.
    func metrics(_ measurement: GiftMeasurement, _ rows: [Int32]) throws -> GiftMetrics {
        try GiftMetrics(
            measurement.predictions, data.scenarios(rows), data.catalogue.gifts)
    }

    /// Predictions and loss for the scenarios `rows`.
    func measure(_ rows: [Int32]) throws -> GiftMeasurement {
        var result = GiftMeasurement()
        var sums = lossTerms.map { _ in 0.0 }
        for start in stride(from: 0, to: rows.count, by: batchSize) {
            let part = rows[start..<min(start + batchSize, rows.count)]
            let batch = try stage.replace(with: host.measuring(part))
            let context = ForwardContext.evaluation()
            let outputs = try gift(batch.profiles, catalogue, context)
            let tables = try gift.regularizedTables.map { try context.tensor($0) }
            for (place, term) in try loss(outputs, batch.targets, nil, tables).enumerated() {
                sums[place] += Double(try term.item()) * Double(part.count)
            }
            if let last = outputs.last { try append(last, to: &result.predictions) }
        }
        for (term, sum) in zip(lossTerms, sums) {
            let mean = sum / Double(max(1, rows.count))
            result.terms[term.name] = mean
            result.loss += Double(term.weight) * mean
        }
        return result
    }

    /// Predictions for profiles and the gifts of `catalogue`, of the training without it; dropout off.
    func predict(
        _ profiles: [GiftProfile], _ catalogue: GiftCatalogueTensors? = nil
    ) throws -> GiftPredictions {
        let catalogue = catalogue ?? self.catalogue
        var predictions = GiftPredictions(categories: [], tools: [], rewards: [], ranking: [])
        for start in stride(from: 0, to: profiles.count, by: batchSize) {
            let part = profiles[start..<min(start + batchSize, profiles.count)]
            let batch = try stage.replace(with: host.predicting(part))
            if let last = try gift(batch.profiles, catalogue, .evaluation()).last {
                try append(last, to: &predictions)
            }
        }
        return predictions
    }

    private func append(_ outputs: GiftOutputs, to predictions: inout GiftPredictions) throws {
        let isParity = configuration.model.wiring == .parity
        predictions.categories += try outputs.categories.sigmoid().rows()
        predictions.tools +=
            try (isParity ? outputs.tools.softmax() : outputs.tools.sigmoid()).rows()
        predictions.rewards += try outputs.rewards.rows()
        predictions.ranking += try (outputs.ranking ?? outputs.rewards).softmax().rows()
    }
}

extension Tensor {
    /// The rows of a matrix, on the host.
    fileprivate func rows() throws -> [[Float]] {
        let (values, width) = (try values(), max(1, shape.dimensions[1]))
        return stride(from: 0, to: values.count, by: width).map {
            Array(values[$0..<$0 + width])
        }
    }
}

extension GiftRecipe {
    /// Writes the connected model with its catalogue as ONNX; see `GiftGraph`.
    func exportModel(_ arena: ParameterArena, to path: String) throws {
        let codes = try gift.giftCodes(catalogue, .evaluation())
        let others = try catalogue.othersOfCategory.matmul(codes.features)
        let inputs = GiftCatalogueInputs(
            gifts: data.catalogue.gifts, wiring: configuration.model.wiring)
        var graph = GiftGraph(
            configuration.model, weights: try arena.namedValues(),
            gifts: GiftGraph.Gifts(
                codes: try codes.features.values(), others: try others.values(),
                descriptions: try codes.descriptions.values(), prices: inputs.priceOf,
                ratings: inputs.rating, ages: inputs.ages))
        func list(_ words: [String]) -> String { words.joined(separator: ",") }
        let vocabulary = data.vocabulary
        try graph.model(
            metadata: [
                ("system", "gift-recommender"), ("categories", list(GiftVocabulary.categories)),
                ("tools", list(GiftVocabulary.tools)), ("hobbies", list(vocabulary.hobbies)),
                ("preferences", list(vocabulary.preferences)),
                ("occasions", list(GiftVocabulary.occasions)),
                ("relationships", list(GiftVocabulary.relationships)),
                ("gifts", list(data.catalogue.gifts.map(\.id))),
            ] + GiftInputs.meanings.map { ("input.\($0.name)", $0.meaning) }
        ).write(to: path)
    }
}
