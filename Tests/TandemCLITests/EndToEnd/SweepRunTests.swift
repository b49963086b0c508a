import TandemBasics
import TandemDatasets
import Foundation
import TandemInterchange
import Testing

@Suite("tandem sweep as a process", .serialized)
struct SweepRunTests {
    private func sweep(_ workspace: Workspace, _ extra: String...) throws -> Program.Result {
        try Program.run(
            ["sweep", "--config", "sweep.json", "--out", "sweep", "--device", "cpu"] + extra,
            in: workspace.folder)
    }

    private let results = "sweep/optimization_results.json"

    @Test("Three variants: the ranking, the files, and the results as JSON")
    func wholeSweep() throws {
        try Workspace.withTable { workspace in
            let result = try sweep(workspace, "--jobs", "2")
            #expect(result.status == 0, "\(result.diagnostics)")
            for part in [
                "OPTIMIZATION SUMMARY", "3 tested, 3 successful, 0 failed", "Baseline: base",
                "Rank", "Val Loss", "Improvement", "BEST VARIANT", "Parameters: ",
                "within seed noise", "tandem registry register",
            ] {
                #expect(result.output.contains(part), "\(part): \(result.output)")
            }
            #expect(result.diagnostics.contains("Testing 3 variants"))
            for number in 1...3 { #expect(result.diagnostics.contains("[\(number)/3] ")) }
            for name in ["base", "slow", "wide"] {
                let model = try ONNXModel.read("\(workspace.folder)/sweep/model_\(name).onnx")
                #expect(model.inputWidth == 4)
                #expect(workspace.has("sweep/model_\(name).meta.json"))
            }
            let json = try workspace.json(results)
            let variants = json["variants"]?.elements ?? []
            #expect(
                variants.map { $0["config"]?["name"] }
                    == ["base", "slow", "wide"].map {
                        .string($0)
                    })
            #expect(json["environment"]?["split"]?.elements == [42, 9, 9].map { .integer($0) })
            let losses = variants.map { variant in
                if case .number(let loss)? = variant["val_loss"] { loss } else { Double.nan }
            }
            let best = losses.firstIndex(of: losses.min() ?? .nan)
            #expect(
                json["summary"]?["best_variant"] == best.map { variants[$0]["config"]?["name"] })

            // The best model, applied to the table from which it came.
            let prediction = try workspace.tandem(
                "predict", "sweep/model_wide.onnx", "--input", "table.csv")
            #expect(prediction.status == 0, "\(prediction.diagnostics)")

            let again = try sweep(workspace)
            #expect(again.status == 1)
            #expect(again.diagnostics.contains("--resume sweep"), "\(again.diagnostics)")
        }
    }

    @Test("--json prints the results file; --quiet nothing else; options choose")
    func json() throws {
        try Workspace.withTable { workspace in
            let result = try sweep(
                workspace, "--json", "--quiet", "--only", "base, wide", "--repeats", "2",
                "--epochs", "2", "--seed", "7", "--combine", "--baseline-path", "b.json")
            #expect(result.status == 1)
            #expect(result.diagnostics.contains("b.json"))
            try workspace.write("b.json", #"{"test_loss": 0.5, "val_loss": 0.25}"#)
            let second = try sweep(
                workspace, "--json", "--quiet", "--only", "base, wide", "--repeats", "2",
                "--epochs", "2", "--seed", "7", "--combine", "--baseline-path", "b.json")
            #expect(second.status == 0, "\(second.diagnostics)")
            #expect(second.diagnostics.isEmpty, "\(second.diagnostics)")
            let json = try workspace.json("output")
            #expect(try workspace.json(results) == json)
            #expect(json["baseline"]?["source"] == .string("file"))
            #expect(json["baseline"]?["test_loss"] == .number(0.5))
            let variants = json["variants"]?.elements ?? []
            #expect(variants.count == 3)
            #expect(variants.last?["config"]?["name"] == .string("combined"))
            for variant in variants {
                #expect(
                    variant["seeds"]?.elements?.map { $0["seed"] } == [.integer(7), .integer(8)])
                #expect(variant["config"]?["epochs"] == .integer(2))
            }
        }
    }

    @Test("The first variants and the grid; no data file, no folder")
    func choice() throws {
        try Workspace.withTable { workspace in
            let first = try sweep(workspace, "--max-variants", "2", "--epochs", "1")
            #expect(first.status == 0, "\(first.diagnostics)")
            #expect(first.diagnostics.contains("the first 2 of 3 variants; left out: wide"))
            #expect(try workspace.json(results)["variants"]?.elements?.count == 2)
            let grid = try workspace.tandem(
                "sweep", "--config", "sweep.json", "--out", "grid", "--device", "cpu", "--grid",
                "--epochs", "1")
            #expect(grid.status == 0, "\(grid.diagnostics)")
            #expect(grid.output.contains("4 tested"))
            let none = try workspace.tandem(
                "sweep", "--config", "sweep.json", "--out", "none", "--data", "none.csv")
            #expect(none.status == 1)
            #expect(none.diagnostics.contains("no data set at './none.csv'"))
            #expect(!workspace.has("none"))
            let late = try workspace.tandem(
                "sweep", "--config", "sweep.json", "--out", "none", "--timeout", "1e30")
            #expect(late.status == 1)
            #expect(late.diagnostics.contains("'timeout'"), "\(late.diagnostics)")
        }
    }

    @Test("When all variants fail the status is 1 and the reasons are told")
    func allFail() throws {
        try Workspace.withTable { workspace in
            // The slow variant has a learning rate of its own.
            let settings = ["--set", "base.model.output=identity", "--learning-rate", "1e30"]
            let arguments = ["sweep", "--config", "sweep.json", "--device", "cpu"] + settings
            let some = try Program.run(arguments + ["--out", "some"], in: workspace.folder)
            #expect(some.status == 0, "\(some.diagnostics)")
            #expect(some.output.contains("3 tested, 1 successful, 2 failed"))
            #expect(some.output.contains("Failed: base: "))
            let all = try Program.run(
                arguments + ["--out", "sweep", "--only", "base,wide"], in: workspace.folder)
            #expect(all.status == 1)
            #expect(all.output.contains("2 tested, 0 successful, 2 failed"))
            #expect(all.diagnostics.contains("all 2 variants failed"))
            #expect(all.diagnostics.contains("epoch 1, step"))
            #expect(!workspace.has("sweep/model_base.onnx"))
            #expect(try workspace.json(results)["summary"]?["best_variant"] == .null)
        }
    }

    @Test("Ctrl-C keeps what is finished, says how to go on, and ends with 130")
    func interrupted() throws {
        try Workspace.withTable { workspace in
            let arguments = [
                "sweep", "--config", "sweep.json", "--device", "cpu", "--jobs", "1", "--epochs",
                "2000", "--patience", "2000",
            ]
            let process = try Program.start(
                arguments + ["--out", "sweep"], in: workspace.folder)
            workspace.waitForFile(results, of: process)
            process.interrupt()
            for _ in 0..<600 where process.isRunning { usleep(50_000) }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
            #expect(process.terminationReason == .exit)
            #expect(process.terminationStatus == 130)
            #expect(try workspace.text("diagnostics").contains("tandem sweep --resume sweep"))
            let finished = try workspace.json(results)["variants"]?.elements ?? []
            #expect((1...2).contains(finished.count))

            let resumed = try workspace.tandem("sweep", "--resume", "sweep", "--device", "cpu")
            #expect(resumed.status == 0, "\(resumed.diagnostics)")
            let variants = try workspace.json(results)["variants"]?.elements ?? []
            #expect(variants.count == 3)
            // What a variant is compared with may have come later; all else stays to the digit.
            func withoutComparison(_ entry: JSONValue) -> [JSONMember] {
                guard case .object(let members) = entry else { return [] }
                return members.filter { $0.name != "improvement_vs_baseline" }
            }
            let kept = variants.map(withoutComparison)
            for entry in finished { #expect(kept.contains(withoutComparison(entry))) }
        }
    }

    /// The limit on the size of files stands for a full disk: it works for every user.
    @Test(
        "A results file that cannot be written is an error and leaves the old one whole",
        .disabled(
            if: ProcessInfo.processInfo.environment["TSAN_OPTIONS"] != nil,
            "ThreadSanitizer needs larger files itself"))
    func fullDisk() throws {
        try Workspace.withTable { workspace in
            let first = try sweep(
                workspace, "--set", "base.model.output=identity", "--learning-rate", "1e30",
                "--epochs", "60")
            #expect(first.status == 0, "\(first.diagnostics)")
            let before = try workspace.text(results)
            #expect(before.utf8.count > 4096)
            let process = Process()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = [
                "-c",
                "trap '' XFSZ; ulimit -f 4; exec \(Program.path) sweep --resume sweep --device cpu",
            ]
            process.currentDirectoryURL = URL(filePath: workspace.folder)
            try Data().write(to: URL(filePath: workspace.folder + "/diagnostics"))
            process.standardError = FileHandle(
                forWritingAtPath: workspace.folder + "/diagnostics")
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationReason == .exit)
            #expect(process.terminationStatus == 1)
            let message = try workspace.text("diagnostics")
            #expect(message.contains("optimization_results.json"), "\(message)")
            #expect(try workspace.text(results) == before)
        }
    }
}
