import Foundation
import Testing

@testable import TandemCLI

@Suite struct DataCommandTests {
    @Test func makesRecordsAndStatesTheNoiseFloor() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/data-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let arguments = ["data", "calling-score", "--rows", "200", "--out", folder + "/t.json"]
        let text = Invocation(arguments)
        #expect(text.status == .success)
        #expect(text.output.contains("Records            200\n"))
        #expect(text.output.contains("Noise floor (MSE)  0.01"))

        let again = Invocation(arguments)
        #expect(again.status == .failure)
        #expect(again.diagnostics.contains("--overwrite"))

        let json = Invocation(arguments + ["--overwrite", "--json", "--seed", "7"])
        #expect(json.status == .success)
        #expect(json.output.contains("\"noiseFloor\" : 0.01"))

        let csv = Invocation([
            "data", "calling-score", "--rows=20", "--format=csv", "--out", folder + "/t.csv",
        ])
        #expect(csv.status == .success)
        let lines = try String(contentsOfFile: folder + "/t.csv", encoding: .utf8)
            .split(separator: "\n")
        #expect(lines.count == 21)
        #expect(lines.allSatisfy { $0.split(separator: ",").count == 40 })
    }

    @Test func makesScenariosAndACatalogue() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/data-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let arguments = ["data", "gift", "--scenarios", "50", "--out", folder]
        let text = Invocation(arguments)
        #expect(text.status == .success)
        #expect(text.output.hasPrefix("Scenarios  "))
        #expect(
            text.output.contains("Wrote \(folder)/scenarios.json and \(folder)/catalogue.json."))

        let again = Invocation(arguments)
        #expect(again.status == .failure)
        #expect(again.diagnostics.contains("--overwrite"))

        let json = Invocation(arguments + ["--overwrite", "--json", "--seed", "7"])
        #expect(json.status == .success)
        #expect(json.output.contains("\"scenarios\" : 50"))
        #expect(json.output.contains("\"budget_optimizer\" : "))
    }

    @Test func takesQuestionsOutOfDocumentation() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/data-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let pod = "=head2 Who?\n\nSomebody.\n\n=head2 Why?\n\nBecause.\n"
        try Data(pod.utf8).write(to: URL(filePath: folder + "/perlfaq4.pod"))
        let arguments = ["data", "dialogue", "--pods", folder, "--out", folder + "/pairs"]
        let text = Invocation(arguments)
        #expect(text.status == .success)
        #expect(text.output.hasPrefix("Pairs  "))
        #expect(text.output.contains("Category perlfaq4         2\n"))
        #expect(text.output.contains("Wrote \(folder)/pairs/pairs.jsonl."))

        let again = Invocation(arguments)
        #expect(again.status == .failure)
        #expect(again.diagnostics.contains("--overwrite"))

        let json = Invocation(arguments + ["--overwrite", "--json"])
        #expect(json.status == .success)
        #expect(json.output.contains("\"perlfaq4\" : 2"))

        let none = Invocation(["data", "dialogue", "--pods", folder + "/pairs"])
        #expect(none.status == .failure)
        #expect(none.diagnostics.contains("perl-doc"))
    }

    @Test func refusesWhatMakesNoSense() {
        #expect(Invocation(["data", "gift", "--scenarios", "4"]).status == .usage)
        #expect(Invocation(["data", "gift", "--scenarios", "10001"]).status == .usage)
        #expect(Invocation(["data", "calling-score", "--rows", "0"]).status == .usage)
        #expect(Invocation(["data", "calling-score", "--format", "xml"]).status == .usage)
        #expect(Invocation(["data", "scores"]).status == .usage)
    }

    /// Nor over the data of the run, or by an export.
    @Test func outputsDoNotReplaceData() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/predict-\(UUID().uuidString)"
        let (run, data) = (folder + "/run", folder + "/data")
        for path in [run, data] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let configuration = #"{"recipe": "dialogue-lattice", "data": {"path": "\#(data)"}}"#
        try Data(configuration.utf8).write(to: URL(filePath: run + "/config.json"))
        let pairs = data + "/pairs.jsonl"
        try Data("{}".utf8).write(to: URL(filePath: pairs))
        for command in [
            ["predict", run, "--question", "why", "--output", pairs],
            ["export", run, "--format", "onnx", "--out", pairs],
            ["export", run, "--format", "safetensors", "--out", run + "/config.json"],
        ] {
            let invocation = Invocation(command)
            #expect(invocation.status == .usage)
            #expect(invocation.diagnostics.contains("which would be lost"))
        }
        #expect(try Data(contentsOf: URL(filePath: pairs)) == Data("{}".utf8))
    }

    /// A prediction is never written over what it was made from.
    @Test func predictionsDoNotReplaceTheirInput() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/predict-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/rows.json"
        try Data("[1]".utf8).write(to: URL(filePath: path))
        let invocation = Invocation(
            ["predict", "model.onnx", "--input", path, "--output", folder + "/./rows.json"])
        #expect(invocation.status == .usage)
        #expect(invocation.diagnostics.contains("another file than '"))
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("[1]".utf8))
    }
}
