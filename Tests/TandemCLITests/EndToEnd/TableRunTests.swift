import TandemDatasets
import Foundation
import TandemInterchange
import Testing

@testable import TandemCLI

@Suite("Tables from training to prediction as processes", .serialized)
struct TableRunTests {
    private func train(_ workspace: Workspace, _ extra: String...) throws -> Program.Result {
        try Program.run(
            ["train", "--config", "table.json", "--out", "run", "--device", "cpu"] + extra,
            in: workspace.folder)
    }

    /// The same rows in another order are other data: its test rows are among those trained on.
    @Test("Evaluating on other data is refused")
    func otherData() throws {
        try Workspace.withTable { workspace in
            #expect(try train(workspace, "--epochs", "1").status == 0)
            let lines = try workspace.text("table.csv").split(separator: "\n")
            let shuffled = [lines[0]] + lines.dropFirst().reversed()
            try shuffled.joined(separator: "\n").write(
                toFile: workspace.folder + "/other.csv", atomically: true, encoding: .utf8)
            let result = try workspace.tandem("evaluate", "run", "--data", "other.csv")
            #expect(result.status == 1)
            #expect(
                result.diagnostics.contains("other.csv")
                    && result.diagnostics.contains("was trained on other data"),
                "\(result.diagnostics)")
        }
    }

    @Test("train, evaluate, predict and export agree with each other")
    func wholeRun() throws {
        try Workspace.withTable { workspace in
            let trained = try train(workspace, "--epochs", "20", "--json")
            #expect(trained.status == 0, "\(trained.diagnostics)")
            for part in ["4 -> 8 -> 1", "49 parameters", "train 42, validation 9, test 9"] {
                #expect(trained.diagnostics.contains(part), "\(trained.diagnostics)")
            }
            for name in [
                "config.json", "history.jsonl", "last.safetensors", "best.safetensors",
                "summary.json", "model.onnx", "model.meta.json",
            ] {
                #expect(workspace.has("run/" + name), "\(name)")
            }
            #expect(try workspace.history("run").count == 20)

            let evaluated = try workspace.tandem("evaluate", "run", "--device", "cpu", "--json")
            #expect(evaluated.status == 0, "\(evaluated.diagnostics)")
            let test = try workspace.json("output")["test"]
            #expect(try workspace.json("run/summary.json")["test"] == test)
            let meta = try workspace.json("run/model.meta.json")
            #expect(meta["test_loss"] == test?["loss"])

            let printed = try workspace.tandem("predict", "run", "--input", "table.csv")
            #expect(printed.status == 0, "\(printed.diagnostics)")
            let scores = try workspace.json("output")["scores"]?.elements ?? []
            #expect(scores.count == 60)
            let csv = try workspace.tandem(
                "predict", "run", "--input", "table.csv", "--output", "scores.csv")
            #expect(csv.output == "scores.csv: 60 scores\n")
            let lines = try workspace.text("scores.csv").split(separator: "\n")
            #expect(lines.first == "score")
            let numbers = lines.dropFirst().map { Float($0) ?? .nan }
            #expect(
                numbers == scores.map { if case .number(let x) = $0 { Float(x) } else { .nan } })
            #expect(Set(numbers).count == 60)

            let exported = try workspace.tandem(
                "export", "run", "--format", "onnx", "--out", "out.onnx")
            #expect(exported.status == 0, "\(exported.diagnostics)")
            let file = try workspace.tandem(
                "predict", "out.onnx", "--input", "table.csv", "--output", "scores.json", "--json")
            #expect(file.status == 0, "\(file.diagnostics)")
            #expect(try workspace.json("output")["predictions"] == .integer(60))
            #expect(try workspace.json("scores.json")["scores"]?.elements == scores)
            let weights = try workspace.tandem(
                "export", "run", "--format", "safetensors", "--out", "weights")
            #expect(weights.status == 0, "\(weights.diagnostics)")
            #expect(try workspace.checkpoint("weights")["model.0.weight"]?.count == 32)
        }
    }

    /// The options stand in the run's configuration, and count.
    @Test("Options that name a setting")
    func shortcuts() throws {
        try Workspace.withTable { workspace in
            let result = try train(
                workspace, "--epochs", "2", "--batch-size", "7", "--learning-rate", "0.5",
                "--patience", "3", "--hidden-sizes", "6,3", "--dropout", "0", "--target", "b",
                "--seed", "9", "--format", "csv")
            #expect(result.status == 0, "\(result.diagnostics)")
            let configuration = try workspace.json("run/config.json")
            #expect(configuration["seed"] == .integer(9))
            #expect(configuration["data"]?["target"] == .string("b"))
            #expect(configuration["model"]?["hidden"]?.elements == [.integer(6), .integer(3)])
            let training = configuration["training"]
            #expect(training?["batchSize"] == .integer(7))
            #expect(training?["earlyStopping"]?["patience"] == .integer(3))
            #expect(training?["optimizer"]?["learningRate"] == .number(0.5))
            #expect(result.diagnostics.contains("4 -> 6 -> 3 -> 1, dropout 0.0"))
            #expect(result.diagnostics.contains("predicting 'b'"))
        }
    }

    @Test("A run that is not finished, or goes on, has no model to predict with")
    func unfinished() throws {
        try Workspace.withTable { workspace in
            #expect(try train(workspace, "--epochs", "1").status == 0)
            try FileManager.default.removeItem(atPath: workspace.folder + "/run/model.onnx")
            let result = try workspace.tandem("predict", "run", "--input", "table.csv")
            #expect(result.status == 1)
            #expect(result.diagnostics.contains("tandem train --resume run"))
            let resumed = try workspace.tandem(
                "train", "--resume", "run", "--device", "cpu", "--epochs", "3")
            #expect(resumed.status == 0, "\(resumed.diagnostics)")
            #expect(try workspace.tandem("predict", "run", "--input", "table.csv").status == 0)
        }
    }

    @Test("--rule-fallback scores records without a model, and says so")
    func rule() throws {
        try Workspace.withTable { workspace in
            try workspace.write("records.json", #"{"training_data": [{}, {}]}"#)
            let arguments = ["predict", "none.onnx", "--input", "records.json"]
            let refused = try Program.run(arguments, in: workspace.folder)
            #expect(refused.status == 1)
            #expect(refused.diagnostics.contains("none.onnx"))
            let result = try Program.run(arguments + ["--rule-fallback"], in: workspace.folder)
            #expect(result.status == 0, "\(result.diagnostics)")
            #expect(result.diagnostics.contains("scoring by the rule, not by a model"))
            let json = try workspace.json("output")
            #expect(json["source"] == .string("rule"))
            #expect(json["scores"]?.elements?.count == 2)
            let table = try workspace.tandem(
                "predict", "none.onnx", "--input", "table.csv", "--rule-fallback")
            #expect(table.status == 1)
            #expect(table.diagnostics.contains("no column 'user_exploration_eagerness'"))
            #expect(table.output.isEmpty)
        }
    }

    @Test("What is wrong with a table is told with its line, and nothing is left behind")
    func tables() throws {
        try Workspace.withTable { workspace in
            for (text, mention) in [
                ("a,y\n1,2\n3\n", "bad.csv: line 3: 1 fields, but the header has 2"),
                ("a,y\n1,2\n3,4,5\n", "line 3: 3 fields"),
                ("a,y\n1,2\nx,4\n", "line 3, column 'a': 'x' is not a finite number"),
                ("a,y\n1,inf\n", "line 2, column 'y': 'inf'"), ("a,y\n1,2\n", "1 rows"),
                ("y\n1\n", "no features"), ("", "no rows"),
            ] {
                try workspace.write("bad.csv", text)
                let result = try train(workspace, "--data", "bad.csv")
                #expect(result.status == 1)
                #expect(result.diagnostics.contains(mention), "\(result.diagnostics)")
                #expect(!workspace.has("run"))
            }
        }
    }

    @Test("Missing files and columns are told with what there is")
    func missing() throws {
        try Workspace.withTable { workspace in
            for (extra, mentions) in [
                (
                    ["--data", "none.csv"],
                    ["no data set at './none.csv'", "--data", "tandem data"]
                ),
                (["--set", "data.path=none.csv"], ["none.csv", "TANDEM_DATA"]),
                (["--target", "z"], ["no column 'z'", "'a', 'b', 'c', 'd', 'y'"]),
                (["--split-by", "user"], ["no column 'user'"]),
                (["--split-file", "s.json"], ["./s.json"]),
                (["--derive-features"], ["data.deriveFeatures"]),
                (["--format", "xlsx"], ["data.format", "csv, json"]),
                (["--hidden-sizes", "1000000,1000000"], ["out of memory"]),
            ] {
                let result = try Program.run(
                    ["train", "--config", "table.json", "--out", "run", "--device", "cpu"] + extra,
                    in: workspace.folder)
                #expect(result.status == 1, "\(extra)")
                for mention in mentions {
                    #expect(result.diagnostics.contains(mention), "\(result.diagnostics)")
                }
                #expect(!workspace.has("run"), "\(extra)")
            }
        }
    }

    @Test("Files of other systems are told apart")
    func recipes() throws {
        try Workspace.withTable { workspace in
            try workspace.write("odd.json", #"{"recipe": "tabula"}"#)
            for (arguments, mention) in [
                (["train", "--config", "odd.json"], "'tabula' is unknown"),
                (["train", "--config", "odd.json"], "'tabular'?"),
                (["train", "--config", "sweep.json"], "tandem sweep --config sweep.json"),
                (["sweep", "--config", "table.json"], "tabular-sweep"),
                (["sweep", "--config", "none.json"], "none.json"),
                (["sweep", "--resume", "chains"], "holds no sweep"),
            ] {
                let result = try Program.run(arguments, in: workspace.folder)
                #expect(result.status == 1, "\(arguments)")
                #expect(result.diagnostics.contains(mention), "\(result.diagnostics)")
            }
        }
    }
}

/// Arguments that make no sense end the program before it reads a file.
@Suite struct TableUsageTests {
    @Test(
        arguments: ["train", "sweep"],
        [
            ["--dropout", "1"], ["--dropout", "-0.1"], ["--dropout", "nan"],
            ["--batch-size", "0"], ["--batch-size", "1.5"], ["--hidden-sizes", "0"],
            ["--hidden-sizes", "a,b"], ["--hidden-sizes", ""], ["--hidden-sizes", "8,,8"],
            ["--learning-rate", "-1"], ["--learning-rate", "inf"], ["--epochs", "0"],
            ["--patience", "0"],
        ])
    func badValues(_ command: String, _ arguments: [String]) {
        let result = Invocation([command, "--config", "table.json"] + arguments)
        #expect(result.status == .usage)
        #expect(result.diagnostics.contains(arguments[0]))
    }

    @Test(arguments: [
        ["sweep"], ["sweep", "--config", "s.json", "--jobs", "0"],
        ["sweep", "--config", "s.json", "--repeats", "0"],
        ["sweep", "--config", "s.json", "--max-variants", "-1"],
        ["sweep", "--config", "s.json", "--timeout", "0"],
        ["sweep", "--config", "s.json", "--only", ""],
        ["sweep", "--config", "s.json", "--only", "a,,b"],
        ["sweep", "--config", "s.json", "--resume", "s"],
        ["sweep", "--resume", "s", "--epochs", "3"], ["sweep", "--resume", "s", "--combine"],
        ["sweep", "--resume", "s", "--out", "t"], ["sweep", "s.json"],
        ["predict", "run"], ["predict", "run", "--input", "x.csv", "--format", "xlsx"],
    ])
    func badUsage(_ arguments: [String]) {
        #expect(Invocation(arguments).status == .usage)
    }
}
