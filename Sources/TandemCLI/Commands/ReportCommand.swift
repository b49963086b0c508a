import TandemBasics
import TandemReports
import TandemDatasets
import TandemTraining

import FoundationEssentials

/// `tandem report`: writes the page of a run or of a sweep.
struct ReportCommand: Command {
    static let folder = Positional<String>(
        "run", help: "Run directory made by 'tandem train', or folder made by 'tandem sweep'.")
    static let output = Option<String>(
        "out", "file", help: "HTML file to write.", defaultText: "report.html in the folder")

    static let declaration = CommandDeclaration(
        name: "report",
        summary: "Write a page with the curves and figures of a run or a sweep.",
        discussion: """
            The page holds everything it shows and needs neither a network nor scripts.
            'tandem train' writes it while it trains and at the end; this command makes it
            again.
            """,
        parameters: [folder, output])

    let folder: String
    let outputFile: String?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        folder = try arguments.required(Self.folder)
        outputFile = try arguments.value(of: Self.output)
    }

    func run(on console: Console) throws {
        let results = SweepReportFile.results(in: folder)
        let page: ReportPage
        if FileManager.default.fileExists(atPath: results) {
            page = try SweepReportFile.page(in: folder)
        } else {
            page = try RunDirectory(opening: folder).makeReport().page
        }
        let file = outputFile ?? folder + "/report.html"
        try AtomicFile.write(page.html, to: file)
        console.print("report: \(file)")
    }
}
