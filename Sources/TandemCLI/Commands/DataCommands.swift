import TandemBasics
import TandemDatasets
import TandemRecipes

import Glibc
import Synchronization

/// `tandem data calling-score`: makes calling-score records by a known rule.
enum DataCallingScoreCommand: Command {
    /// The format of the file.
    enum Format: String, ArgumentValue, CaseIterable {
        case json
        case csv

        static var expectation: String { "json or csv" }
    }

    static let rows = Option<PositiveCount>(
        "rows", "count", help: "Number of records.", default: 10000)
    static let seed = Option<UInt64>(
        "seed", "seed", help: "Seed of all random numbers.", default: 42)
    static let output = Option<String?>(
        "out", "file", help: "File to write.",
        defaultText: "calling-score/training.json or .csv in the folder of all data sets")
    static let format = Option<Format>(
        "format", "format", help: "json: the records; csv: the 39 features and the outcome.",
        default: .json)
    static let overwrite = Flag("overwrite", help: "Replace the file if it exists.")

    static let declaration = CommandDeclaration(
        name: "calling-score",
        summary: "Make calling-score records by a known rule.",
        discussion: """
            The rule is known, and with it the error that no model can go below: the noise
            floor. The same seed gives the same file.
            """,
        parameters: [rows, seed, output, format, overwrite, SharedOptions.json])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let (format, seed) = (arguments[format], arguments[seed])
        let path =
            arguments[output] ?? DataLocation.resolve("calling-score/training.\(format.rawValue)")
        let write =
            switch format {
            case .json: CallingScoreGenerator.write
            case .csv: CallingScoreGenerator.writeCSV
            }
        let summary = try write(arguments[rows].value, seed, path, arguments[overwrite])
        if arguments[SharedOptions.json] {
            return try console.printJSON(
                CallingScoreReport(
                    file: path, seed: seed, records: summary.rows, users: summary.users,
                    calledShare: summary.calledShare, positiveShare: summary.positiveShare,
                    meanOutcome: summary.meanOutcome, noiseFloor: summary.noiseFloor))
        }
        console.print(facts: [
            ("Records", NumberText.grouped(summary.rows)),
            ("Users", NumberText.grouped(summary.users)),
            ("Called", NumberText.percent(summary.calledShare)),
            ("Positive", NumberText.percent(summary.positiveShare)),
            ("Mean outcome", NumberText.fixed(summary.meanOutcome, 4)),
            ("Noise floor (MSE)", NumberText.fixed(summary.noiseFloor, 5)),
        ])
        console.print("Wrote \(path).")
    }
}

/// The result of `tandem data calling-score --json`.
private struct CallingScoreReport: Encodable {
    let file: String
    let seed: UInt64
    let records: Int
    let users: Int
    let calledShare: Double
    let positiveShare: Double
    let meanOutcome: Double
    let noiseFloor: Double
}

/// `tandem embed`: turns a folder of text into chains of vectors.
enum EmbedCommand: Command {
    static let folder = Positional<String>(
        "folder", help: "Folder of texts: .txt, .md, .pod, .rst, .html, also in sub-folders.")
    static let output = Option<String>(
        "out", "folder", help: "Folder to write the vectors to.")
    static let dimensions = Option<PositiveCount>(
        "dimensions", "count", help: "Length of each vector.", default: 256)
    static let minimumWords = Option<PositiveCount>(
        "minimum-words", "count",
        help: "Sentences of fewer words are joined to the next.", default: 6)
    static let maximumWords = Option<PositiveCount>(
        "maximum-words", "count",
        help: "Sentences of more words are cut into equal parts.", default: 60)
    static let minimumSentences = Option<PositiveCount>(
        "minimum-sentences", "count",
        help: "Files with fewer sentences are skipped.", default: 20)
    static let seed = Option<UInt64>(
        "seed", "seed", help: "Seed of the projection and of the split.", default: 42)
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

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        var settings = EmbeddingSettings()
        settings.dimensions = arguments[dimensions].value
        settings.minimumWords = arguments[minimumWords].value
        settings.maximumWords = arguments[maximumWords].value
        settings.minimumSentences = arguments[minimumSentences].value
        settings.seed = arguments[seed]
        let output = arguments[output]
        let embedding = try FolderEmbedding(
            source: arguments[folder], settings: settings,
            threads: arguments[SharedOptions.threads]?.value
                ?? max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))))
        let bars = arguments[SharedOptions.quiet] ? nil : StageBars(console.diagnostics)
        let start = ContinuousClock.now
        let summary = try embedding.write(to: output, overwrites: arguments[overwrite]) {
            bars?.advance($0, total: $1)
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if arguments[SharedOptions.json] {
            try console.printJSON(EmbeddingReport(summary, folder: output, seconds: seconds))
        } else {
            print(summary, folder: output, seconds: seconds, on: console)
        }
    }

    private static func print(
        _ summary: EmbeddingSummary, folder: String, seconds: Double, on console: Console
    ) {
        let rate = NumberText.short(Double(summary.words) / seconds)
        let cosines = summary.cosines
        console.print(facts: [
            ("Documents", NumberText.grouped(summary.documents)),
            ("Skipped files", summary.skipped.description),
            ("Repaired bytes", NumberText.grouped(summary.repairs)),
            ("Sentences", NumberText.grouped(summary.sentences)),
            ("Words", "\(NumberText.grouped(summary.words)) (\(rate) words/s)"),
            ("Cosine of neighbours", NumberText.fixed(cosines.neighbours, 3)),
            ("  same document", NumberText.fixed(cosines.sameDocument, 3)),
            ("  random pair", NumberText.fixed(cosines.differentDocuments, 3)),
            ("Neighbours above random", NumberText.percent(cosines.neighboursAboveRandom)),
        ])
        console.print("Wrote \(folder) in \(NumberText.duration(seconds)).")
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
        let (title, unit) =
            switch stage {
            case .reading: ("Reading", "files")
            case .counting: ("Counting", "documents")
            case .embedding: ("Embedding", "documents")
            }
        return ProgressBar(title, total: total, unit: unit, sink: sink)
    }
}

/// The result of `tandem embed --json`.
private struct EmbeddingReport: Encodable {
    let folder: String
    let documents: Int
    let sentences: Int
    let words: Int
    let repairedBytes: Int
    let skippedFiles: [String: Int]
    let cosines: [String: Double]
    let seconds: Double

    init(_ summary: EmbeddingSummary, folder: String, seconds: Double) {
        self.folder = folder
        documents = summary.documents
        sentences = summary.sentences
        words = summary.words
        repairedBytes = summary.repairs
        skippedFiles = [
            "tooShort": summary.skipped.tooShort, "copies": summary.skipped.copies,
            "notText": summary.skipped.binary, "unusableLinks": summary.skipped.unusableLinks,
        ]
        cosines = [
            "neighbours": summary.cosines.neighbours,
            "sameDocument": summary.cosines.sameDocument,
            "randomPair": summary.cosines.differentDocuments,
            "neighboursAboveRandom": summary.cosines.neighboursAboveRandom,
        ]
        self.seconds = seconds
    }
}
