import TandemBasics
import TandemDatasets
import TandemRecipes
import TandemTraining

/// `tandem data calling-score`: makes calling-score records by a known rule.
struct DataCallingScoreCommand: Command {
    /// The format of the file.
    enum Format: String, ArgumentValue, CaseIterable {
        case json
        case csv

        static var expectation: String { "json or csv" }

        init?(argument: String) { self.init(rawValue: argument) }
    }

    static let rows = Option<PositiveCount>(
        "rows", "count", help: "Number of records.", defaultText: "10000")
    static let seed = Option<UInt64>(
        "seed", "seed", help: "Seed of all random numbers.", defaultText: "42")
    static let output = Option<String>(
        "out", "file", help: "File to write.",
        defaultText: "calling-score/training.json or .csv in the folder of all data sets")
    static let format = Option<Format>(
        "format", "format", help: "json: the records; csv: the 39 features and the outcome.",
        defaultText: "json")
    static let overwrite = Flag("overwrite", help: "Replace the file if it exists.")

    static let declaration = CommandDeclaration(
        name: "calling-score",
        summary: "Make calling-score records by a known rule.",
        discussion: """
            The rule is known, and with it the error that no model can go below: the noise
            floor. The same seed gives the same file.
            """,
        parameters: [rows, seed, output, format, overwrite, SharedOptions.json])

    let rows: Int
    let seed: UInt64
    let path: String
    let format: Format
    let overwrites: Bool
    let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        rows = try arguments.value(of: Self.rows)?.value ?? 10_000
        seed = try arguments.value(of: Self.seed) ?? 42
        let format = try arguments.value(of: Self.format) ?? .json
        self.format = format
        path =
            try arguments.value(of: Self.output)
            ?? DataLocation.resolve("calling-score/training.\(format.rawValue)")
        overwrites = arguments.contains(Self.overwrite)
        printsJSON = arguments.contains(SharedOptions.json)
    }

    func run(on console: Console) throws {
        let summary =
            switch format {
            case .json:
                try CallingScoreGenerator.write(
                    rows: rows, seed: seed, to: path, overwrites: overwrites)
            case .csv:
                try CallingScoreGenerator.writeCSV(
                    rows: rows, seed: seed, to: path, overwrites: overwrites)
            }
        if printsJSON {
            try console.printJSON(CallingScoreReport(summary, file: path, seed: seed))
        } else {
            print(summary, on: console)
        }
    }

    private func print(_ summary: CallingScoreSummary, on console: Console) {
        var table = TextTable(["", ""], alignments: [.left, .left])
        table.append(["Records", NumberText.grouped(summary.rows)])
        table.append(["Users", NumberText.grouped(summary.users)])
        table.append(["Called", NumberText.percent(summary.calledShare)])
        table.append(["Positive", NumberText.percent(summary.positiveShare)])
        table.append(["Mean outcome", NumberText.fixed(summary.meanOutcome, 4)])
        table.append(["Noise floor (MSE)", NumberText.fixed(summary.noiseFloor, 5)])
        console.print(table.lines.dropFirst(2).joined(separator: "\n"))
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

    init(_ summary: CallingScoreSummary, file: String, seed: UInt64) {
        self.file = file
        self.seed = seed
        records = summary.rows
        users = summary.users
        calledShare = summary.calledShare
        positiveShare = summary.positiveShare
        meanOutcome = summary.meanOutcome
        noiseFloor = summary.noiseFloor
    }
}
