import TandemBasics
import TandemDatasets
import TandemDevices
import Foundation
import Testing

@testable import TandemRecipes
@testable import TandemTraining

/// What is made of the variants' figures: ranking, baseline, verdict, the file.
@Suite struct SweepResultsTests {
    /// A finished variant, one seed per pair of losses; the baseline is called `base`.
    private func result(_ name: String, _ losses: [(validation: Double, test: Double)])
        -> SweepResult<TabularExperiment>
    {
        SweepResult<TabularExperiment>(
            variant: variant(name),
            seeds: losses.enumerated().map { index, loss in
                SweepSeedResult(
                    seed: 42 + UInt64(index), validationLoss: loss.validation,
                    testLoss: loss.test, trainingLoss: 0.5, bestEpoch: 3 + index, epochsRun: 9,
                    steps: 100, stepSeconds: 0.01, seconds: 2)
            },
            curves: SweepCurves(training: [2, 1], validation: [3, 2]), parameterCount: 41,
            modelPath: "/m/\(name).onnx", modelBytes: 1536, error: nil)
    }

    private func variant(_ name: String) -> SweepVariant<TabularExperiment> {
        SweepVariant<TabularExperiment>(
            name: name, description: "Text of \(name)", configuration: TabularConfiguration(),
            isBaseline: name == "base", changes: [])
    }

    private func failure(_ name: String) -> SweepResult<TabularExperiment> {
        SweepResult<TabularExperiment>(variant: variant(name), seeds: [], error: "it burned down")
    }

    private func results(_ results: [SweepResult<TabularExperiment>], given: SweepBaseline? = nil)
        -> SweepResults<TabularExperiment>
    {
        SweepResults<TabularExperiment>(
            environment: SweepEnvironment(
                device: "cpu", jobs: 2, seed: 42,
                data: SweepDataFacts(
                    path: "/d.csv", hash: "ab", splitHash: "cd", count: 100, split: [70, 15, 15],
                    summary: ""),
                startedAt: "2026-01-01T00:00:00Z", finishedAt: nil),
            results: results, givenBaseline: given)
    }

    private let published = SweepBaseline(
        testLoss: 0.0267, validationLoss: 0.0286, version: "v1.0", source: .published)

    // MARK: - Ranking

    /// The test loss never chooses; equal validation losses stay in the order of the plan.
    @Test func rankedByValidationLoss() {
        let all = results([
            result("base", [(0.03, 0.01)]), result("b", [(0.02, 0.05)]), failure("f"),
            result("c", [(0.025, 0.02)]), result("d", [(0.02, 0.01)]),
            result("e", [(0.02, 0.03)]),
        ])
        #expect(all.ranking.map(\.variant.name) == ["b", "d", "e", "c", "base"])
        #expect(all.best?.variant.name == "b")
        #expect(all.failures.map(\.variant.name) == ["f"])
    }

    @Test func repeatsCountByTheirMeans() throws {
        let a = result("a", [(0.02, 0.1), (0.04, 0.2), (0.03, 0.6)])
        #expect(try #require(a.validationLoss) - 0.03 < 1e-15)
        #expect(try #require(a.testLoss) - 0.3 < 1e-15)
        // Squares of -0.01, 0.01, 0 over 2; of -0.2, -0.1, 0.3 over 2.
        #expect((try #require(a.validationDeviation) - 0.01).magnitude < 1e-15)
        #expect((try #require(a.testDeviation) - 0.07.squareRoot()).magnitude < 1e-15)
        #expect(a.best?.seed == 42)
        #expect(a.seconds == 6)
        #expect(a.stepMicroseconds == 100)
        #expect(result("a", [(1, 1)]).validationDeviation == nil)
        let other = result("b", [(0.029, 1), (0.0299, 1), (0.0301, 1)])
        #expect(results([a, other]).best?.variant.name == "b")
        #expect(result("t", [(0.2, 1), (0.1, 2), (0.1, 3)]).best?.seed == 43)
    }

    // MARK: - Baseline

    @Test func theBaselineIsTheFileElseMeasuredElsePublished() throws {
        let own = [result("base", [(0.03, 0.02)]), result("b", [(0.02, 0.015)])]
        let measured = try #require(results(own, given: published).baseline)
        #expect(
            measured
                == SweepBaseline(
                    testLoss: 0.02, validationLoss: 0.03, version: "base", source: .measured))
        #expect((measured.improvement(0.015) - 25).magnitude < 1e-12)
        #expect((measured.improvement(0.03) + 50).magnitude < 1e-12)
        var file = published
        file.source = .file
        #expect(results(own, given: file).baseline == file)
        #expect(results([failure("base"), own[1]], given: published).baseline == published)
        #expect(results([own[1]]).baseline == nil)
        #expect(results([own[1]]).improvement(own[1]) == nil)
    }

    @Test func baselineFiles() throws {
        try withTemporaryFolder { folder in
            func read(_ text: String) throws -> SweepBaseline {
                try AtomicFile.write(text, to: folder + "/b.json")
                return try SweepBaseline(file: folder + "/b.json")
            }
            let meta = try read(#"{"test_loss": 0.02, "val_loss": 0.03, "seed": 1}"#)
            #expect(
                meta
                    == SweepBaseline(
                        testLoss: 0.02, validationLoss: 0.03, version: folder + "/b.json",
                        source: .file))
            #expect(try read(#"{"test_loss": 1}"#).validationLoss == nil)
            let text = try results([result("base", [(0.5, 0.25)])]).text()
            #expect(try read(text).testLoss == 0.25)
            #expect(try read(text).validationLoss == 0.5)
            for bad in [
                "{}", "[]", "not JSON", #"{"test_loss": null}"#, #"{"test_loss": 0}"#,
                #"{"test_loss": -1}"#, #"{"test_loss": "0.02"}"#,
                try results([failure("base")]).text(),
            ] {
                let error = #expect(throws: SweepError.self) { try read(bad) }
                #expect("\(String(describing: error))".contains("b.json"))
            }
            #expect(throws: FileError.self) { try SweepBaseline(file: folder + "/none.json") }
        }
    }

    // MARK: - Verdict

    @Test func verdicts() {
        func verdict(_ all: [SweepResult<TabularExperiment>]) -> String {
            results(all).verdict ?? "none"
        }
        let single = verdict([result("base", [(0.03, 1)]), result("b", [(0.02, 1)])])
        #expect(single == "Single run; differences below about 3 % are within seed noise.")
        #expect(verdict([failure("base")]) == "none")
        #expect(verdict([failure("base"), result("b", [(1, 1)])]).contains("No baseline"))
        #expect(
            verdict([result("base", [(1, 1), (1, 1)]), result("b", [(2, 1), (2, 1)])])
                == "No variant has a lower validation loss than the baseline.")
        // Deviations of 0.1 * sqrt(2) over two seeds each: the standard error is 0.1 * sqrt(2).
        func lead(_ difference: Double) -> String {
            verdict([
                result("base", [(0.9, 1), (1.1, 1)]),
                result("b", [(0.9 - difference, 1), (1.1 - difference, 1)]),
            ])
        }
        #expect(lead(0.1 * 2.0.squareRoot()).contains("1.00 standard errors"))
        #expect(lead(0.1 * 2.0.squareRoot()).contains("within seed noise"))
        #expect(lead(0.196 * 2.0.squareRoot()).contains("within seed noise"))
        #expect(lead(0.204 * 2.0.squareRoot()).contains("more than seed noise"))
        #expect(lead(0.5).contains("more than seed noise"))
    }

    // MARK: - The file

    private func keys(_ value: JSONValue?) -> Set<String> {
        guard case .object(let members)? = value else { return [] }
        return Set(members.map(\.name))
    }

    @Test func theFileHasAllKeys() throws {
        let all = results(
            [
                result("base", [(0.03, 0.02), (0.04, 0.03)]),
                result("b", [(0.02, 0.015), (0.02, 0.02)]), failure("f"),
            ], given: published)
        let json = try JSONValue.parse(Array(try all.text().utf8))
        #expect(keys(json) == ["baseline", "variants", "summary", "environment"])
        #expect(keys(json["baseline"]) == ["test_loss", "val_loss", "version", "source"])
        guard case .array(let variants)? = json["variants"] else {
            Issue.record("no variants")
            return
        }
        #expect(variants.count == 3)
        for variant in variants {
            #expect(
                keys(variant).isSuperset(of: [
                    "config", "test_loss", "val_loss", "train_loss", "best_epoch", "epochs_run",
                    "training_time", "step_time_us", "model_size_kb", "params_count",
                    "improvement_vs_baseline", "success", "error", "model_path", "seeds",
                    "val_loss_std", "test_loss_std",
                ]))
            #expect(
                keys(variant["config"]) == [
                    "name", "learning_rate", "batch_size", "hidden_sizes", "dropout", "epochs",
                    "description", "seed",
                ])
        }
        #expect(
            keys(json["summary"]).isSuperset(of: [
                "total_variants", "successful", "failed", "best_variant", "best_val_loss",
                "best_test_loss", "improvement_over_baseline", "selected_by",
            ]))
        #expect(
            keys(json["environment"]).isSuperset(of: [
                "device", "threads", "seed", "data_path", "data_sha256", "rows", "split",
                "started_at", "finished_at",
            ]))
    }

    @Test func valuesInTheFile() throws {
        let all = results([result("base", [(0.03, 0.02)]), result("b", [(0.02, 0.015)])])
        let json = try JSONValue.parse(Array(try all.text().utf8))
        guard case .array(let variants)? = json["variants"] else { return }
        #expect(variants[1]["test_loss"] == .number(0.015))
        #expect(variants[1]["model_size_kb"] == .number(1.5))
        #expect(variants[1]["best_epoch"] == .integer(3))
        #expect(variants[1]["epochs_run"] == .integer(9))
        #expect(variants[1]["success"] == .bool(true))
        #expect(variants[1]["error"] == .null)
        #expect(variants[1]["val_loss_std"] == .null)
        let improvement = variants[1]["improvement_vs_baseline"]?.double ?? .nan
        #expect((improvement - 25).magnitude < 1e-12)
        #expect(variants[0]["improvement_vs_baseline"]?.double == 0)
        #expect(json["summary"]?["best_variant"] == .string("b"))
        #expect(json["summary"]?["best_test_loss"] == .number(0.015))
        #expect(json["summary"]?["selected_by"] == .string("val_loss"))
        #expect(json["baseline"]?["source"] == .string("measured"))
        #expect(json["environment"]?["split"] == .array([70, 15, 15].map { .integer($0) }))
        #expect(json["environment"]?["finished_at"] == .null)
    }

    @Test func failuresAreNullAndNeverInfinity() throws {
        var infinite = result("i", [(.infinity, .nan)])
        infinite.curves = SweepCurves(training: [.infinity], validation: [.nan])
        let text = try results([failure("base"), infinite]).text()
        #expect(!text.contains("inf") && !text.contains("nan"))
        let json = try JSONValue.parse(Array(text.utf8))
        guard case .array(let variants)? = json["variants"] else { return }
        for key in [
            "test_loss", "val_loss", "train_loss", "best_epoch", "training_time", "model_path",
            "improvement_vs_baseline",
        ] {
            #expect(variants[0][key] == .null, "\(key)")
        }
        #expect(variants[0]["success"] == .bool(false))
        #expect(variants[0]["error"] == .string("it burned down"))
        #expect(json["baseline"] == .null)
        let none = try JSONValue.parse(
            Array(try results([failure("a"), failure("b")]).text().utf8))
        #expect(none["summary"]?["best_variant"] == .null)
        #expect(none["summary"]?["best_val_loss"] == .null)
        #expect(none["summary"]?["failed"] == .integer(2))
        #expect(none["summary"]?["successful"] == .integer(0))
    }
}
