import Foundation
import TandemRegistry
import Testing

@testable import TandemCLI

/// The commands of tests, outcomes, watch, records and retraining.
@Suite("Rollout commands")
struct RolloutCommandTests {
    /// v1.0 serves, v1.1 is in staging.
    private func with(_ body: (RegistryWorkspace) throws -> Void) throws {
        try RegistryWorkspace.with { workspace in
            _ = workspace.registry("init")
            for (bias, version) in ["v1.0-real", "v1.1-real"].enumerated() {
                let model = try workspace.model(version + ".onnx", bias: Float(bias))
                let added = workspace.registry("register", version, "--model-path", model)
                #expect(added.status == .success, "\(added.diagnostics)")
            }
            #expect(workspace.registry("switch", "v1.0-real").status == .success)
            try body(workspace)
        }
    }

    private func expectFailure(_ invocation: Invocation, _ text: String) {
        #expect(invocation.status == .failure, "\(invocation.output)")
        #expect(
            invocation.diagnostics.hasPrefix("Error: ")
                && invocation.diagnostics.contains(text), "\(invocation.diagnostics)")
    }

    @Test("A test from its beginning to its end")
    func stages() throws {
        try with { workspace in
            let start = workspace.registry("ab", "start", "v1.1-real", "0.1")
            #expect(start.output == "calling_score v1.1-real: share of the users none -> 10.0%\n")
            let stage = try workspace.registry("ab", "stage", "v1.1-real", "0.5", "--json").json()
            #expect(stage["previous_ab_traffic"] as? Double == 0.1)
            #expect(stage["ab_traffic"] as? Double == 0.5)
            let same = workspace.registry("ab", "stage", "v1.1-real", "0.5")
            #expect(same.output.contains("nothing was changed"))
            #expect(workspace.registry("ab", "next").output.contains("50.0% -> 100.0%"))
            expectFailure(workspace.registry("ab", "next"), "registry switch v1.1-real")
            let stop = workspace.registry("ab", "stop", "v1.1-real")
            #expect(stop.output.contains("100.0% -> none"))
            expectFailure(workspace.registry("ab", "stop", "v1.1-real"), "not under test")
            expectFailure(workspace.registry("ab", "start", "v1.1-real", "0"), "above 0")
            #expect(workspace.registry("ab", "start", "v1.1-real", "half").status == .usage)
            #expect(workspace.registry("ab", "start", "v1.1-real").status == .usage)
        }
    }

    @Test("A user is told version and group; an unknown one too")
    func assignment() throws {
        try with { workspace in
            _ = workspace.registry("ab", "start", "v1.1-real", "1")
            #expect(
                workspace.registry("ab", "assign", "--user", "anybody").output
                    == "v1.1-real candidate\n")
            #expect(workspace.registry("ab", "assign").output == "v1.0-real control\n")
            let json = try workspace.registry("ab", "assign", "--user", "user_1", "--json").json()
            #expect(json["formula_group"] as? String == "hybrid")
            #expect(json["weight"] as? Double == 0.1)
            expectFailure(
                workspace.registry("ab", "assign", "--type", "outcome"),
                "no version of outcome is active")
        }
    }

    @Test("Scores and outcomes are logged and counted")
    func logging() throws {
        try with { workspace in
            _ = workspace.registry("ab", "start", "v1.1-real", "0.5")
            let logged = try workspace.registry(
                "ab", "log", "--user", "a", "--opportunity", "x", "--score", "0.9", "--group",
                "candidate", "--called", "no", "--json"
            ).json()
            #expect(logged["version"] as? String == "v1.1-real")
            #expect(logged["test_group"] as? String == "candidate")
            let named = workspace.registry(
                "ab", "log", "--user", "b", "--opportunity", "x", "--score", "0.3", "--version",
                "v1.0-real", "--outcome-type", "negative", "--outcome-score", "0")
            #expect(named.output == "v1.0-real control\n", "\(named.diagnostics)")
            let outcome = workspace.registry(
                "ab", "outcome", "--user", "a", "--opportunity", "x", "--type", "positive",
                "--score", "0.75")
            #expect(outcome.output == "row 1: positive (0.75)\n", "\(outcome.diagnostics)")
            let metrics = try workspace.registry("ab", "metrics", "--json").json()
            let groups = metrics["groups"] as? [String: [String: Any]]
            #expect(groups?["candidate"]?["positive_rate"] as? Double == 1)
            #expect(groups?["candidate"]?["call_rate"] as? Double == 0)
            #expect(groups?["control"]?["mean_outcome_score"] as? Double == 0)
            #expect(groups?["control"]?["outcomes"] as? Int == 1)
            let table = workspace.registry(
                "ab", "metrics", "--version", "v1.1-real", "--window", "1")
            #expect(table.output.contains("not enough data"), "\(table.diagnostics)")
            #expect(!table.output.contains("hybrid - formulaBased"))
            let none = try workspace.registry(
                "ab", "metrics", "--since", "2100-01-01", "--json"
            ).json()
            #expect((none["groups"] as? [String: [String: Any]])?["control"]?["count"] as? Int == 0)
            expectFailure(workspace.registry("ab", "metrics", "--version", "v9"), "v9")
        }
    }

    @Test("A report shows the test and keeps the performance on request")
    func report() throws {
        try with { workspace in
            #expect(workspace.registry("ab", "report").output.contains("no test is running"))
            _ = workspace.registry("ab", "start", "v1.1-real", "0.1")
            _ = workspace.registry(
                "ab", "log", "--user", "a", "--opportunity", "x", "--score", "0.5")
            let report = try workspace.registry("ab", "report", "--json").json()
            #expect(report["tested_version"] as? String == "v1.1-real")
            #expect(report["next_ab_traffic"] as? Double == 0.5)
            #expect((report["performance"] as? [Any])?.count == 2)
            let before = try workspace.open().versions().compactMap(\.performanceMetrics)
            #expect(before.isEmpty)
            #expect(
                workspace.registry("ab", "report", "--keep", "--window", "1").status == .success)
            let kept = try workspace.open().versions().compactMap(\.performanceMetrics)
            #expect(kept.count == 1)
            #expect(kept.first?["window_days"] == .number(1))
        }
    }

    @Test("Options that do not go together are a wrong use, scores outside 0...1 a failure")
    func wrongUse() throws {
        try with { workspace in
            let use = [
                ["log", "--file", "x", "--user", "a"], ["log", "--file", "x", "--score", "1"],
                ["log", "--user", "a"], ["log"],
                ["log", "--user", "a", "--opportunity", "x", "--score", "1", "--called", "maybe"],
                ["metrics", "--since", "2026-01-01", "--window", "3"],
                ["metrics", "--since", "yesterday"], ["metrics", "--window", "0"],
                ["outcome", "--user", "a", "--opportunity", "x", "--type", "good", "--score", "1"],
            ]
            for arguments in use {
                let result = Invocation(["registry", "--db", workspace.path, "ab"] + arguments)
                #expect(result.status == .usage, "\(arguments)")
            }
            let log = ["registry", "--db", workspace.path, "ab", "log", "--user", "a"]
            let entry = log + ["--opportunity", "x", "--score"]
            expectFailure(Invocation(entry + ["1.5"]), "1.5")
            expectFailure(Invocation(entry + ["1", "--outcome-type", "positive"]), "the score")
            expectFailure(Invocation(entry + ["1", "--outcome-score", "1"]), "the type")
            expectFailure(workspace.registry("ab", "log", "--file", "missing.jsonl"), "missing")
            expectFailure(workspace.registry("satisfaction", "log", "-0.5"), "-0.5")
            let metrics = try workspace.open().testMetrics(of: .callingScore)
            #expect(metrics[.control].count == 0)
        }
    }

    @Test("The watch after a switch tells what it knows and rolls back")
    func watch() throws {
        try with { workspace throws in
            func result() throws -> String? {
                try workspace.registry("watch", "evaluate", "--json").json()["result"] as? String
            }
            #expect(try result() == "no_watch")
            for _ in 0..<8 { _ = workspace.registry("satisfaction", "log", "0.8") }
            _ = workspace.registry("switch", "v1.1-real")
            #expect(try result() == "too_few_since")
            for _ in 0..<12 { _ = workspace.registry("satisfaction", "log", "0.68") }
            let rolledBack = workspace.registry("watch", "evaluate")
            #expect(
                rolledBack.output
                    == "calling_score: satisfaction has fallen, 0.8000 (8 scores) -> 0.6800 (12 "
                    + "scores): rolled back from v1.1-real to v1.0-real\n")
            #expect(try result() == "no_watch")
        }
    }

    @Test("Records are imported, judged and asked for their outcome; few of them train nothing")
    func records() throws {
        try with { workspace in
            let records = try workspace.write(
                "records.json",
                """
                {"training_data": [
                  {"user_id": "a", "opportunity_id": "x", "formula_calling_score": 0.75,
                   "outcome_type": "positive", "outcome_score": 0.75},
                  {"user_id": "b", "opportunity_id": "x", "formula_calling_score": 0.5}]}
                """)
            #expect(
                workspace.registry("records", "import", records).output
                    == "\(records): kept 2 records\n")
            _ = workspace.registry(
                "records", "outcome", "--user", "b", "--opportunity", "x", "--type", "negative",
                "--score", "0.25")
            let quality = try workspace.registry("records", "quality", "--json").json()
            #expect(quality["outcomes"] as? Int == 2)
            #expect((quality["formula"] as? [String: Any])?["accuracy"] as? Double == 1)
            #expect((quality["formula"] as? [String: Any])?["mean_error"] as? Double == 0.125)
            #expect(workspace.registry("records", "quality").output.contains("0.1250"))
            let check = try workspace.registry("retrain", "check", "--json").json()
            #expect(check["reason"] is NSNull)
            #expect(workspace.registry("retrain", "check", "--run").status == .success)
            let out = workspace.folder + "/out"
            expectFailure(
                workspace.registry(
                    "retrain", "check", "--run", "--manual", "--quiet", "--out", out),
                "only 2 training records have an outcome")
            #expect(workspace.registry("retrain", "check", "--manual").status == .usage)
            #expect(
                workspace.registry("retrain", "check", "--run", "--type", "other").status == .usage)
        }
    }

    @Test("Training on the records registers a version unless it is worse on the same rows")
    func retraining() throws {
        try RegistryWorkspace.with { workspace in
            let data = workspace.folder + "/data.json"
            #expect(
                Invocation(["data", "calling-score", "--rows", "400", "--out", data]).status
                    == .success)
            _ = workspace.registry("init")
            #expect(workspace.registry("records", "import", data).status == .success)
            /// Trains with a learning rate and returns what became of the model.
            func train(_ learningRate: Double, _ out: String) throws -> [String: Any] {
                let configuration = try workspace.write(
                    "config.json",
                    """
                    {"recipe": "tabular", "model": {"hidden": [8]},
                     "training": {"epochs": 5, "optimizer": {"learningRate": \(learningRate)}}}
                    """)
                let trained = workspace.registry(
                    "retrain", "check", "--run", "--manual", "--config", configuration, "--out",
                    "\(workspace.folder)/\(out)", "--device", "cpu", "--json")
                #expect(trained.status == .success, "\(trained.diagnostics)")
                return try trained.json()["retraining"] as? [String: Any] ?? [:]
            }
            let first = try train(1e-4, "first")
            #expect(first["reason"] as? String == "scheduled")
            #expect(first["records"] as? Int == 400)
            #expect(first["active_val_loss"] is NSNull)
            #expect(first["registered_version"] as? String == "v1.0-real")
            #expect(workspace.registry("switch", "v1.0-real").status == .success)

            let better = try train(1e-2, "better")
            let loss = try #require(better["val_loss"] as? Double)
            #expect(better["reason"] as? String == "manual")
            #expect(better["active_val_loss"] as? Double == first["val_loss"] as? Double)
            #expect(loss < (first["val_loss"] as? Double ?? 0) && loss > 0)
            #expect(better["registered_version"] as? String == "v1.1-real")
            let record = try workspace.open().version("v1.1-real", of: .callingScore)
            #expect(record.status == .staging && record.defaultWeight == 0.1)
            #expect(record.modelPath?.hasSuffix("better/run/model.onnx") == true)
            #expect(workspace.registry("verify", "v1.1-real").status == .success)
            #expect(workspace.registry("switch", "v1.1-real").status == .success)

            let worse = try train(1e-4, "worse")
            #expect(worse["registered_version"] is NSNull)
            #expect(worse["val_loss"] as? Double == first["val_loss"] as? Double)
            #expect(worse["active_val_loss"] as? Double == loss)
            #expect(try workspace.open().versions().count == 2)
            expectFailure(
                workspace.registry(
                    "retrain", "check", "--run", "--manual", "--quiet", "--out",
                    workspace.folder + "/worse", "--device", "cpu"), "worse")
        }
    }
}
