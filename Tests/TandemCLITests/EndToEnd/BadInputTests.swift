import TandemDatasets
import TandemDevices
import Foundation
import Testing

/// Wrong use as a user meets it: a clear message, a status other than 0, nothing damaged.
@Suite("Bad input", .serialized)
struct BadInputTests {
    /// Trains with extra arguments, expects a failure and returns its message.
    private func failure(
        _ workspace: Workspace, _ extra: [String] = [], device: String = "cpu",
        output: String = "run", status: Int32 = 1, mentions parts: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let arguments = ["train", "--config", "config.json", "--out", output, "--device", device]
        let result = try Program.run(arguments + extra, in: workspace.folder)
        #expect(result.status == status, sourceLocation: sourceLocation)
        for part in parts {
            #expect(
                result.diagnostics.contains(part), "\(result.diagnostics)",
                sourceLocation: sourceLocation)
        }
        #expect(
            !FileManager.default.fileExists(
                atPath: "\(workspace.folder)/\(output)/last.safetensors"),
            sourceLocation: sourceLocation)
    }

    private func vectors(_ workspace: Workspace) -> URL {
        URL(filePath: workspace.folder + "/chains/vectors.npy")
    }

    @Test("Missing data")
    func missing() throws {
        try Workspace.with { workspace in
            try FileManager.default.removeItem(at: vectors(workspace))
            try failure(workspace, mentions: "vectors.npy", "No such file")
            try failure(workspace, ["--data", "nowhere"], mentions: "nowhere")
            try failure(workspace, ["--set", "data.path=elsewhere"], mentions: "elsewhere")
        }
    }

    @Test("Missing configuration")
    func missingConfiguration() throws {
        try Workspace.with { workspace in
            let result = try workspace.tandem("train", "--config", "none.json", "--out", "run")
            #expect(result.status == 1)
            #expect(result.diagnostics.contains("none.json"))
        }
    }

    @Test("Truncated vectors", arguments: [3, 40, 500])
    func truncated(length: Int) throws {
        try Workspace.with { workspace in
            let whole = try Data(contentsOf: vectors(workspace))
            try whole.prefix(length).write(to: vectors(workspace))
            try failure(workspace, mentions: "vectors.npy")
        }
    }

    @Test("A header that promises more than the file holds")
    func lyingHeader() throws {
        try Workspace.with { workspace in
            let whole = try Data(contentsOf: vectors(workspace))
            let text = String(decoding: whole.prefix(128), as: UTF8.self)
            let changed = text.replacing("(200, 12)", with: "(900, 12)")
            #expect(changed != text)
            var bytes = Data(whole)
            bytes.replaceSubrange(
                0..<128,
                with: Data(whole.prefix(8)) + Data(changed.utf8.dropFirst(changed.utf8.count - 120))
            )
            try bytes.write(to: vectors(workspace))
            try failure(workspace, mentions: "vectors.npy")
        }
    }

    @Test("Wrong element type and wrong rank")
    func wrongType() throws {
        try Workspace.with { workspace in
            let integers = try HostArray(
                shape: [200, 12], elements: [Int32](repeating: 1, count: 2400))
            try NPYFile.write(integers, to: vectors(workspace).path)
            try failure(workspace, mentions: "vectors.npy", "floating point")
            let cube = try HostArray(
                shape: [20, 10, 12], elements: [Float](repeating: 1, count: 2400))
            try NPYFile.write(cube, to: vectors(workspace).path)
            try failure(workspace, mentions: "vectors.npy", "[20, 10, 12]")
        }
    }

    @Test("NaN in the vectors names the row")
    func notANumber() throws {
        try Workspace.with { workspace in
            var values = [Float](repeating: 1, count: 2400)
            values[37 * 12 + 5] = .nan
            try NPYFile.write(
                try HostArray(shape: [200, 12], elements: values), to: vectors(workspace).path)
            try failure(workspace, mentions: "37", "nan")
        }
    }

    @Test("An unknown key suggests the nearest one; impossible values are all reported")
    func configuration() throws {
        try Workspace.with { workspace in
            try failure(
                workspace, ["--set", "training.optimizer.learningrate=1"],
                mentions: "training.optimizer.learningRate")
            try failure(
                workspace,
                [
                    "--set", "training.epochs=0", "--set", "model.dropout=1.5", "--set",
                    "data.contextLength=-1",
                ],
                mentions: "training.epochs", "model.dropout", "data.contextLength")
            try workspace.write("config.json", #"{"modle": {}, "training": {"epochs": "ten"}}"#)
            try failure(workspace, mentions: "modle", "'model'", "training.epochs")
        }
    }

    @Test("Devices that are not there")
    func devices() throws {
        try Workspace.with { workspace in
            try failure(workspace, device: "opencl:9.9", mentions: "opencl:9.9")
            try failure(workspace, device: "tpu", mentions: "tpu", "auto")
        }
    }

    @Test(
        "Without a GPU, --device gpu fails, lists what there is and says what to install",
        .enabled(if: !DeviceCatalog.entries().contains { $0.kind == .gpu }, "a GPU is present"))
    func noGPU() throws {
        try Workspace.with { workspace in
            try failure(workspace, device: "gpu", mentions: "Install", "opencl:")
            #expect(!FileManager.default.fileExists(atPath: workspace.folder + "/run"))
        }
    }

    @Test("An output folder that cannot be written, or that holds something")
    func output() throws {
        try Workspace.with { workspace in
            try workspace.write("file", "")
            try failure(workspace, output: "file/run", mentions: "file/run")
            try FileManager.default.createDirectory(
                atPath: workspace.folder + "/full", withIntermediateDirectories: true)
            try workspace.write("full/precious", "text")
            try failure(workspace, output: "full", mentions: "full", "--resume")
            #expect(FileManager.default.fileExists(atPath: workspace.folder + "/full/precious"))
        }
    }

    @Test("Resuming from a damaged checkpoint or into another architecture changes nothing")
    func resume() throws {
        try Workspace.with { workspace in
            let trained = try workspace.tandem(
                "train", "--config", "config.json", "--out", "run", "--device", "cpu", "--set",
                "training.epochs=2")
            #expect(trained.status == 0, "\(trained.diagnostics)")
            let path = URL(filePath: workspace.folder + "/run/last.safetensors")
            let whole = try Data(contentsOf: path)
            let other = try workspace.tandem(
                "train", "--resume", "run", "--device", "cpu", "--set", "model.hidden=9", "--set",
                "training.epochs=3")
            #expect(other.status == 1)
            #expect(other.diagnostics.contains("last.safetensors"), "\(other.diagnostics)")
            #expect(try Data(contentsOf: path) == whole)
            for length in [0, 7, 100, whole.count - 1] {
                try whole.prefix(length).write(to: path)
                let result = try workspace.tandem(
                    "train", "--resume", "run", "--device", "cpu", "--set", "training.epochs=3")
                #expect(result.status == 1)
                #expect(result.diagnostics.contains("last.safetensors"), "\(result.diagnostics)")
                #expect(try Data(contentsOf: path).count == length)
            }
        }
    }

    @Test("Predicting from contexts that do not fit")
    func prediction() throws {
        try Workspace.with { workspace in
            let trained = try workspace.tandem(
                "train", "--config", "config.json", "--out", "run", "--device", "cpu", "--set",
                "training.epochs=1")
            #expect(trained.status == 0, "\(trained.diagnostics)")
            for shape in [[3, 5, 12], [3, 4, 11], [12]] {
                let x = try HostArray(
                    shape: shape, elements: [Float](repeating: 1, count: shape.reduce(1, *)))
                try NPYFile.write(x, to: workspace.folder + "/x.npy")
                let result = try workspace.tandem(
                    "predict", "run", "--input", "x.npy", "--output", "y.npy", "--device", "cpu")
                #expect(result.status == 1)
                #expect(!FileManager.default.fileExists(atPath: workspace.folder + "/y.npy"))
            }
            let result = try workspace.tandem(
                "predict", "chains", "--input", "x.npy", "--output", "y.npy", "--device", "cpu")
            #expect(result.diagnostics.contains("not a run directory"), "\(result.diagnostics)")
        }
    }
}
