import TandemDatasets
import Foundation
import TandemInterchange
import Testing

@Suite("tandem export as a process", .serialized)
struct ExportTests {
    private static let goldenModel = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Golden/feed-forward.onnx").standardizedFileURL

    private func train(_ workspace: Workspace) throws {
        let result = try workspace.tandem(
            "train", "--config", "config.json", "--out", "run", "--device", "cpu", "--set",
            "training.epochs=1")
        #expect(result.status == 0, "\(result.diagnostics)")
    }

    @Test("The weights of the best or last checkpoint, without the optimiser")
    func weights() throws {
        try Workspace.with { workspace in
            try train(workspace)
            let best = try workspace.checkpoint("run/best.safetensors")
            for source in ["best", "last"] {
                let result = try workspace.tandem(
                    "export", "run", "--format", "safetensors", "--out", source)
                #expect(result.status == 0, "\(result.diagnostics)")
                let exported = try workspace.checkpoint(source)
                #expect(exported["blocks.0.gru.weight_ih_l0"]?.count == 24 * 8)
                // After one epoch the best weights are the last ones.
                #expect(exported == best)
                try FileManager.default.removeItem(
                    atPath: "\(workspace.folder)/run/\(source).safetensors")
            }
            let none = try workspace.tandem(
                "export", "run", "--format", "safetensors", "--out", "none")
            #expect(none.status == 1)
            #expect(none.diagnostics.contains("no checkpoint"))
            #expect(!FileManager.default.fileExists(atPath: workspace.folder + "/none"))
        }
    }

    @Test("The ONNX model of a run, and a clear word about runs that have none")
    func model() throws {
        try Workspace.with { workspace in
            try train(workspace)
            let arguments = ["export", "run", "--format", "onnx", "--out", "out.onnx"]
            let own = try Program.run(arguments, in: workspace.folder)
            #expect(own.status == 0, "\(own.diagnostics)")
            try FileManager.default.removeItem(atPath: workspace.folder + "/run/model.onnx")
            let none = try Program.run(arguments, in: workspace.folder)
            #expect(none.status == 1)
            #expect(none.diagnostics.contains("no model in the format onnx"))
            #expect(none.diagnostics.contains("--format safetensors"))

            try FileManager.default.copyItem(
                at: Self.goldenModel, to: URL(filePath: workspace.folder + "/run/model.onnx"))
            let result = try Program.run(arguments, in: workspace.folder)
            #expect(result.status == 0, "\(result.diagnostics)")
            #expect(
                try ONNXModel.read(workspace.folder + "/out.onnx")
                    == ONNXModel.read(Self.goldenModel.path))

            try workspace.write("run/model.onnx", "no model")
            let damaged = try Program.run(arguments, in: workspace.folder)
            #expect(damaged.status == 1)
            #expect(damaged.diagnostics.contains("model.onnx: not an ONNX file"))
        }
    }

    @Test("A run's model of vectors predicts from its file what the run predicts")
    func prediction() throws {
        try Workspace.with { workspace in
            try train(workspace)
            let contexts = (0..<7 * 4 * 12).map { Float($0 % 31) - 14.5 }
            try NPYFile.write(
                try HostArray(shape: [7, 4, 12], elements: contexts),
                to: workspace.folder + "/x.npy")
            var found: [[Float]] = []
            for model in ["run", "run/model.onnx"] {
                let result = try workspace.tandem(
                    "predict", model, "--input", "x.npy", "--output", "y.npy", "--device", "cpu")
                #expect(result.status == 0, "\(result.diagnostics)")
                #expect(result.output.contains("7 predictions"))
                let array = try NPYFile.read(workspace.folder + "/y.npy")
                #expect(array.shape == [7, 12])
                found.append(try array.float32Values())
            }
            #expect(zip(found[0], found[1]).allSatisfy { abs($0 - $1) <= 1e-5 })
            // An export is such a file too, and a model without its text is none of any system.
            let exported = try workspace.tandem(
                "export", "run", "--format", "onnx", "--out", "out.onnx")
            #expect(exported.status == 0, "\(exported.diagnostics)")
            var model = try ONNXModel.read(workspace.folder + "/out.onnx")
            #expect(try model == ONNXModel.read(workspace.folder + "/run/model.onnx"))
            model.metadata["tandem.configuration"] = nil
            try model.write(to: workspace.folder + "/bare.onnx")
            let bare = try workspace.tandem(
                "predict", "bare.onnx", "--input", "x.npy", "--output", "y.npy")
            #expect(bare.status == 1)
            #expect(bare.diagnostics.contains("no next-vector model"))
        }
    }

    @Test("Unknown formats and missing options are usage errors")
    func usage() throws {
        try Workspace.with { workspace in
            let unknown = try workspace.tandem("export", "run", "--format", "pdf", "--out", "x")
            #expect(unknown.status == 64)
            #expect(unknown.diagnostics.contains("expected onnx or safetensors"))
            #expect(try workspace.tandem("export", "run", "--out", "x").status == 64)
            #expect(try workspace.tandem("export", "run", "--format", "onnx").status == 64)
        }
    }
}
