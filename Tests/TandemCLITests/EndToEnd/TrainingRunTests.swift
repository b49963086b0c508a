import TandemDatasets
import Foundation
import Testing

@Suite("tandem train, evaluate and predict as processes", .serialized)
struct TrainingRunTests {
    @Test(
        "A run leaves its files, and evaluate and predict use them", arguments: ["cpu", "opencl"])
    func wholeRun(device: String) throws {
        try Workspace.with { workspace in
            let result = try workspace.tandem(
                "train", "--config", "config.json", "--out", "run", "--device", device)
            #expect(result.status == 0, "\(result.diagnostics)")
            #expect(result.output.contains("copy the last vector"))
            #expect(result.output.contains("moving average 0.6"))
            for name in [
                "config.json", "history.jsonl", "last.safetensors", "best.safetensors",
                "summary.json",
            ] {
                #expect(FileManager.default.fileExists(atPath: "\(workspace.folder)/run/\(name)"))
            }
            #expect(try workspace.history("run").count == 6)

            let evaluation = try workspace.tandem("evaluate", "run", "--device", device)
            #expect(evaluation.status == 0, "\(evaluation.diagnostics)")
            let lines = evaluation.output.split(separator: "\n")
            #expect(result.output.contains(try #require(lines.first { $0.hasPrefix("model") })))

            let contexts = try HostArray(
                shape: [3, 4, 12], elements: (0..<144).map { Float($0 % 7) - 2.5 })
            try NPYFile.write(contexts, to: workspace.folder + "/x.npy")
            let prediction = try workspace.tandem(
                "predict", "run", "--input", "x.npy", "--output", "y.npy", "--device", device)
            #expect(prediction.status == 0, "\(prediction.diagnostics)")
            let y = try NPYFile.read(workspace.folder + "/y.npy")
            #expect(y.shape == [3, 12])
            let values = try y.float32Values()
            for row in 0..<3 {
                let squares = values[row * 12..<row * 12 + 12].reduce(0) { $0 + $1 * $1 }
                #expect(abs(squares - 1) < 1e-5)
            }
        }
    }

    @Test("The training curves of CPU and OpenCL agree")
    func sameCurve() throws {
        try Workspace.with { workspace in
            for device in ["cpu", "opencl"] {
                let result = try workspace.tandem(
                    "train", "--config", "config.json", "--out", device, "--device", device)
                #expect(result.status == 0, "\(result.diagnostics)")
            }
            let curves = try ["cpu", "opencl"].map { device in
                try workspace.history(device).map { Double($0["loss"] ?? "") ?? .nan }
            }
            for (a, b) in zip(curves[0], curves[1]) { #expect(abs(a - b) <= 1e-3 * abs(a)) }
        }
    }

    @Test("A run killed at random moments and resumed equals the uninterrupted one to the bit")
    func killed() throws {
        try Workspace.with { workspace in
            let settings = [
                "--set", "training.epochs=60", "--set", "training.earlyStopping.patience=60",
            ]
            let arguments = ["train", "--config", "config.json", "--device", "cpu"] + settings
            let whole = try Program.run(arguments + ["--out", "whole"], in: workspace.folder)
            #expect(whole.status == 0, "\(whole.diagnostics)")

            var process = try Program.start(arguments + ["--out", "parts"], in: workspace.folder)
            var kills = 0
            while kills < 4 {
                workspace.waitForFile("parts/last.safetensors", of: process)
                usleep(UInt32.random(in: 0...150_000))
                guard process.isRunning else { break }
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                kills += 1
                process = try Program.start(
                    ["train", "--resume", "parts", "--device", "cpu"] + settings,
                    in: workspace.folder)
            }
            process.waitUntilExit()
            let diagnostics = try String(
                contentsOfFile: workspace.folder + "/diagnostics", encoding: .utf8)
            #expect(process.terminationStatus == 0, "\(diagnostics)")
            #expect(kills > 0)
            let history = try workspace.history("whole")
            #expect(history.count == 60)
            #expect(try workspace.history("parts") == history)
            for name in ["last.safetensors", "best.safetensors"] {
                #expect(
                    try workspace.checkpoint("parts/" + name)
                        == workspace.checkpoint("whole/" + name))
            }
        }
    }

    @Test("Ctrl-C saves, says how to go on, and ends with 130")
    func interrupted() throws {
        try Workspace.with { workspace in
            let process = try Program.start(
                [
                    "train", "--config", "config.json", "--out", "run", "--device", "cpu",
                    "--set", "training.epochs=100000",
                    "--set", "training.earlyStopping.patience=100000",
                ], in: workspace.folder)
            workspace.waitForFile("run/last.safetensors", of: process)
            process.interrupt()
            for _ in 0..<600 where process.isRunning { usleep(50_000) }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
            #expect(process.terminationReason == .exit)
            #expect(process.terminationStatus == 130)
            let text = try String(
                contentsOfFile: workspace.folder + "/diagnostics", encoding: .utf8)
            #expect(text.contains("tandem train --resume run"))
            let epochs = try workspace.history("run").count
            let resumed = try workspace.tandem(
                "train", "--resume", "run", "--device", "cpu", "--set",
                "training.epochs=\(epochs + 1)")
            #expect(resumed.status == 0, "\(resumed.diagnostics)")
        }
    }
}
