import TandemDatasets
import Foundation
import Testing

@testable import TandemRecipes

/// A folder that vanishes with the test.
private final class ScratchFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/embedding-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
        let url = URL(filePath: path + "/" + name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func write(_ name: String, _ text: String) throws {
        try write(name, text.utf8)
    }

    func read(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: path + "/" + name))
    }
}

/// A text of `count` sentences about one subject.
private func story(_ subject: String, count: Int = 25) -> String {
    (0..<count).map {
        "The \(subject) number \($0) was seen near the \(subject) house by visitor \($0 * 7 % 11)."
    }.joined(separator: " ")
}

private func withLibrary(_ body: (ScratchFolder) throws -> Void) throws {
    let folder = try ScratchFolder()
    for subject in ["river", "castle", "engine", "garden", "violin"] {
        try folder.write("texts/\(subject).txt", story(subject))
    }
    try body(folder)
}

private func embedding(
    _ folder: ScratchFolder, threads: Int = 1,
    _ change: (inout EmbeddingSettings) -> Void = { _ in }
) throws -> FolderEmbedding {
    var settings = EmbeddingSettings()
    settings.dimensions = 50
    change(&settings)
    return try FolderEmbedding(
        source: folder.path + "/texts", settings: settings, threads: threads)
}

@Suite struct FolderEmbeddingTests {
    private static let names = ["vectors.npy", "documents.npy", "split.npy", "metadata.json"]

    @Test func writesChainsThatLoad() throws {
        try withLibrary { folder in
            let output = folder.path + "/out"
            let summary = try embedding(folder).write(to: output)
            let chains = try DocumentChains.load(folder: output)
            #expect(chains.documents.map(\.count) == [25, 25, 25, 25, 25])
            #expect(chains.vectors.dimension == 50)
            #expect(chains.splitOrigin == .given)
            #expect(Set(chains.parts).count == 3)
            #expect(
                chains.metadata?["documentNames"]
                    == .array(
                        ["castle", "engine", "garden", "river", "violin"].map {
                            .string("\($0).txt")
                        }))
            #expect(chains.metadata?["madeBy"] == .string("tandem embed"))
            #expect(summary.documents == 5)
            #expect(summary.sentences == 125)
            #expect(summary.words == 125 * 13)
            #expect(summary.skipped.count == 0)
            #expect(summary.cosines.neighbours > summary.cosines.differentDocuments + 0.3)
            #expect(summary.cosines.neighboursAboveRandom > 0.9)
        }
    }

    @Test func resultDependsOnSeedAndNotOnThreads() throws {
        try withLibrary { folder in
            for (name, threads, seed) in [("one", 1, 42), ("four", 4, 42), ("seed", 1, 43)] {
                _ = try embedding(folder, threads: threads) { $0.seed = UInt64(seed) }
                    .write(to: folder.path + "/" + name)
            }
            for name in Self.names {
                let (one, four) = (try folder.read("one/" + name), try folder.read("four/" + name))
                #expect(one == four, "\(name)")
            }
            let (one, other) = (
                try folder.read("one/vectors.npy"), try folder.read("seed/vectors.npy")
            )
            #expect(one != other)
        }
    }

    @Test func unusableFilesAreSkippedAndCounted() throws {
        try withLibrary { folder in
            try folder.write("texts/short.md", story("short", count: 3))
            try folder.write("texts/sub/copy.txt", story("river"))
            try folder.write("texts/binary.txt", story("binary").utf8 + [0])
            try folder.write("texts/picture.png", story("picture"))
            try folder.write("texts/.hidden.txt", story("hidden"))
            try folder.write("texts/sub/deep/cloud.html", "<p>" + story("cloud") + "</p>")
            let summary = try embedding(folder).write(to: folder.path + "/out")
            #expect(summary.documents == 6)
            #expect(summary.skipped.description == "1 too short, 1 copies, 1 not text")
        }
    }

    @Test func linksAreFollowedOnce() throws {
        try withLibrary { folder in
            let files = FileManager.default
            try folder.write("elsewhere/ocean.txt", story("ocean"))
            let texts = folder.path + "/texts"
            for (link, target) in [
                ("loop", "."), ("up", ".."), ("river-again.txt", "river.txt"), ("gone.txt", "none"),
                ("self.txt", "self.txt"), ("elsewhere", "../elsewhere"),
            ] {
                try files.createSymbolicLink(
                    atPath: texts + "/" + link, withDestinationPath: target)
            }
            let summary = try embedding(folder).write(to: folder.path + "/out")
            #expect(summary.documents == 6)
            #expect(summary.skipped.unusableLinks == 3)
        }
    }

    @Test func invalidUTF8IsRepairedAndCounted() throws {
        try withLibrary { folder in
            let bytes = Array("\u{FFFD} caf".utf8) + [0xE9, 0x20, 0xFF, 0x20] + story("cafe").utf8
            try folder.write("texts/latin.txt", bytes)
            let summary = try embedding(folder).write(to: folder.path + "/out")
            #expect(summary.documents == 6)
            #expect(summary.repairs == 2)
        }
    }
}

@Suite struct FolderEmbeddingErrorTests {
    private func failure(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func missingAndEmptyFolders() throws {
        let folder = try ScratchFolder()
        let out = folder.path + "/out"
        #expect(failure { _ = try embedding(folder).write(to: out) }.contains("texts: looking up"))
        try folder.write("texts/picture.png", "x")
        #expect(failure { _ = try embedding(folder).write(to: out) }.contains("no text found"))
        try folder.write("texts/short.txt", "Too short.")
        let short = failure { _ = try embedding(folder).write(to: out) }
        #expect(short.contains("none of 1 text files can be used (1 too short)"))
        try folder.write("texts2", "a file")
        let file = failure {
            _ = try FolderEmbedding(source: folder.path + "/texts2").write(to: out)
        }
        #expect(file.contains("not a folder"))
        // A failed run leaves no empty output folder behind.
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    @Test func impossibleSettingsAreReportedTogether() throws {
        let folder = try ScratchFolder()
        let message = failure {
            _ = try embedding(folder) {
                $0.dimensions = 0
                $0.maximumWords = 3
            }
        }
        #expect(message.contains("dimensions is 0") && message.contains("maximumWords is 3"))
    }

    @Test func outputsOfOthersAreLeftAlone() throws {
        try withLibrary { folder in
            try folder.write("out/precious.txt", "keep")
            let out = folder.path + "/out"
            for overwrites in [false, true] {
                let message = failure {
                    _ = try embedding(folder).write(to: out, overwrites: overwrites)
                }
                #expect(message.contains("left alone"))
            }
            let now = try folder.read("out/precious.txt")
            #expect(now == Data("keep".utf8))
            let names = try FileManager.default.contentsOfDirectory(atPath: out)
            #expect(names == ["precious.txt"])
        }
    }

    @Test func earlierVectorsAreReplacedOnlyWhenAllowed() throws {
        try withLibrary { folder in
            let out = folder.path + "/out"
            _ = try embedding(folder).write(to: out)
            let before = try folder.read("out/vectors.npy")
            let again = try embedding(folder) { $0.seed = 1 }
            #expect(failure { _ = try again.write(to: out) }.contains("earlier run"))
            let now = try folder.read("out/vectors.npy")
            #expect(now == before)
            _ = try again.write(to: out, overwrites: true)
            let after = try folder.read("out/vectors.npy")
            #expect(after != before)
        }
    }

    @Test func unwritableOutputIsFoundFirst() throws {
        try withLibrary { folder in
            let proc = failure { _ = try embedding(folder).write(to: "/proc/embedding") }
            #expect(proc.contains("/proc/embedding"))
            try folder.write("file", "x")
            let file = failure { _ = try embedding(folder).write(to: folder.path + "/file") }
            #expect(file.contains("not a folder"))
        }
    }
}
