import Foundation
import TandemBasics
import TandemDatasets
import Testing

@testable import TandemRecipes

/// The published figures of the baselines on the shipped pairs, where those are present.
@Suite struct DialogueReferenceTests {
    private static let folder = DataLocation.resolve("dialogue")
    private static let isPresent = ["questions.npy", "answers.npy", "pairs.jsonl"].allSatisfy {
        FileManager.default.fileExists(atPath: "\(folder)/\($0)")
    }

    /// The vectors of the parts by name, and the sources of the test pairs.
    private static func parts() throws -> (vectors: [String: DialogueVectors], sources: [String]) {
        let questions = try NPYFile.read("\(folder)/questions.npy")
        let questionValues = try questions.float32Values()
        let answerValues = try NPYFile.read("\(folder)/answers.npy").float32Values()
        let dimension = questions.shape[1]
        let lines = try String(contentsOfFile: "\(folder)/pairs.jsonl", encoding: .utf8)
            .split(separator: "\n").map { try JSONValue.parse(Array($0.utf8)) }
        var vectors: [String: DialogueVectors] = [:]
        for part in ["train", "val", "test"] {
            let rows = lines.indices.filter { lines[$0]["split"]?.stringValue == part }
            func take(_ values: [Float]) -> [Float] {
                rows.flatMap { values[$0 * dimension..<($0 + 1) * dimension] }
            }
            vectors[part] = try DialogueVectors(
                questions: take(questionValues), answers: take(answerValues), dimension: dimension)
        }
        let sources = lines.filter { $0["split"]?.stringValue == "test" }
            .compactMap { $0["source"]?.stringValue }
        return (vectors, sources)
    }

    private static func expect(
        _ metrics: DialogueMetrics, _ expected: [Double], within tolerance: Double,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let found = [
            metrics.meanCosine, metrics.hitAt1, metrics.hitAt5, metrics.meanReciprocalRank,
        ]
        for (value, expected) in zip(found, expected) {
            #expect(abs(value - expected) < tolerance, sourceLocation: location)
        }
    }

    @Test(.enabled(if: isPresent, "no pairs at \(folder)"))
    func baselinesAgreeWithThePublishedFigures() throws {
        let (vectors, sources) = try Self.parts()
        let training = try #require(vectors["train"])
        let validation = try #require(vectors["val"])
        let test = try #require(vectors["test"])
        #expect(training.count == 4336)
        #expect(validation.count == 534)
        #expect(test.count == 574)
        let baselines = try DialogueBaselines(training: training, validation: validation)
        // Validation chooses what the published figures were made with, and what is taken without it.
        #expect(baselines.ridge.regularization == DialogueBaselines.ridgeDefault)
        #expect(baselines.ridgeResidual.regularization == DialogueBaselines.residualDefault)
        let report = try DialogueEvaluationReport(
            predictions: try baselines.predict(.ridgeResidual, test.questions), evaluated: test,
            baselines: baselines, sources: sources, seed: 42)
        let figures = report.baselines
        Self.expect(figures.constant, [0.3078, 0.002, 0.009, 0.012], within: 1e-3)
        Self.expect(figures.copy, [0.6407, 0.6725, 0.8780, 0.7695], within: 1e-3)
        Self.expect(figures.ridge, [0.7046, 0.7352, 0.8955, 0.8115], within: 2e-3)
        Self.expect(figures.ridgeResidual, [0.7118, 0.7404, 0.8972, 0.8123], within: 2e-3)
        #expect(report.model == figures.ridgeResidual)
        #expect(report.betterRidge == .ridgeResidual)
        #expect(report.verdict.beatsCopy)
        #expect(!report.verdict.isAboveRidge)
        #expect(report.gainsOverCopy.cosine.lower > 0.06)
        #expect(report.sources.map(\.model.count) == [96, 478])
        #expect(abs(report.sources[0].copy.meanCosine - 0.391) < 1e-3)
        #expect(abs(report.sources[0].copy.meanReciprocalRank - 0.525) < 1e-3)
        #expect(abs(report.sources[1].copy.meanCosine - 0.691) < 1e-3)
        #expect(abs(report.sources[1].copy.meanReciprocalRank - 0.824) < 1e-3)
        #expect(abs((report.collapse.answers.meanPairwiseCosine ?? 0) - 0.096) < 0.01)
    }
}
