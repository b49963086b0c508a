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
            folder, output, dimensions, minimumWords, maximumWords, minimumSentences,
            SharedOptions.seed, SharedOptions.threads, overwrite, SharedOptions.json,
            SharedOptions.quiet,
        ])

    let folder: String
    let outputFolder: String

    init(_ arguments: ParsedArguments) throws(UsageError) {
        folder = try arguments.required(Self.folder)
        outputFolder = try arguments.required(Self.output)
    }

    func run(on console: Console) throws {
        throw CommandUnavailable(command: "embed")
    }
}
