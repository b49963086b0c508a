import Foundation
import Testing

/// Resuming as a user does it, under changed conditions.
@Suite("Resuming from the command line", .serialized)
struct ResumeTests {
    private func train(_ workspace: Workspace, _ extra: [String] = []) throws {
        let result = try Program.run(
            ["train", "--config", "config.json", "--out", "run", "--device", "cpu"]
                + ["--set", "training.epochs=2"] + extra, in: workspace.folder)
        #expect(result.status == 0, "\(result.diagnostics)")
    }

    private func resume(_ workspace: Workspace, _ extra: [String] = []) throws -> Program.Result {
        try Program.run(
            ["train", "--resume", "run", "--device", "cpu"] + extra, in: workspace.folder)
    }

    private func file(_ workspace: Workspace, _ name: String) -> URL {
        URL(filePath: "\(workspace.folder)/run/\(name)")
    }

    @Test("Settings that the saved state depends on are refused by name, nothing is written")
    func fixedSettings() throws {
        try Workspace.with { workspace in
            try train(workspace)
            let configuration = try Data(contentsOf: file(workspace, "config.json"))
            for (arguments, mention) in [
                (["--seed", "8"], "seed was 7, is 8"),
                (["--set", "training.batchSize=8"], "training.batchSize was 16, is 8"),
                (["--set", "data.stride=2"], "data.stride was 1, is 2"),
                (["--set", "training.earlyStopping=null"], "training.earlyStopping"),
            ] {
                let result = try resume(workspace, ["--set", "training.epochs=3"] + arguments)
                #expect(result.status == 1)
                #expect(result.diagnostics.contains(mention), "\(result.diagnostics)")
            }
            #expect(try Data(contentsOf: file(workspace, "config.json")) == configuration)
            let both = try resume(workspace, ["--config", "config.json"])
            #expect(both.status == 64)
            #expect(both.diagnostics.contains("leave out --config"), "\(both.diagnostics)")
        }
    }

    @Test("Settings that may change are kept in the run's configuration")
    func changedSettings() throws {
        try Workspace.with { workspace in
            try train(workspace)
            let longer = try resume(workspace, ["--set", "training.epochs=3", "--seed", "7"])
            #expect(longer.status == 0, "\(longer.diagnostics)")
            let text = try String(contentsOf: file(workspace, "config.json"), encoding: .utf8)
            #expect(text.contains("\"epochs\": 3"))
            #expect(try workspace.history("run").count == 3)
            let finished = try resume(workspace)
            #expect(finished.status == 1)
            #expect(finished.diagnostics.contains("is finished"), "\(finished.diagnostics)")
        }
    }

    @Test("Changed data are refused; the same data elsewhere are not")
    func changedData() throws {
        try Workspace.with { workspace in
            try train(workspace)
            let chains = workspace.folder + "/chains"
            try FileManager.default.moveItem(atPath: chains, toPath: workspace.folder + "/moved")
            let lost = try resume(workspace, ["--set", "training.epochs=3"])
            #expect(lost.status == 1)
            #expect(lost.diagnostics.contains("--data"), "\(lost.diagnostics)")
            let moved = try resume(
                workspace, ["--set", "training.epochs=3", "--data", "moved"])
            #expect(moved.status == 0, "\(moved.diagnostics)")

            let vectors = URL(filePath: workspace.folder + "/moved/vectors.npy")
            var bytes = try Data(contentsOf: vectors)
            bytes[bytes.count - 3] ^= 1
            try bytes.write(to: vectors)
            let changed = try resume(workspace, ["--set", "training.epochs=4"])
            #expect(changed.status == 1)
            #expect(changed.diagnostics.contains("other data"), "\(changed.diagnostics)")
        }
    }

    @Test("A run without a summary is finished, not refused")
    func summary() throws {
        try Workspace.with { workspace in
            try train(workspace)
            let path = file(workspace, "summary.json")
            try FileManager.default.removeItem(at: path)
            let result = try resume(workspace)
            #expect(result.status == 0, "\(result.diagnostics)")
            #expect(FileManager.default.fileExists(atPath: path.path))
            #expect(try workspace.history("run").count == 2)
        }
    }

    @Test("A run is evaluated and resumed from every working directory")
    func otherFolder() throws {
        try Workspace.with { workspace in
            try train(workspace)
            let elsewhere = workspace.folder + "/elsewhere"
            try FileManager.default.createDirectory(
                atPath: elsewhere, withIntermediateDirectories: true)
            let result = try Program.run(
                ["evaluate", "../run", "--device", "cpu", "--json"], in: elsewhere)
            #expect(result.status == 0, "\(result.diagnostics)")
            let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
            #expect((object as? [String: Any])?["test"] is [Any])
        }
    }
}
