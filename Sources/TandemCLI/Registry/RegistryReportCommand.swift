import TandemBasics
import TandemDatasets
import TandemRegistry
import TandemTraining

/// `tandem registry ab report`: the state of the rollout on one page.
struct RegistryReportCommand: Command {
    static let window = Option<PositiveNumber>(
        "window", "days", help: "Performance of the versions in the last days.",
        defaultText: NumberText.fixed(ModelRegistry.performanceDays, 0))
    static let keep = Flag(
        "keep", help: "Keep the performance of every version in the registry.")

    static let declaration = CommandDeclaration(
        name: "report",
        summary: "Show the running test, what came of it, and how every version does.",
        parameters: [
            window, keep, RegistryOptions.type, RegistryOptions.database, SharedOptions.json,
        ])

    let session: RegistrySession
    let type: ModelType
    let days: Double
    let keeps: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
        days = try arguments.value(of: Self.window)?.value ?? ModelRegistry.performanceDays
        keeps = arguments.contains(Self.keep)
    }

    func run(on console: Console) throws {
        let registry = try session.open()
        let active = try registry.activeVersion(of: type)
        let tested = try registry.versionInTest(of: type)
        let metrics = try registry.testMetrics(of: type)
        let performance =
            keeps
            ? try registry.keepPerformance(of: type, days: days)
            : try registry.performance(of: type, days: days)
        if session.printsJSON {
            return try console.printJSON(
                .object([
                    JSONMember("model_type", .string(type.name)),
                    JSONMember("active_version", active.map { .string($0.version) } ?? .null),
                    JSONMember("tested_version", tested.map { .string($0.version) } ?? .null),
                    JSONMember("ab_traffic", tested?.testFraction.map { .number($0) } ?? .null),
                    JSONMember("next_ab_traffic", nextStage(tested).map { .number($0) } ?? .null),
                    JSONMember("metrics", metrics.json),
                    JSONMember("performance", .array(performance.map(\.json))),
                ]))
        }
        console.print("\(type): \(active?.version ?? "no version") serves, \(test(tested))")
        console.print("")
        metrics.show(on: console)
        console.print("")
        let length = NumberText.fixed(days, days == days.rounded() ? 0 : 2)
        console.print("Last \(length) days, by version:")
        show(performance, on: console)
    }

    private func nextStage(_ tested: VersionRecord?) -> Double? {
        tested?.testFraction.flatMap { RolloutLadder.standard.rung(after: $0) }
    }

    private func test(_ tested: VersionRecord?) -> String {
        guard let tested, let fraction = tested.testFraction else { return "no test is running" }
        let next = nextStage(tested).map { "next stage \(NumberText.percent($0))" }
        return "\(tested.version) is tested on \(NumberText.percent(fraction)) of the users since "
            + "\(tested.testStart?.description ?? "some time"), "
            + (next ?? "all users are reached")
    }

    private func show(_ performance: [VersionPerformance], on console: Console) {
        var table = TextTable(GroupMetrics.titles(first: "version") + ["last outcome"])
        for version in performance {
            table.append(
                [version.version] + version.metrics.cells
                    + [version.lastOutcome?.description ?? ""])
        }
        console.print(table)
    }
}
