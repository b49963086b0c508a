import TandemBasics
import TandemRegistry
import TandemTraining

/// `tandem registry ab metrics`: the logged outcomes of every group, compared.
struct RegistryMetricsCommand: Command {
    static let since = Option<Moment>(
        "since", "time", help: "Count outcomes from this time on.",
        defaultText: "the beginning of the test, until its end")
    static let window = Option<PositiveNumber>(
        "window", "days", help: "Count the outcomes of the last days.")
    static let version = Option<String>(
        "version", "version", help: "The version whose test it is.",
        defaultText: "the one under test")

    static let declaration = CommandDeclaration(
        name: "metrics",
        summary: "Show what the logged outcomes of every group amount to.",
        discussion: """
            'improved' asks for 100 outcomes in each group, a positive rate that rose by
            more than 0.05, a mean score that rose, and a p value of the two-proportion z
            test below 0.05; 'worse' for a positive rate that fell, and such a p value.
            """,
        parameters: [
            since, window, version, RegistryOptions.type, RegistryOptions.database,
            SharedOptions.json,
        ])

    let session: RegistrySession
    let type: ModelType
    let version: String?
    let since: Moment?
    let window: Double?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
        version = try arguments.value(of: Self.version)
        since = try arguments.value(of: Self.since)
        window = try arguments.value(of: Self.window)?.value
        if since != nil && window != nil {
            throw .contradiction("--since and --window both set the beginning; leave out one.")
        }
    }

    func run(on console: Console) throws {
        let registry = try session.open()
        let begin =
            since ?? window.map { Moment.now().advanced(bySeconds: -$0 * 86_400) }
        let metrics = try registry.testMetrics(
            of: type, version: version, period: begin.map { OutcomePeriod(since: $0) })
        if session.printsJSON { return try console.printJSON(metrics.json) }
        metrics.show(on: console)
    }
}

extension TestMetrics {
    /// Prints the table of groups and the comparisons for people.
    func show(on console: Console) {
        let ends = [
            period.since.map { "since \($0)" }, period.until.map { "until \($0)" },
        ].compactMap { $0 }
        console.print(
            "\(type), \(version.map { "test of \($0)" } ?? "all candidates"): outcomes "
                + (ends.isEmpty ? "of all time" : ends.joined(separator: " ")))
        var table = TextTable(GroupMetrics.titles(first: "group"))
        for group in TestGroup.allCases { table.append([group.rawValue] + self[group].cells) }
        console.print(table)
        show(comparison, "candidate - control", [.candidate, .control], on: console)
        show(
            formulaComparison, "hybrid - formulaBased", [.hybrid, .formulaBased], on: console)
    }

    private func show(
        _ comparison: GroupComparison, _ name: String, _ groups: [TestGroup], on console: Console
    ) {
        guard groups.allSatisfy({ self[$0].count > 0 }) else { return }
        func signed(_ value: Double) -> String {
            (value < 0 ? "" : "+") + NumberText.fixed(value, 4)
        }
        var line =
            "\(name): mean score \(signed(comparison.callingScoreDifference)), positive rate "
            + signed(comparison.positiveRateDifference)
        if let proportions = comparison.proportions {
            line +=
                " (95 % from \(signed(proportions.lower)) to \(signed(proportions.upper)), "
                + "p \(NumberText.fixed(proportions.pValue, 4)))"
        }
        console.print(
            line + ", mean outcome \(signed(comparison.outcomeScoreDifference)): "
                + comparison.verdict.rawValue)
    }
}

extension GroupMetrics {
    /// The titles of a table of metrics.
    static func titles(first: String) -> [String] {
        [
            first, "scores", "users", "outcomes", "mean score", "called", "positive",
            "mean outcome",
        ]
    }

    /// The cells under those titles, but for the first.
    var cells: [String] {
        [
            NumberText.grouped(count), NumberText.grouped(users), NumberText.grouped(outcomes),
            NumberText.fixed(meanCallingScore, 4), NumberText.percent(callRate),
            NumberText.percent(positiveRate), NumberText.fixed(meanOutcomeScore, 4),
        ]
    }
}
