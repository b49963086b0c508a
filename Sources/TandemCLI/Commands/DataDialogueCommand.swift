import TandemBasics
import TandemDatasets
import TandemRecipes

/// `tandem data dialogue`: takes questions and answers out of Perl's documentation.
enum DataDialogueCommand: Command {
    static let pods = Option<String?>(
        "pods", "folder",
        help: "Folder with perlfaq1.pod to perlfaq9.pod.",
        defaultText: "that of the newest Perl in \(PerlQuestions.root)")
    static let output = Option<String?>(
        "out", "folder",
        help: "Folder for \(PerlQuestions.fileName).",
        defaultText: "dialogue-perlfaq in the folder of all data sets")
    static let overwrite = Flag("overwrite", help: "Replace the file if it exists.")

    static let declaration = CommandDeclaration(
        name: "dialogue",
        summary: "Take questions and answers out of Perl's documentation.",
        discussion: """
            Debian carries the frequently asked questions about Perl in the package
            perl-doc. The title of a section is a question, the prose under it the
            answer; listings of code are left out. Every pair stands in a line of its
            own with the file as its category.
            """,
        parameters: [pods, output, overwrite, SharedOptions.json])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let summary = try PerlQuestions.write(
            to: arguments[output] ?? DataLocation.resolve("dialogue-perlfaq"),
            pods: arguments[pods], overwrites: arguments[overwrite])
        if arguments[SharedOptions.json] {
            try console.printJSON(DialogueDataReport(summary))
        } else {
            print(summary, on: console)
        }
    }

    private static func print(_ summary: PerlQuestionsSummary, on console: Console) {
        var table = TextTable(["", ""], alignments: [.left, .right])
        table.append(["Pairs", NumberText.grouped(summary.pairs)])
        for (name, count) in summary.categories {
            table.append(["Category \(name)", NumberText.grouped(count)])
        }
        table.append(["Characters of a question", NumberText.fixed(summary.questionLength, 0)])
        table.append(["Characters of an answer", NumberText.fixed(summary.answerLength, 0)])
        console.print(table.lines.dropFirst(2).joined(separator: "\n"))
        console.print("Read \(summary.documentation).")
        console.print("Wrote \(summary.path).")
    }
}

/// The result of `tandem data dialogue --json`.
private struct DialogueDataReport: Encodable {
    let file: String
    let documentation: String
    let pairs: Int
    let categories: [String: Int]
    let questionLength: Double
    let answerLength: Double

    init(_ summary: PerlQuestionsSummary) {
        file = summary.path
        documentation = summary.documentation
        pairs = summary.pairs
        categories = Dictionary(summary.categories.map { ($0.name, $0.pairs) }) { first, _ in first
        }
        questionLength = summary.questionLength
        answerLength = summary.answerLength
    }
}
