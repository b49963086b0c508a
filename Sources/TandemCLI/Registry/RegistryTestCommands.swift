import TandemBasics
import TandemRegistry

/// `tandem registry ab`: tests of a version on a share of the users.
enum RegistryTestGroup {
    static let group = CommandGroup(
        name: "ab",
        summary: "Test a version on a share of the users and log what comes of it.",
        discussion: """
            A user's group follows from a hash of the identifier and the version's name: it
            stays while the share stays, and a larger share only adds users. The usual
            stages are 0.01, 0.10, 0.50 and 1.00, a week or two each.
            """,
        options: [RegistryOptions.database],
        children: [
            .command(RegistryTestStartCommand.self),
            .command(RegistryTestStageCommand.self),
            .command(RegistryTestNextCommand.self),
            .command(RegistryTestStopCommand.self),
            .command(RegistryAssignCommand.self),
            .command(RegistryLogCommand.self),
            .command(RegistryOutcomeCommand.self),
            .command(RegistryMetricsCommand.self),
            .command(RegistryReportCommand.self),
        ])

    static let fraction = Positional<Double>(
        "fraction", help: "Share of the users, above 0; 1 for all of them.")
}

extension ParsedArguments {
    /// Gives the test of a version the share that was asked for.
    fileprivate func changeTest(
        on console: Console,
        _ change: (ModelRegistry, String, ModelType, Double) throws -> TestStage
    ) throws {
        let stage = try change(
            try openRegistry(), self[RegistryOptions.version], modelType,
            self[RegistryTestGroup.fraction])
        try print(stage, on: console)
    }

    /// Prints a change of a test's share.
    fileprivate func print(_ stage: TestStage, on console: Console) throws {
        func share(_ fraction: Double?) -> String { fraction.map(NumberText.percent) ?? "none" }
        let text =
            stage.fraction == stage.previous
            ? "\(share(stage.fraction)) of the users already; nothing was changed"
            : "share of the users \(share(stage.previous)) -> \(share(stage.fraction))"
        try print(
            "\(modelType) \(stage.version): \(text)", json: stage.json(of: modelType), on: console)
    }
}

/// `tandem registry ab start`: begins a test.
enum RegistryTestStartCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "start", "Begin to test a version in staging against the active one.",
        discussion: """
            The usual beginning is a share of 0.1. Only one test of a type runs at a time.
            """,
        [RegistryOptions.version, RegistryTestGroup.fraction])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        try arguments.changeTest(on: console) { try $0.startTest($1, of: $2, fraction: $3) }
    }
}

/// `tandem registry ab stage`: gives a test another share of the users.
enum RegistryTestStageCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "stage", "Give the running test of a version another share of the users.",
        discussion: "The beginning of the test is kept; the stage is logged in the history.",
        [RegistryOptions.version, RegistryTestGroup.fraction])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        try arguments.changeTest(on: console) { try $0.setTestStage($1, of: $2, fraction: $3) }
    }
}

/// `tandem registry ab next`: takes the running test to the next usual stage.
enum RegistryTestNextCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "next", "Take the running test to its next stage: 0.01, 0.10, 0.50, 1.00.",
        discussion: "Ends with status 1 when all users have been reached.")

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let stage = try arguments.openRegistry().advanceTest(of: arguments.modelType)
        try arguments.print(stage, on: console)
    }
}

/// `tandem registry ab stop`: ends a test.
enum RegistryTestStopCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "stop", "End the test of a version, which stays in staging.", [RegistryOptions.version])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let stage = try arguments.openRegistry().stopTest(
            arguments[RegistryOptions.version], of: arguments.modelType)
        try arguments.print(stage, on: console)
    }
}

/// `tandem registry ab assign`: says which version a user is served.
enum RegistryAssignCommand: Command {
    static let user = Option<String?>(
        "user", "id", help: "Identifier of the user; an unknown user gets the active version.",
        defaultText: "unknown")

    static let declaration = CommandDeclaration.registry(
        "assign", "Say which version and group a user is in.", [user])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let served = try arguments.openRegistry().assign(arguments[user], of: arguments.modelType)
        try arguments.print(
            "\(served.record.version) \(served.group.rawValue)", json: served.json, on: console)
    }
}

/// `tandem registry ab metrics`: the logged outcomes of every group, compared.
enum RegistryMetricsCommand: Command {
    static let since = Option<Moment?>(
        "since", "time", help: "Count outcomes from this time on.",
        defaultText: "the beginning of the test, until its end")
    static let window = Option<PositiveNumber?>(
        "window", "days", help: "Count the outcomes of the last days.")
    static let version = Option<String?>(
        "version", "version", help: "The version whose test it is.",
        defaultText: "the one under test")

    static let declaration = CommandDeclaration.registry(
        "metrics", "Show what the logged outcomes of every group amount to.",
        discussion: """
            'improved' asks for 100 outcomes in each group, a positive rate that rose by
            more than 0.05, a mean score that rose, and a p value of the two-proportion z
            test below 0.05; 'worse' for a positive rate that fell, and such a p value.
            """,
        [since, window, version])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let (since, window) = (arguments[since], arguments[window]?.value)
        if since != nil && window != nil {
            throw UsageError.contradiction(
                "--since and --window both set the beginning; leave out one.")
        }
        let registry = try arguments.openRegistry()
        let begin = since ?? window.map { Moment.now().advanced(bySeconds: -$0 * 86_400) }
        let metrics = try registry.testMetrics(
            of: arguments.modelType, version: arguments[version],
            period: begin.map { OutcomePeriod(since: $0) })
        if arguments[SharedOptions.json] { return try console.printJSON(metrics.json) }
        metrics.show(on: console)
    }
}

extension TestMetrics {
    /// Prints the table of groups and the comparisons for people.
    fileprivate func show(on console: Console) {
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
    fileprivate static func titles(first: String) -> [String] {
        [
            first, "scores", "users", "outcomes", "mean score", "called", "positive",
            "mean outcome",
        ]
    }

    /// The cells under those titles, but for the first.
    fileprivate var cells: [String] {
        [
            NumberText.grouped(count), NumberText.grouped(users), NumberText.grouped(outcomes),
            NumberText.fixed(meanCallingScore, 4), NumberText.percent(callRate),
            NumberText.percent(positiveRate), NumberText.fixed(meanOutcomeScore, 4),
        ]
    }
}

/// `tandem registry ab report`: the state of the rollout on one page.
enum RegistryReportCommand: Command {
    static let window = Option<PositiveNumber>(
        "window", "days", help: "Performance of the versions in the last days.",
        default: PositiveNumber(ModelRegistry.performanceDays),
        defaultText: NumberText.fixed(ModelRegistry.performanceDays, 0))
    static let keep = Flag(
        "keep", help: "Keep the performance of every version in the registry.")

    static let declaration = CommandDeclaration.registry(
        "report", "Show the running test, what came of it, and how every version does.",
        [window, keep])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let (type, days) = (arguments.modelType, arguments[window].value)
        let registry = try arguments.openRegistry()
        let active = try registry.activeVersion(of: type)
        let tested = try registry.versionInTest(of: type)
        let metrics = try registry.testMetrics(of: type)
        let performance =
            arguments[keep]
            ? try registry.keepPerformance(of: type, days: days)
            : try registry.performance(of: type, days: days)
        if arguments[SharedOptions.json] {
            return try console.printJSON([
                "model_type": .string(type.name), "active_version": JSONValue(active?.version),
                "tested_version": JSONValue(tested?.version),
                "ab_traffic": JSONValue(tested?.testFraction),
                "next_ab_traffic": JSONValue(nextStage(tested)), "metrics": metrics.json,
                "performance": .array(performance.map(\.json)),
            ])
        }
        console.print("\(type): \(active?.version ?? "no version") serves, \(test(tested))")
        console.print("")
        metrics.show(on: console)
        console.print("")
        let length = NumberText.fixed(days, days == days.rounded() ? 0 : 2)
        console.print("Last \(length) days, by version:")
        var table = TextTable(GroupMetrics.titles(first: "version") + ["last outcome"])
        for version in performance {
            table.append(
                [version.version] + version.metrics.cells
                    + [version.lastOutcome?.description ?? ""])
        }
        console.print(table)
    }

    private static func nextStage(_ tested: VersionRecord?) -> Double? {
        tested?.testFraction.flatMap { RolloutLadder.standard.rung(after: $0) }
    }

    private static func test(_ tested: VersionRecord?) -> String {
        guard let tested, let fraction = tested.testFraction else { return "no test is running" }
        let next = nextStage(tested).map { "next stage \(NumberText.percent($0))" }
        return "\(tested.version) is tested on \(NumberText.percent(fraction)) of the users since "
            + "\(tested.testStart?.description ?? "some time"), "
            + (next ?? "all users are reached")
    }
}
