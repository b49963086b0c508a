public import TandemBasics
import TandemDatasets

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
        .object([
            JSONMember("model_type", .string(type.name)),
            JSONMember("version", JSONValue(version)),
            JSONMember("since", JSONValue(period.since?.description)),
            JSONMember("until", JSONValue(period.until?.description)),
            JSONMember(
                "groups",
                .object(
                    TestGroup.allCases.map {
                        JSONMember($0.rawValue, .object(self[$0].members))
                    })),
            JSONMember("comparison", comparison.json),
            JSONMember("formula_comparison", formulaComparison.json),
        ])
    }
}

extension ModelRegistry {
    /// The metrics of a test.
    ///
    /// Of the candidate's outcomes those of the version count; the other groups count whatever version gave the score.
    ///
    /// - Parameters:
    ///   - type: the type of the versions.
    ///   - version: the version under test; nil for the one under test at the moment or, without one, all candidates.
    ///   - period: the outcomes that count; nil for those of the version's latest test, from its beginning to its end,
    ///     and for all of them if it has had none.
    ///   - settings: from where on a difference counts.
    /// - Returns: the metrics of all groups, also the empty ones.
    /// - Throws: `RegistryError.unknownVersion`.
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

extension GroupMetrics {
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
