import Foundation
import TandemBasics
import Testing

@testable import TandemRecipes
@testable import TandemTraining

/// The report of a test: its file and its lines.
@Suite struct EvaluationReportTests {
    private typealias Case = EvaluationCase

    private static let gifts = ["books", "food", "home", "art"].map {
        Case.gift($0, id: $0, price: 40)
    }
    private static let training = [
        Case.scenario(["books", "food"], ["price_comparison", "review_analysis"], id: "t1"),
        Case.scenario(
            ["home"], ["price_comparison", "budget_optimizer"], id: "t2", hobbies: ["yoga"],
            budget: 60),
    ]
    private static let tested = (1...6).map { number in
        Case.scenario(
            number % 2 == 0 ? ["books", "food", "art"] : ["art"],
            ["price_comparison", "review_analysis"], id: "v\(number)", age: 30 + number,
            hobbies: ["yoga", "cooking"], preferences: ["modern"])
    }

    /// What knows all labels predicts.
    private static func perfect(_ scenarios: [GiftScenario]) throws -> GiftPredictions {
        try GiftBaselines(training: training, gifts: gifts).predictions(.bestPossible, scenarios)
    }

    private static func run() -> GiftTestedRun {
        let history = [5, 10, 15].map {
            EvaluationMonitorTests.record(
                $0, loss: 0.25, terms: ["category": 0.125],
                metrics: ["quality": 0.95, "qualityParity": 0.5, "gapLoss": 0.01])
        }
        return GiftTestedRun(
            checkpoint: "run/integrated_enhanced_best", epoch: 15, history: history,
            flags: [GiftEpochFlags(epoch: 5, flags: [GiftFlag("G4", .green, "close")])],
            modelInfo: GiftModelInfo(
                totalParameters: 14_456_244, trainableParameters: 14_456_244,
                trainingDate: "2026-01-31T12:00:00Z", optimizationVersion: "v2.0"))
    }

    private static func report() throws -> GiftEvaluationReport {
        try GiftEvaluationReport(
            perfect(tested), tested, gifts: gifts, training: training,
            trainingPredictions: perfect(training), gapLoss: 0.0125, run: run())
    }

    private static func json(_ report: GiftEvaluationReport) throws -> JSONValue {
        try JSONValue.parse(Array(RunCoding.encoder().encode(report)))
    }

    private static func keys(_ value: JSONValue?) -> [String] {
        (value?.orderedMembers ?? []).map(\.name).sorted()
    }

    // MARK: - The file

    @Test func keysOfTheFile() throws {
        let json = try Self.json(Self.report())
        #expect(
            Self.keys(json) == [
                "baselines", "category_distribution", "epoch_chosen_by_these", "figures",
                "generalisation",
                "is_contaminated", "model_checkpoint", "model_epoch", "model_info", "monitor_flags",
                "normalised_reward", "per_scenario", "quality_parity", "strict_metrics",
                "test_results", "tier", "tool_distribution", "training_metrics", "worked_examples",
            ])
        #expect(
            Self.keys(json["test_results"]) == [
                "average_reward", "category_match_rate", "num_tests", "quality_score",
                "tool_match_rate",
            ])
        #expect(
            Self.keys(json["model_info"]) == [
                "enhanced_components", "optimization_version", "total_parameters",
                "trainable_parameters", "training_date",
            ])
        #expect(
            Self.keys(json["baselines"]) == [
                "best_possible", "constant", "hobby_lookup", "hobby_name", "logistic_regression",
                "oracle_reward", "random",
            ])
        #expect(Self.keys(json["generalisation"]) == ["gap_loss", "gap_quality"])
        #expect(
            Self.keys(json["tier"]) == [
                "beats_hobby_lookup", "quality_parity", "quality_score", "statement",
            ])
        #expect(
            Self.keys(json["per_scenario"]?.elements?.first) == [
                "expected_categories", "expected_tools", "id", "predicted_categories",
                "predicted_reward", "recommended_gift_ids", "reward", "selected_tools",
            ])
        #expect(Self.keys(json["category_distribution"]).count == 13)
        #expect(Self.keys(json["tool_distribution"]).count == 5)
        #expect(Self.keys(json["strict_metrics"]).count == 15)
    }

    @Test func valuesOfTheFile() throws {
        let json = try Self.json(Self.report())
        #expect(json["model_checkpoint"]?.stringValue == "run/integrated_enhanced_best")
        #expect(json["model_epoch"]?.wholeNumber == 15)
        #expect(json["training_metrics"]?["quality"]?.double == 0.95)
        #expect(json["training_metrics"]?["loss"]?.double == 0.25)
        #expect(json["training_metrics"]?["categoryLoss"]?.double == 0.125)
        #expect(json["test_results"]?["num_tests"]?.wholeNumber == 6)
        #expect(json["test_results"]?["quality_score"]?.double == 1)
        #expect(json["per_scenario"]?.elements?.count == 6)
        #expect(json["worked_examples"]?.elements?.count == 5)
        #expect(json["generalisation"]?["gap_loss"]?.double == 0.0125)
        #expect(json["generalisation"]?["gap_quality"]?.double == 0)
        #expect(json["is_contaminated"] == .bool(false))
        #expect(json["monitor_flags"]?.elements?.first?["epoch"]?.wholeNumber == 5)
        #expect(
            json["baselines"]?["oracle_reward"]?.double
                == json["test_results"]?["average_reward"]?.double)
        #expect(json["model_info"]?["enhanced_components"]?.elements?.count == 5)
    }

    @Test func readingGivesBackWhatWasWritten() throws {
        let report = try Self.report()
        let data = try RunCoding.encoder().encode(report)
        let read = try RunCoding.decoder().decode(GiftEvaluationReport.self, from: data)
        #expect(read == report)
        #expect(read.lines == report.lines)
    }

    @Test func withoutARunThereIsNoTier() throws {
        let report = try GiftEvaluationReport(
            Self.perfect(Self.tested), Self.tested, gifts: Self.gifts, training: Self.training)
        #expect(report.tier.qualityScore == .none)
        #expect(report.tier.statement.contains("without the course of training"))
        #expect(!(try Self.report().tier.statement.contains("without the course of training")))
        #expect(report.generalisation == GiftGeneralisation(gapLoss: nil, gapQuality: nil))
        #expect(Self.keys(try Self.json(report)["generalisation"]) == [])
        #expect(report.trainingMetrics == [:])
    }

    @Test func tiersAreJudgedByBothQualities() throws {
        let tier = try Self.report().tier
        #expect(tier.qualityScore == .excellent)
        // The mean reward of all gifts lies far below that of the best three.
        #expect(tier.qualityParity < .excellent)
    }

    @Test func theHobbyLookupMustBeBeaten() throws {
        #expect(try Self.report().tier.beatsHobbyLookup)
        let lookup = try GiftBaselines(training: Self.training, gifts: Self.gifts)
            .predictions(.hobbyLookup, Self.tested)
        let report = try GiftEvaluationReport(
            lookup, Self.tested, gifts: Self.gifts, training: Self.training)
        #expect(!report.tier.beatsHobbyLookup)
        #expect(report.tier.statement.contains("does not beat the hobby lookup"))
        #expect(report.figures == report.baselines.hobbyLookup)
    }

    @Test func trainingScenariosContaminateATest() throws {
        let mixed = Self.tested + [Self.training[0]]
        let report = try GiftEvaluationReport(
            Self.perfect(mixed), mixed, gifts: Self.gifts, training: Self.training)
        #expect(report.isContaminated)
        #expect(report.lines.contains { $0.contains("training scenarios are among those tested") })
    }

    // MARK: - The lines

    @Test func lines() throws {
        let lines = try Self.report().lines
        #expect(lines[0].hasPrefix("predictor"))
        #expect(lines[2].hasPrefix("model"))
        for (place, baseline) in GiftBaseline.allCases.enumerated() {
            #expect(lines[3 + place].hasPrefix(baseline.title))
        }
        #expect(lines.count { $0.hasPrefix("  expected ") } == 5)
        #expect(
            lines.contains(
                "v1: friend, 31 years, birthday, budget 100.00; likes yoga, cooking; modern"))
        #expect(lines.contains { $0.hasPrefix("  gift 1     ART, 40.00, R 0.800") })
        #expect(lines.last == (try Self.report()).tier.statement)
    }
}
