import FoundationEssentials
import TandemBasics

/// The test of a trained model beside all baselines, as a JSON file for programs and as lines for people.
public struct DialogueEvaluationReport: Codable, Sendable, Equatable {
    /// The baselines, learned from the training pairs and measured on the same pairs as the model.
    public var baselines: DialogueBaselineFigures
    /// The model.
    public var model: DialogueMetrics
    /// The strengths of the two linear maps.
    public var regularization: DialogueRegularization
    /// What the model gains over copying the question.
    public var gainsOverCopy: DialogueGains
    /// What the model gains over the better of the two linear maps.
    public var gainsOverRidge: DialogueGains
    /// That map.
    public var betterRidge: DialogueBaseline
    /// The mean cosine as a share of the historic goal.
    public var progress: Double
    /// The part of the way from copying to the historic goal; `nil` when copying reaches it.
    public var progressOverCopy: Double?
    /// Whether predictions crowd together.
    public var collapse: DialogueCollapse
    /// Every source by itself.
    public var sources: [DialogueSubset]
    /// Every category by itself.
    public var categories: [DialogueSubset]
    /// How the texts of the answers that are found first agree with the true ones; `nil` without texts.
    public var texts: DialogueTextScores?
    /// What the figures prove.
    public var verdict: DialogueVerdict
    /// Where the predictions come from.
    public var run: DialogueTestedRun?

    /// Measures predictions beside the baselines; all answers of `evaluated` are the candidates.
    ///
    /// - Parameters:
    ///   - predictions: what the model answers, `[n, D]`; lengths do not matter.
    ///   - evaluated: the questions and answers measured on.
    ///   - baselines: the baselines of the training pairs.
    ///   - sources: one label per pair, or none at all; pairs with an empty one belong to no source.
    ///   - categories: the same.
    ///   - texts: the texts of the answers, or none.
    ///   - seed: decides the resamples and the rows looked at for a collapse.
    ///   - run: where the predictions come from.
    /// - Throws: `DialogueEvaluationError` when the parts do not fit together, or a prediction is not finite.
    public init(
        predictions: [Float], evaluated: DialogueVectors, baselines: DialogueBaselines,
        sources: [String] = [], categories: [String] = [], texts: [String] = [], seed: UInt64,
        run: DialogueTestedRun? = nil
    ) throws {
        let (count, dimension) = (evaluated.count, evaluated.dimension)
        guard baselines.constant.count == dimension else {
            throw DialogueEvaluationError.wrongDimension(
                what: "training pairs", found: baselines.constant.count, expected: dimension)
        }
        try DialogueVectors.check(
            predictions, "predictions", count: count, dimension: dimension)
        func similarities(_ vectors: [Float]) throws -> DialogueSimilarities {
            try DialogueSimilarities(vectors, evaluated.answers, dimension: dimension)
        }
        func scores(_ similarities: DialogueSimilarities) throws -> DialogueScores {
            try DialogueScores(similarities: similarities.values, count: count)
        }
        func scores(_ baseline: DialogueBaseline) throws -> DialogueScores {
            try scores(similarities(baselines.predict(baseline, evaluated.questions)))
        }
        let modelSimilarities = try similarities(predictions)
        let copySimilarities = try similarities(evaluated.questions)
        let modelScores = try scores(modelSimilarities)
        let copyScores = try scores(copySimilarities)
        let (ridge, residual) = (try scores(.ridge), try scores(.ridgeResidual))
        model = DialogueMetrics(modelScores)
        let figures = DialogueBaselineFigures(
            constant: DialogueMetrics(try scores(.constant)), copy: DialogueMetrics(copyScores),
            ridge: DialogueMetrics(ridge),
            ridgeResidual: DialogueMetrics(residual))
        self.baselines = figures
        regularization = DialogueRegularization(
            ridge: baselines.ridge.regularization,
            ridgeResidual: baselines.ridgeResidual.regularization)
        betterRidge = figures.betterRidge
        gainsOverCopy = try DialogueGains(modelScores, over: copyScores, seed: seed)
        gainsOverRidge = try DialogueGains(
            modelScores, over: betterRidge == .ridge ? ridge : residual, seed: seed)
        let way = DialogueProgress(meanCosine: model.meanCosine, copy: figures.copy.meanCosine)
        progress = way.ofGoal
        progressOverCopy = way.overCopy
        collapse = try DialogueCollapse(
            predictions: predictions, answers: evaluated.answers, dimension: dimension, seed: seed)
        self.sources = try DialogueSubset.all(
            sources, what: "sources", model: modelSimilarities, copy: copySimilarities, seed: seed)
        self.categories = try DialogueSubset.all(
            categories, what: "categories", model: modelSimilarities, copy: copySimilarities,
            seed: seed)
        self.texts = try Self.textScores(texts, modelSimilarities)
        verdict = DialogueVerdict(overCopy: gainsOverCopy, overRidge: gainsOverRidge)
        self.run = run
    }

    private static func textScores(
        _ texts: [String], _ similarities: DialogueSimilarities
    ) throws -> DialogueTextScores? {
        if texts.isEmpty { return nil }
        guard texts.count == similarities.rows else {
            throw DialogueEvaluationError.wrongSize(
                what: "texts of answers", found: texts.count, expected: similarities.rows)
        }
        let retrieved = texts.indices.map { row in
            similarities.best(1, of: row).first.map { texts[$0.candidate] } ?? ""
        }
        return try DialogueTextScores(retrieved: retrieved, answers: texts)
    }

    /// Writes the report as JSON in place of what is at `path`; throws when the file cannot be written.
    public func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try AtomicFile.write(
            String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: path)
    }
}
