public import TandemBasics

/// What the logged outcomes of one group, or of one version, amount to.
///
/// Scores of 0 count like all others. Without rows to divide by, a mean or a rate is 0.
public struct GroupMetrics: Equatable, Sendable {
    /// Number of rows.
    public var count = 0
    /// Number of different users.
    public var users = 0
    /// Number of rows with a call.
    public var calls = 0
    /// Number of rows whose outcome is known.
    public var outcomes = 0
    /// Number of rows with a positive outcome.
    public var positives = 0
    /// Number of rows with an outcome score.
    public var scoredOutcomes = 0
    /// Sum of the calling scores over all rows.
    public var callingScoreSum = 0.0
    /// Sum of the outcome scores over the rows that have one.
    public var outcomeScoreSum = 0.0

    /// The metrics of no rows.
    public init() {}

    /// Mean calling score over all rows.
    public var meanCallingScore: Double { Self.ratio(callingScoreSum, count) }
    /// Share of the rows with a call.
    public var callRate: Double { Self.ratio(Double(calls), count) }
    /// Share of positive outcomes among the known ones.
    public var positiveRate: Double { Self.ratio(Double(positives), outcomes) }
    /// Mean outcome score over the rows that have one.
    public var meanOutcomeScore: Double { Self.ratio(outcomeScoreSum, scoredOutcomes) }

    private static func ratio(_ sum: Double, _ count: Int) -> Double {
        count > 0 ? sum / Double(count) : 0
    }

    /// The metrics as members of a JSON object.
    public var members: [JSONMember] {
        [
            JSONMember("count", .integer(count)),
            JSONMember("users", .integer(users)),
            JSONMember("outcomes", .integer(outcomes)),
            JSONMember("positives", .integer(positives)),
            JSONMember("mean_calling_score", .number(meanCallingScore)),
            JSONMember("call_rate", .number(callRate)),
            JSONMember("positive_rate", .number(positiveRate)),
            JSONMember("mean_outcome_score", .number(meanOutcomeScore)),
        ]
    }

    /// The columns of a query over `ab_outcomes` that ``init(_:)`` reads.
    static let columns = """
        count(*) AS count, count(DISTINCT subject_id) AS users, total(is_called) AS calls, count(outcome_type) AS outcomes,
        total(outcome_type = 'positive') AS positives, count(outcome_score) AS scored,
        total(calling_score) AS calling_score_sum, total(outcome_score) AS outcome_score_sum
        """

    /// Reads a row of a query with ``columns``.
    init(_ row: DatabaseRow) throws(RegistryError) {
        count = try row.value("count")
        users = try row.value("users")
        calls = Int(try row.value("calls", as: Double.self))
        outcomes = try row.value("outcomes")
        positives = Int(try row.value("positives", as: Double.self))
        scoredOutcomes = try row.value("scored")
        callingScoreSum = try row.value("calling_score_sum")
        outcomeScoreSum = try row.value("outcome_score_sum")
    }
}

/// Which logged outcomes count.
public struct OutcomePeriod: Equatable, Sendable {
    /// From this moment on; nil from the first one.
    public var since: Moment?
    /// Before this moment; nil for no end.
    public var until: Moment?

    /// A period; without ends, all time.
    public init(since: Moment? = nil, until: Moment? = nil) {
        self.since = since
        self.until = until
    }

    /// The ends as values of a query, those that are missing as the first and last moment there is.
    var bounds: [any DatabaseConvertible] {
        [since ?? Moment(milliseconds: .min), until ?? Moment(milliseconds: .max)]
    }
}

/// The metrics of every group, and the groups compared.
public struct TestMetrics: Equatable, Sendable {
    /// The type of the versions.
    public let type: ModelType
    /// The version whose test it is; nil for the outcomes of all candidates.
    public let version: String?
    /// The outcomes that count.
    public let period: OutcomePeriod
    /// The metrics of all four groups.
    public let groups: [TestGroup: GroupMetrics]
    /// The candidate against the active version.
    public let comparison: GroupComparison
    /// Formula with model against the formula alone.
    public let formulaComparison: GroupComparison

    /// The metrics of one group.
    public subscript(group: TestGroup) -> GroupMetrics { groups[group] ?? GroupMetrics() }

    init(
        _ type: ModelType, version: String?, period: OutcomePeriod,
        groups: [TestGroup: GroupMetrics], settings: VerdictSettings
    ) {
        self.type = type
        self.version = version
        self.period = period
        self.groups = groups
        func metrics(_ group: TestGroup) -> GroupMetrics { groups[group] ?? GroupMetrics() }
        comparison = GroupComparison(
            metrics(.candidate), against: metrics(.control), settings: settings)
        formulaComparison = GroupComparison(
            metrics(.hybrid), against: metrics(.formulaBased), settings: settings)
    }

    /// The metrics as a JSON object.
    public var json: JSONValue {
        [
            "model_type": .string(type.name), "version": JSONValue(version),
            "since": JSONValue(period.since?.description),
            "until": JSONValue(period.until?.description),
            "groups": .object(
                TestGroup.allCases.map {
                    JSONMember($0.rawValue, .object(self[$0].members))
                }),
            "comparison": comparison.json, "formula_comparison": formulaComparison.json,
        ]
    }
}

extension ModelRegistry {
    /// The metrics of a test.
    ///
    /// Of the candidate's outcomes those of the version count; the other groups count whatever version gave the
    /// score. Without `version` it is the one under test at the moment, else all candidates; without `period`
    /// outcomes count from the beginning of the version's latest test to its end, all of them if it has had none.
    /// Throws `RegistryError.unknownVersion`.
    public func testMetrics(
        of type: ModelType, version: String? = nil, period: OutcomePeriod? = nil,
        settings: VerdictSettings = VerdictSettings()
    ) throws -> TestMetrics {
        try database.snapshot {
            let tested =
                if let version { try self.version(version, of: type) } else {
                    try versionInTest(of: type)
                }
            let period = try period ?? tested.map { try testPeriod(of: $0) } ?? OutcomePeriod()
            return TestMetrics(
                type, version: tested?.version, period: period,
                groups: try groups(of: type, candidate: tested?.version, period),
                settings: settings)
        }
    }

    /// From the beginning of a version's latest test to its end, as the history tells.
    func testPeriod(of record: VersionRecord) throws -> OutcomePeriod {
        var period = OutcomePeriod()
        for line in try history(of: record.type) where line.toVersion == record.version {
            switch line.action {
            case .testStart: period = OutcomePeriod(since: line.at)
            case .testStop, .switch, .deprecate, .archive:
                if period.since != nil, period.until == nil { period.until = line.at }
            default: break
            }
        }
        return period
    }

    private func groups(
        of type: ModelType, candidate: String?, _ period: OutcomePeriod
    ) throws -> [TestGroup: GroupMetrics] {
        var groups: [TestGroup: GroupMetrics] = [:]
        try database.forEachRow(
            "SELECT test_group, \(GroupMetrics.columns) FROM ab_outcomes "
                + "WHERE model_type = ?1 AND at >= ?2 AND at < ?3 "
                + "AND (test_group <> 'candidate' OR ?4 IS NULL OR version = ?4) "
                + "GROUP BY test_group",
            [type] + period.bounds + [candidate]
        ) { row in
            groups[try row.value("test_group")] = try GroupMetrics(row)
        }
        return groups
    }
}

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
    /// The scores of the formula alone count for no version. The window of so many days ends now; versions without
    /// outcomes are there too. Throws `RegistryError.database`.
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
                try update(
                    performance.version, of: type, at: performance.trackedAt,
                    ["performance_metrics": performance.json])
            }
            return all
        }
    }
}
