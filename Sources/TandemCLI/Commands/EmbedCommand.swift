import TandemBasics
import Glibc
import TandemRecipes
import Synchronization
import TandemTraining

/// `tandem embed`: turns a folder of text into chains of vectors.
struct EmbedCommand: Command {
    static let folder = Positional<String>(
        "folder", help: "Folder of texts: .txt, .md, .pod, .rst, .html, also in sub-folders.")
    static let output = Option<String>(
        "out", "folder", .required, help: "Folder to write the vectors to.")
    static let dimensions = Option<PositiveCount>(
        "dimensions", "count", help: "Length of each vector.", defaultText: "256")
    static let minimumWords = Option<PositiveCount>(
        "minimum-words", "count",
        help: "Sentences of fewer words are joined to the next.", defaultText: "6")
    static let maximumWords = Option<PositiveCount>(
        "maximum-words", "count",
        help: "Sentences of more words are cut into equal parts.", defaultText: "60")
    static let minimumSentences = Option<PositiveCount>(
        "minimum-sentences", "count",
        help: "Files with fewer sentences are skipped.", defaultText: "20")
    static let seed = Option<UInt64>(
        "seed", "seed", help: "Seed of the projection and of the split.", defaultText: "42")
    static let overwrite = Flag(
        "overwrite", help: "Replace the output folder if an earlier 'tandem embed' made it.")

    static let declaration = CommandDeclaration(
        name: "embed",
        summary: "Turn a folder of text into chains of vectors, without any model.",
        discussion: """
            Every file becomes one chain, every sentence one vector of length 1: words and
            character n-grams, weighted by their rarity in this folder, under a seeded
            random projection.
            """,
        parameters: [
            folder, output, dimensions, minimumWords, maximumWords, minimumSentences, seed,
            SharedOptions.threads, overwrite, SharedOptions.json, SharedOptions.quiet,
        ])

    let folder: String
    let outputFolder: String
    let settings: EmbeddingSettings
    let threads: Int
    let overwrites: Bool
    let printsJSON: Bool
    let isQuiet: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        folder = try arguments.required(Self.folder)
        outputFolder = try arguments.required(Self.output)
        var settings = EmbeddingSettings()
        settings.dimensions =
            try arguments.value(of: Self.dimensions)?.value ?? settings.dimensions
        settings.minimumWords =
            try arguments.value(of: Self.minimumWords)?.value ?? settings.minimumWords
        settings.maximumWords =
            try arguments.value(of: Self.maximumWords)?.value ?? settings.maximumWords
        settings.minimumSentences =
            try arguments.value(of: Self.minimumSentences)?.value ?? settings.minimumSentences
        settings.seed = try arguments.value(of: Self.seed) ?? settings.seed
        self.settings = settings
        threads =
            try arguments.value(of: SharedOptions.threads)?.value
            ?? max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        overwrites = arguments.contains(Self.overwrite)
        printsJSON = arguments.contains(SharedOptions.json)
        isQuiet = arguments.contains(SharedOptions.quiet)
    }

    func run(on console: Console) throws {
        let embedding = try FolderEmbedding(source: folder, settings: settings, threads: threads)
        let bars = isQuiet ? nil : StageBars(console.diagnostics)
        let start = ContinuousClock.now
        let summary = try embedding.write(to: outputFolder, overwrites: overwrites) {
            bars?.advance($0, total: $1)
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if printsJSON {
            try console.printJSON(EmbeddingReport(summary, folder: outputFolder, seconds: seconds))
        } else {
            print(summary, seconds: seconds, on: console)
        }
    }

    private func print(_ summary: EmbeddingSummary, seconds: Double, on console: Console) {
        let rate = NumberText.short(Double(summary.words) / seconds)
        let cosines = summary.cosines
        var table = TextTable(["", ""], alignments: [.left, .left])
        table.append(["Documents", NumberText.grouped(summary.documents)])
        table.append(["Skipped files", summary.skipped.description])
        table.append(["Repaired bytes", NumberText.grouped(summary.repairs)])
        table.append(["Sentences", NumberText.grouped(summary.sentences)])
        table.append(["Words", "\(NumberText.grouped(summary.words)) (\(rate) words/s)"])
        table.append(["Cosine of neighbours", NumberText.fixed(cosines.neighbours, 3)])
        table.append(["  same document", NumberText.fixed(cosines.sameDocument, 3)])
        table.append(["  random pair", NumberText.fixed(cosines.differentDocuments, 3)])
        table.append([
            "Neighbours above random", NumberText.percent(cosines.neighboursAboveRandom),
        ])
        console.print(table.lines.dropFirst(2).joined(separator: "\n"))
        console.print("Wrote \(outputFolder) in \(NumberText.duration(seconds)).")
    }
}

/// One progress bar for each stage, shown when the stage begins.
private final class StageBars: Sendable {
    private struct Bars {
        var shown: (stage: FolderEmbedding.Stage, bar: ProgressBar)?
        var completed = 0
    }

    private let sink: any TextSink
    private let bars = Mutex(Bars())

    init(_ sink: any TextSink) {
        self.sink = sink
    }

    func advance(_ stage: FolderEmbedding.Stage, total: Int) {
        bars.withLock { bars in
            if bars.shown?.stage != stage {
                bars = Bars(shown: (stage, bar(for: stage, total: total)))
            }
            bars.completed += 1
            bars.shown?.bar.update(completed: bars.completed)
            if bars.completed == total {
                bars.shown?.bar.finish()
            }
        }
    }

    private func bar(for stage: FolderEmbedding.Stage, total: Int) -> ProgressBar {
        switch stage {
        case .reading: ProgressBar("Reading", total: total, unit: "files", sink: sink)
        case .counting: ProgressBar("Counting", total: total, unit: "documents", sink: sink)
        case .embedding: ProgressBar("Embedding", total: total, unit: "documents", sink: sink)
        }
    }
}

/// The result of `tandem embed --json`.
private struct EmbeddingReport: Encodable {
    struct Skipped: Encodable {
        let tooShort: Int
        let copies: Int
        let notText: Int
        let unusableLinks: Int
    }

    struct Cosines: Encodable {
        let neighbours: Double
        let sameDocument: Double
        let randomPair: Double
        let neighboursAboveRandom: Double
    }

    let folder: String
    let documents: Int
    let sentences: Int
    let words: Int
    let repairedBytes: Int
    let skippedFiles: Skipped
    let cosines: Cosines
    let seconds: Double

    init(_ summary: EmbeddingSummary, folder: String, seconds: Double) {
        self.folder = folder
        documents = summary.documents
        sentences = summary.sentences
        words = summary.words
        repairedBytes = summary.repairs
        skippedFiles = Skipped(
            tooShort: summary.skipped.tooShort, copies: summary.skipped.copies,
            notText: summary.skipped.binary, unusableLinks: summary.skipped.unusableLinks)
        cosines = Cosines(
            neighbours: summary.cosines.neighbours, sameDocument: summary.cosines.sameDocument,
            randomPair: summary.cosines.differentDocuments,
            neighboursAboveRandom: summary.cosines.neighboursAboveRandom)
        self.seconds = seconds
    }
}
