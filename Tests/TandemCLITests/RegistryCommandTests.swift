import Foundation
import Testing

@testable import TandemCLI

@Suite struct RegistryCommandTests {
    private func results(_ workspace: RegistryWorkspace) throws -> String {
        try workspace.write(
            "optimization_results.json",
            """
            { "variants": [
                { "config": { "name": "v1_0_baseline", "description": "Baseline" },
                  "test_loss": 0.0262, "val_loss": 0.0277, "success": true,
                  "model_path": "\(try workspace.model("baseline.onnx"))" },
                { "config": { "name": "v1_1_dropout_0.4", "description": "Dropout: 0.4",
                    "hidden_sizes": [128, 64], "dropout": 0.4 },
                  "test_loss": 0.0257, "val_loss": 0.0263, "best_epoch": 56, "success": true,
                  "model_path": "\(try workspace.model("dropout.onnx", bias: 1))" } ],
              "summary": { "best_variant": "v1_1_dropout_0.4" } }
            """)
    }

    @Test func fromASweepToARollback() throws {
        try RegistryWorkspace.with { workspace in
            let results = try results(workspace)
            #expect(workspace.registry("init").status == .success)
            let baseline = workspace.registry(
                "register", "v1.0-hybrid", "--from-results", results, "--variant",
                "v1_0_baseline", "--json")
            #expect(baseline.status == .success, "\(baseline.diagnostics)")
            #expect(try baseline.json()["status"] as? String == "staging")
            #expect(workspace.registry("switch", "v1.0-hybrid").status == .success)

            let best = try workspace.registry(
                "register", "v1.1-hybrid", "--from-results", results, "--variant", "best",
                "--json"
            ).json()
            #expect(best["description"] as? String == "Dropout: 0.4")
            let metrics = best["training_metrics"] as? [String: Any]
            #expect(metrics?["val_loss"] as? Double == 0.0263)
            #expect(metrics?["previous_version"] as? String == "v1.0-hybrid")

            let change = try workspace.registry("switch", "v1.1-hybrid", "--json").json()
            #expect(change["from"] as? String == "v1.0-hybrid")
            #expect(change["is_change"] as? Bool == true)
            let again = workspace.registry("switch", "v1.1-hybrid")
            #expect(again.output.contains("active already"))

            let back = workspace.registry("rollback", "--reason", "worse")
            #expect(back.output.contains("v1.0-hybrid"))
            let last = workspace.registry("rollback")
            #expect(last.status == .failure)
            #expect(last.diagnostics.hasPrefix("Error: nothing to roll back to"))

            let list = workspace.registry("list").output.split(separator: "\n")
            #expect(list.count == 4)
            #expect(list[2].contains("active") && list[3].contains("deprecated"))
            let history = try workspace.registry("history", "--json").json()["history"] as? [Any]
            #expect(history?.count == 5)
            let line = history?.last as? [String: Any]
            #expect((line?["detail"] as? [String: Any])?["reason"] as? String == "worse")
        }
    }

    @Test func verifyShowWeightAndRetirement() throws {
        try RegistryWorkspace.with { workspace in
            let model = try workspace.model("model.onnx")
            let metrics = try workspace.write("metrics.json", #"{"test_loss": 0.03}"#)
            _ = workspace.registry("init")
            for _ in 0..<2 {
                let added = workspace.registry(
                    "register", "--auto-version", "--data-source", "real_data", "--model-path",
                    model, "--metrics", metrics, "--weight", "0.2", "--description", "text")
                #expect(added.status == .success, "\(added.diagnostics)")
            }
            #expect(workspace.registry("verify").status == .success)
            let shown = try workspace.registry("show", "v1.1-real", "--json").json()
            #expect(shown["default_weight"] as? Double == 0.2)
            #expect(workspace.registry("show", "v1.1-real").output.contains("0.03"))
            let weight = workspace.registry("weight", "v1.1-real", "-2")
            #expect(weight.output == "v1.1-real: weight 0.2 -> 0.0\n")
            #expect(weight.diagnostics.contains("limited"))

            try workspace.model("model.onnx", bias: 2)
            let verified = workspace.registry("verify", "v1.0-real", "--json")
            #expect(verified.status == .failure)
            let versions = try verified.json()["versions"] as? [[String: Any]]
            #expect(versions?.first?["is_intact"] as? Bool == false)
            #expect(workspace.registry("switch", "v1.0-real").diagnostics.contains("changed"))

            #expect(workspace.registry("deprecate", "v1.0-real").output.contains("deprecated"))
            #expect(workspace.registry("archive", "v1.0-real").output.contains("archived"))
            #expect(workspace.registry("archive", "v1.1-real").status == .success)
            #expect(workspace.registry("verify").status == .success)
            #expect(workspace.registry("archive", "v1.1-real").status == .failure)
        }
    }

    @Test func exportAndImport() throws {
        try RegistryWorkspace.with { workspace in
            _ = workspace.registry("init", "--with-published")
            let file = workspace.folder + "/export.json"
            #expect(workspace.registry("export", file).output == "\(file): 6 rows\n")
            #expect(workspace.registry("import", file).status == .failure)
            #expect(workspace.registry("import", file, "--replace").status == .success)
            let other = workspace.folder + "/new/registry.sqlite"
            let copied = Invocation(["registry", "import", file, "--db", other])
            #expect(copied.status == .success, "\(copied.diagnostics)")
            let second = workspace.folder + "/second.json"
            #expect(Invocation(["registry", "export", second, "--db", other]).status == .success)
            #expect(
                FileManager.default.contentsEqual(atPath: file, andPath: second))
            let unusable = workspace.folder + "/unusable/registry.sqlite"
            #expect(
                Invocation(["registry", "import", "none.json", "--db", unusable]).status
                    == .failure)
            #expect(!FileManager.default.fileExists(atPath: unusable))
        }
    }

    @Test(arguments: [
        ["register"], ["register", "v1.0-real"], ["register", "--auto-version"],
        [
            "register", "v1.0-real", "--auto-version", "--model-path", "m",
            "--data-source=real_data",
        ],
        ["register", "--auto-version", "--model-path", "m"],
        ["register", "v1.0-real", "--model-path", "m", "--variant", "best"],
        ["register", "v1.0-real", "--from-results", "r", "--metrics", "m"],
        ["register", "v1.0-real", "--model-path", "m", "--data-source", "guesses"],
        ["register", "v1.0-real", "--model-path", "m", "--type", "Calling Score"],
        ["show"], ["weight", "v1.0-real"], ["weight", "v1.0-real", "much"], ["switch"],
        ["rollback", "v1.0-real"], ["deprecate"], ["archive"], ["export"], ["import"],
        ["list", "extra"],
    ])
    func wrongUse(arguments: [String]) throws {
        let invocation = Invocation(["registry"] + arguments)
        #expect(invocation.status == .usage, "\(invocation.diagnostics)")
    }

    @Test func nothingIsCreatedByReading() throws {
        try RegistryWorkspace.with { workspace in
            for command in ["list", "history", "verify", "rollback"] {
                let invocation = workspace.registry(command)
                #expect(invocation.status == .failure)
                #expect(invocation.diagnostics.contains("tandem registry init"))
            }
            #expect(!FileManager.default.fileExists(atPath: workspace.path))
        }
    }

    @Test func damagedRegistriesAreReported() throws {
        try RegistryWorkspace.with { workspace in
            _ = try workspace.write("registry.sqlite", "not a database")
            for arguments in [["list"], ["init"], ["verify"]] {
                let invocation = Invocation(["registry", "--db", workspace.path] + arguments)
                #expect(invocation.status == .failure)
                #expect(invocation.diagnostics.contains("not an SQLite database"))
            }
        }
    }
}
