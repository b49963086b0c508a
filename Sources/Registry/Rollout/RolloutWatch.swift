public import TandemBasics

extension ModelRegistry {
    /// Begins to watch a switch: keeps the mean of the latest satisfaction scores up to and including `now`.
    ///
    /// Without a version to go back to there is nothing to watch.
    func openWatch(
        _ type: ModelType, from: String?, to: String, settings: RolloutWatchSettings, at now: Moment
    ) throws {
        try closeWatch(type)
        guard let from else { return }
        let row = try database.firstRow(
            "SELECT avg(score) AS mean, count(*) AS count FROM "
                + "(SELECT score FROM satisfaction WHERE at <= ? ORDER BY at DESC, id DESC LIMIT ?)",
            [now, settings.baselineScores])
        try database.insert(
            into: "rollout_watch",
            [
                "model_type": type, "from_version": from, "to_version": to, "started_at": now,
                "baseline_avg": try row?.value("mean", as: Double?.self),
                "baseline_n": try row?.value("count", as: Int.self) ?? 0,
                "min_post_n": settings.minimumLaterScores,
                "rollback_delta": settings.rollbackDelta,
            ])
    }

    /// Ends the watch of a type, if there is one.
    public func closeWatch(_ type: ModelType) throws {
        try database.execute("DELETE FROM rollout_watch WHERE model_type = ?", [type])
    }
}

/// What the watch of a switch found, and did.
public enum WatchEvaluation: Equatable, Sendable {
    /// No switch is watched.
    case noWatch
    /// The watched version serves no longer; the watch was closed.
    case dropped(watched: String, active: String?)
    /// Too few scores were logged before the switch to compare with.
    case tooFewBefore(RolloutWatch)
    /// Too few scores have been logged since the switch.
    case tooFewSince(RolloutWatch)
    /// Users are not less satisfied, or not by enough.
    case steady(RolloutWatch)
    /// Users were less satisfied: an older version serves again, and the watch was closed.
    case rolledBack(RolloutWatch, RollbackResult)
}

/// A watched switch and the satisfaction before and since.
public struct RolloutWatch: Equatable, Sendable {
    /// The version that served before.
    public let fromVersion: String
    /// The version that is watched.
    public let toVersion: String
    /// When it began to serve.
    public let startedAt: Moment
    /// The mean of the scores before; nil if there were none.
    public let baselineMean: Double?
    /// How many scores that is the mean of.
    public let baselineCount: Int
    /// The mean of the scores since; nil if there are none.
    public let laterMean: Double?
    /// How many scores that is the mean of.
    public let laterCount: Int
    /// Fewer scores since the switch tell nothing.
    public let minimumLaterScores: Int
    /// The fall that leads to a rollback.
    public let rollbackDelta: Double

    /// How far the mean has fallen; nil unless both means are there.
    public var fall: Double? {
        guard let baselineMean, let laterMean else { return nil }
        return baselineMean - laterMean
    }

    /// Whether the mean has fallen by the delta at least.
    ///
    /// Scores are decimals, their means binary fractions: a fall that misses the delta by less than 1e-9 has reached it.
    var hasFallen: Bool { fall.map { $0 >= rollbackDelta - 1e-9 } ?? false }

    /// The means and counts as members of a JSON object.
    public var members: [JSONMember] {
        [
            JSONMember("baseline_mean", JSONValue(baselineMean)),
            JSONMember("baseline_count", .integer(baselineCount)),
            JSONMember("later_mean", JSONValue(laterMean)),
            JSONMember("later_count", .integer(laterCount)),
            JSONMember("rollback_delta", .number(rollbackDelta)),
        ]
    }
}

extension ModelRegistry {
    /// The watched switch of a type; nil if none is watched.
    public func watch(of type: ModelType) throws -> RolloutWatch? {
        try database.firstRow(
            """
            SELECT *, (SELECT avg(score) FROM satisfaction WHERE at > started_at) AS later_mean,
              (SELECT count(*) FROM satisfaction WHERE at > started_at) AS later_count
            FROM rollout_watch WHERE model_type = ?
            """, [type]
        ).map { row in
            RolloutWatch(
                fromVersion: try row.value("from_version"), toVersion: try row.value("to_version"),
                startedAt: try row.value("started_at"),
                baselineMean: try row.value("baseline_avg"),
                baselineCount: try row.value("baseline_n"),
                laterMean: try row.value("later_mean"), laterCount: try row.value("later_count"),
                minimumLaterScores: try row.value("min_post_n"),
                rollbackDelta: try row.value("rollback_delta"))
        }
    }

    /// Looks whether users have become less satisfied since the last switch, and rolls back if so.
    ///
    /// The mean of the scores logged since the switch is compared with the mean before it. The rollback is the
    /// usual one, with the action `auto_rollback` and both means in the history. Of the settings the least number
    /// of scores before the switch counts here; the rest was fixed by the switch. Throws as
    /// ``rollBack(_:action:reason:detail:)``.
    @discardableResult
    public func evaluateWatch(
        of type: ModelType, settings: RolloutWatchSettings = RolloutWatchSettings()
    ) throws -> WatchEvaluation {
        try database.transaction {
            guard let watch = try watch(of: type) else { return .noWatch }
            let active = try activeVersion(of: type)?.version
            if active != watch.toVersion {
                try closeWatch(type)
                return .dropped(watched: watch.toVersion, active: active)
            }
            if watch.baselineCount < settings.minimumBaselineScores { return .tooFewBefore(watch) }
            if watch.laterCount < watch.minimumLaterScores { return .tooFewSince(watch) }
            guard watch.hasFallen else { return .steady(watch) }
            let result = try rollBack(
                type, action: .automaticRollback, reason: "satisfaction has fallen",
                detail: watch.members)
            return .rolledBack(watch, result)
        }
    }
}
