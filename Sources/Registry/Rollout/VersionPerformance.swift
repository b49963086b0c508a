public import TandemBasics
import TandemDatasets

/// How one version has done lately.
public struct VersionPerformance: Equatable, Sendable {
    /// The version.
    public let version: String
    /// What its logged outcomes amount to.
    public let metrics: GroupMetrics
    /// The length of the window in days.
    public let days: Double
    /// When its latest outcome in the window happened; nil without one.
    public let lastOutcome: Moment?
    /// When the figures were computed.
    public let trackedAt: Moment

    /// The performance as a JSON object.
    public var json: JSONValue {
        .object(
            [
                JSONMember("version", .string(version)),
                JSONMember("window_days", .number(days)),
            ] + metrics.members + [
                JSONMember("last_outcome", JSONValue(lastOutcome?.description)),
                JSONMember("last_tracked", .string(trackedAt.description)),
            ])
    }
}

extension ModelRegistry {
    /// The usual window in days.
    public static let performanceDays = 7.0

    /// How every version of a type has done in the last days, in the order of registration.
    ///
    /// The scores of the formula alone count for no version.
    ///
    /// - Parameters:
    ///   - type: the type of the versions.
    ///   - days: the length of the window, which ends now.
    /// - Returns: one result per version, also for those without outcomes.
    /// - Throws: `RegistryError.database`.
    public func performance(
        of type: ModelType, days: Double = performanceDays
    ) throws -> [VersionPerformance] {
        try database.snapshot {
            let now = database.clock.now()
            var found: [String: (GroupMetrics, Moment)] = [:]
            try database.forEachRow(
                "SELECT version, max(at) AS last, \(GroupMetrics.columns) FROM ab_outcomes "
                    + "WHERE model_type = ? AND version IS NOT NULL AND at >= ? AND at <= ? "
                    + "AND test_group <> 'formulaBased' GROUP BY version",
                [type, now.advanced(bySeconds: -days * 86_400), now]
            ) { row in
                found[try row.value("version")] = (
                    try GroupMetrics(row), try row.value("last")
                )
            }
            return try versions(of: type).map { record in
                VersionPerformance(
                    version: record.version,
                    metrics: found[record.version]?.0 ?? GroupMetrics(), days: days,
                    lastOutcome: found[record.version]?.1, trackedAt: now)
            }
        }
    }

    /// Computes the performance of every version and keeps it in `performance_metrics` of those with outcomes.
    ///
    /// - Returns: as ``performance(of:days:)``.
    public func keepPerformance(
        of type: ModelType, days: Double = performanceDays
    ) throws -> [VersionPerformance] {
        try database.transaction {
            let all = try performance(of: type, days: days)
            for performance in all where performance.metrics.count > 0 {
                try database.execute(
                    "UPDATE model_versions SET performance_metrics = ?, updated_at = ? "
                        + "WHERE model_type = ? AND version = ?",
                    [performance.json, performance.trackedAt, type, performance.version])
            }
            return all
        }
    }
}
