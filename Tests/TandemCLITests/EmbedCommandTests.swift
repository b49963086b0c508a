import Foundation
import Testing

@testable import TandemCLI

@Suite struct EmbedCommandTests {
    private func withTexts(_ body: (_ folder: String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/embed-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder + "/texts", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for subject in ["river", "castle", "engine"] {
            let text = (0..<5).map { "The \(subject) was seen by visitor number \($0)." }
            try Data(text.joined(separator: " ").utf8)
                .write(to: URL(filePath: "\(folder)/texts/\(subject).txt"))
        }
        try body(folder)
    }

    @Test func reportsWhatWasWritten() throws {
        try withTexts { folder in
            let arguments = [
                "embed", folder + "/texts", "--out", folder + "/out", "--dimensions", "16",
                "--minimum-sentences=5",
            ]
            let text = Invocation(arguments)
            #expect(text.status == .success)
            #expect(text.output.contains("Documents                3\n"))
            #expect(text.output.contains("Words                    120 ("))
            #expect(text.diagnostics.contains("Embedding: 3/3 documents"))

            let json = Invocation(arguments + ["--overwrite", "--json", "--quiet"])
            #expect(json.status == .success)
            #expect(json.diagnostics == "")
            #expect(json.output.contains("\"sentences\" : 15"))
        }
    }

    @Test func failuresEndWithStatusOne() throws {
        try withTexts { folder in
            let short = Invocation([
                "embed", folder + "/texts", "--out", folder + "/out", "--quiet",
            ])
            #expect(short.status == .failure)
            #expect(short.diagnostics.hasPrefix("Error: \(folder)/texts: none of 3 text files"))
            #expect(Invocation(["embed", folder + "/none", "--out", "x"]).status == .failure)
        }
        #expect(Invocation(["embed", "x", "--out", "y", "--dimensions", "0"]).status == .usage)
    }
}
