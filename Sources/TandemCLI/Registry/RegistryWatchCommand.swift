import TandemBasics
import TandemRegistry

/// `tandem registry watch evaluate`: rolls back when users have become less satisfied.
enum RegistryWatchEvaluateCommand: Command {
    static let declaration = CommandDeclaration.registry(
        "evaluate", "Roll back if users have become less satisfied since the last switch.",
        discussion: """
            Compares the mean satisfaction since the switch, of 12 scores at least, with
            that of the 20 scores before it, of 8 at least; a fall of 0.12 leads to a
            rollback. Run it regularly.
            """)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let type = arguments.modelType
        let evaluation = try arguments.openRegistry().evaluateWatch(of: type)
        try arguments.print(
            "\(type): " + text(evaluation), json: json(evaluation), on: console)
    }

    private static func text(_ evaluation: WatchEvaluation) -> String {
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
            "satisfaction with \(watch.toVersion) holds: \(means(watch))"
        case .rolledBack(let watch, let result):
            "satisfaction has fallen, \(means(watch)): rolled back from \(result.from) to "
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

    private static func json(_ evaluation: WatchEvaluation) -> JSONValue {
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
        case .noWatch: ["result": "no_watch"]
        case .dropped(let watched, let active):
            [
                "result": "dropped", "to_version": .string(watched),
                "active_version": JSONValue(active),
            ]
        case .tooFewBefore(let watch): object("too_few_before", watch)
        case .tooFewSince(let watch): object("too_few_since", watch)
        case .steady(let watch): object("steady", watch)
        case .rolledBack(let watch, let result):
            object("rolled_back", watch, rollback: result.to)
        }
    }
}
