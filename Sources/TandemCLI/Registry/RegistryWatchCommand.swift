import TandemBasics
import TandemDatasets
import TandemRegistry
import TandemTraining

/// `tandem registry watch`: the watch over the users' satisfaction after a switch.
enum RegistryWatchGroup {
    static let group = CommandGroup(
        name: "watch",
        summary: "Watch the users' satisfaction after a switch.",
        options: [RegistryOptions.database],
        children: [.command(RegistryWatchEvaluateCommand.self)])
}

/// `tandem registry satisfaction`: how satisfied users are.
enum RegistrySatisfactionGroup {
    static let group = CommandGroup(
        name: "satisfaction",
        summary: "Log how satisfied users are.",
        options: [RegistryOptions.database],
        children: [.command(RegistrySatisfactionCommand.self)])
}

/// `tandem registry watch evaluate`: rolls back when users have become less satisfied.
struct RegistryWatchEvaluateCommand: Command {
    static let declaration = CommandDeclaration(
        name: "evaluate",
        summary: "Roll back if users have become less satisfied since the last switch.",
        discussion: """
            Compares the mean satisfaction since the switch, of 12 scores at least, with
            that of the 20 scores before it, of 8 at least; a fall of 0.12 leads to a
            rollback. Run it regularly.
            """,
        parameters: [RegistryOptions.type, RegistryOptions.database, SharedOptions.json])

    let session: RegistrySession
    let type: ModelType

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
    }

    func run(on console: Console) throws {
        let evaluation = try session.open().evaluateWatch(of: type)
        try session.print("\(type): " + text(evaluation), json: json(evaluation), on: console)
    }

    private func text(_ evaluation: WatchEvaluation) -> String {
        switch evaluation {
        case .noWatch: "no switch is watched"
        case .dropped(let watched, let active):
            "\(watched) serves no longer (\(active ?? "nothing") does); its watch was closed"
        case .tooFewBefore(let watch):
            "only \(watch.baselineCount) satisfaction scores before the switch to "
                + "\(watch.toVersion); nothing to compare with"
        case .tooFewSince(let watch):
            "only \(watch.laterCount) satisfaction scores since the switch to "
                + "\(watch.toVersion), \(watch.minimumLaterScores) are needed"
        case .steady(let watch):
            "satisfaction with \(watch.toVersion) holds: \(Self.means(watch))"
        case .rolledBack(let watch, let result):
            "satisfaction has fallen, \(Self.means(watch)): rolled back from \(result.from) to "
                + result.to
        }
    }

    private static func means(_ watch: RolloutWatch) -> String {
        func mean(_ value: Double?, _ count: Int) -> String {
            "\(NumberText.fixed(value ?? 0, 4)) (\(count) scores)"
        }
        return mean(watch.baselineMean, watch.baselineCount) + " -> "
            + mean(watch.laterMean, watch.laterCount)
    }

    private func json(_ evaluation: WatchEvaluation) -> JSONValue {
        func object(_ result: String, _ watch: RolloutWatch, rollback: String? = nil) -> JSONValue {
            .object(
                [
                    JSONMember("result", .string(result)),
                    JSONMember("from_version", .string(watch.fromVersion)),
                    JSONMember("to_version", .string(watch.toVersion)),
                ] + watch.members + [
                    JSONMember("active_version", .string(rollback ?? watch.toVersion))
                ])
        }
        return switch evaluation {
        case .noWatch: .object([JSONMember("result", .string("no_watch"))])
        case .dropped(let watched, let active):
            .object([
                JSONMember("result", .string("dropped")),
                JSONMember("to_version", .string(watched)),
                JSONMember("active_version", active.map { .string($0) } ?? .null),
            ])
        case .tooFewBefore(let watch): object("too_few_before", watch)
        case .tooFewSince(let watch): object("too_few_since", watch)
        case .steady(let watch): object("steady", watch)
        case .rolledBack(let watch, let result):
            object("rolled_back", watch, rollback: result.to)
        }
    }
}

/// `tandem registry satisfaction log`: logs how satisfied a user is.
struct RegistrySatisfactionCommand: Command {
    static let score = Positional<Double>("score", help: "How satisfied, from 0 to 1.")

    static let declaration = CommandDeclaration(
        name: "log",
        summary: "Log how satisfied a user is.",
        parameters: [score, RolloutOptions.at, RegistryOptions.database, SharedOptions.json])

    let session: RegistrySession
    let score: Double
    let at: Moment?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        score = try arguments.required(Self.score)
        at = try arguments.value(of: RolloutOptions.at)
    }

    func run(on console: Console) throws {
        let row = try session.open().logSatisfaction(score, at: at)
        try session.print(
            "satisfaction \(score)",
            json: .object([JSONMember("id", .integer(row)), JSONMember("score", .number(score))]),
            on: console)
    }
}
