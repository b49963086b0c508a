/// What decides whether users have become less satisfied since a switch.
public struct RolloutWatchSettings: Equatable, Sendable {
    /// How many of the latest scores before the switch make the baseline.
    public var baselineScores = 20
    /// Fewer scores than this before the switch tell nothing.
    public var minimumBaselineScores = 8
    /// Fewer scores than this after the switch tell nothing.
    public var minimumLaterScores = 12
    /// The fall of the mean score that leads to a rollback.
    public var rollbackDelta = 0.12

    /// The usual settings.
    public init() {}
}

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
        try database.execute(
            "INSERT INTO rollout_watch(model_type, from_version, to_version, started_at, "
                + "baseline_avg, baseline_n, min_post_n, rollback_delta) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                type, from, to, now, try row?.value("mean", as: Double?.self),
                try row?.value("count", as: Int.self) ?? 0, settings.minimumLaterScores,
                settings.rollbackDelta,
            ])
    }

    /// Ends the watch of a type, if there is one.
    public func closeWatch(_ type: ModelType) throws {
        try database.execute("DELETE FROM rollout_watch WHERE model_type = ?", [type])
    }
}
