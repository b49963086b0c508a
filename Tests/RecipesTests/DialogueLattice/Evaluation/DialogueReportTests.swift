import Foundation
import TandemBasics
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// The report of a test: its file, its lines and its verdict.
@Suite struct DialogueReportTests {
    private static let dimension = 8

    private static func random(_ count: Int, seed: UInt64) -> [Float] {
        var generator = Philox(RandomStream(seed: seed, identifier: 9))
        return (0..<count).map { _ in Float(generator.nextNormalPair().0) }
    }

    /// Questions that say something about their answers.
    private static func pairs(_ count: Int, seed: UInt64) throws -> DialogueVectors {
        let answers = random(count * dimension, seed: seed)
        let noise = random(count * dimension, seed: seed + 1)
        return try DialogueVectors(
            questions: zip(answers, noise).map { $0 + $1 }, answers: answers,
            dimension: dimension)
    }

    private static func report(
        _ predict: (DialogueVectors) -> [Float], sources: [String] = [], texts: [String] = [],
        run: DialogueTestedRun? = nil
    ) throws -> DialogueEvaluationReport {
        let tested = try pairs(60, seed: 50)
        return try DialogueEvaluationReport(
            predictions: predict(tested), evaluated: tested,
            baselines: try DialogueBaselines(training: try pairs(80, seed: 60)), sources: sources,
            categories: sources, texts: texts, seed: 1, run: run)
    }

    @Test func perfectPredictions() throws {
        let report = try Self.report(\.answers)
        #expect(report.model.hitAt1 == 1)
        #expect(abs(report.model.meanCosine - 1) < 1e-6)
        #expect(
            report.verdict.beatsCopy && report.verdict.isAboveCopy && report.verdict.isAboveRidge)
        #expect(report.baselines.copy.hitAt1 < 1)
        #expect(report.baselines.constant.hitAt1 < 0.1)
        #expect(abs(report.progress - 1.25) < 1e-6)
        #expect(!report.collapse.isCollapsed)
        #expect(report.statement.hasPrefix("the model beats copying the question on cosine (+"))
        #expect(report.statement.hasSuffix("both intervals exclude 0"))
        #expect(report.lines.last == report.statement)
        let titles = report.lines.filter { $0.hasPrefix("predictor") }
        #expect(titles.count == 1)
        let rows = report.lines.drop { !$0.hasPrefix("predictor") }.dropFirst(2).prefix(5)
        let expected = ["constant", "copy", "ridge,", "ridge on", "model"]
        #expect(zip(rows, expected).allSatisfy { $0.hasPrefix($1) })
    }

    @Test(
        "Copying gains nothing, and a core that only distorts its input is not taken for one that learns"
    )
    func copying() throws {
        let copies: [(DialogueVectors) -> [Float]] = [
            \.questions,
            { $0.questions.map { $0 * 1.15 } },
            // Components as small as those of long unit vectors, where tanh is all but linear.
            { $0.questions.map { 0.01 * $0 + Float(0.15 * tanh(0.01 * Double($0))) } },
        ]
        for copy in copies {
            let report = try Self.report(copy)
            #expect(abs(report.gainsOverCopy.cosine.mean) < 1e-4)
            #expect(!report.verdict.beatsCopy && !report.verdict.isAboveCopy)
            #expect(report.statement.hasPrefix("the model does not beat copying the question on "))
            #expect(!report.statement.contains("the model beats"))
        }
    }

    @Test func worseThanCopying() throws {
        let report = try Self.report { $0.questions.map { -$0 } }
        #expect(report.gainsOverCopy.cosine.upper < 0)
        #expect(report.gainsOverCopy.meanReciprocalRank.upper < 0)
        #expect(report.lines.last?.contains("does not beat copying the question") == true)
        #expect((report.progressOverCopy ?? 0) < 0)
    }

    @Test("Every source is measured among its own answers")
    func sources() throws {
        let labels = (0..<60).map { $0 < 20 ? "chat" : $0 < 59 ? "books" : "" }
        let report = try Self.report(\.answers, sources: labels)
        #expect(report.sources.map(\.name) == ["books", "chat"])
        #expect(report.sources.map(\.model.count) == [39, 20])
        #expect(report.categories == report.sources)
        let tested = try Self.pairs(60, seed: 50)
        let rows = 0..<20 * Self.dimension
        let own = try DialogueScores(
            predictions: Array(tested.questions[rows]), answers: Array(tested.answers[rows]),
            dimension: Self.dimension)
        #expect(report.sources[1].copy == DialogueMetrics(own))
        #expect(report.sources[1].gains.cosine.mean > 0)
        #expect(report.lines.contains { $0.hasPrefix("chat ") })
        #expect(
            throws: DialogueEvaluationError.wrongSize(what: "sources", found: 1, expected: 60)
        ) {
            try Self.report(\.answers, sources: ["chat"])
        }
    }

    @Test func fileAndBack() throws {
        let folder = try TemporaryFolder()
        let run = DialogueTestedRun(
            part: "validation", trainingCount: 80, teacher: "words", bestEpoch: 3, parameters: 10,
            seconds: 1.5, device: "cpu")
        let report = try Self.report(
            \.answers, sources: (0..<60).map { "\($0 % 2)" },
            texts: (0..<60).map { "answer \($0)" }, run: run)
        try report.write(to: folder.file("evaluation.json"))
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.file("evaluation.json")))
        #expect(try JSONDecoder().decode(DialogueEvaluationReport.self, from: data) == report)
        let text = String(decoding: data, as: UTF8.self)
        #expect(text.contains("\"hit@5\""))
        #expect(text.contains("\"ridgeResidual\""))
        #expect(report.texts?.count == 60)
        #expect(report.texts?.rougeL == 1)
        #expect(report.lines.contains { $0.contains("these pairs chose the epoch too") })
    }

    @Test func badPredictionsAreErrors() throws {
        #expect(
            throws: DialogueEvaluationError.wrongSize(what: "predictions", found: 8, expected: 480)
        ) {
            try Self.report { Array($0.answers.prefix(8)) }
        }
        #expect(
            throws: DialogueEvaluationError.notFinite(what: "predictions", row: 2, value: "nan")
        ) {
            try Self.report { pairs in
                pairs.answers.enumerated().map { $0.offset == 17 ? .nan : $0.element }
            }
        }
    }
}
