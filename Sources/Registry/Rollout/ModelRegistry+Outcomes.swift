public import TandemBasics

/// A score that has been logged.
public struct LoggedOutcome: Equatable, Sendable {
    /// The identifier of the row.
    public let identifier: Int
    /// The group that it counts for.
    public let group: TestGroup
    /// The version that it counts for; nil for the formula.
    public let version: String?

    /// What was logged as a JSON object.
    public var json: JSONValue {
        [
            "id": .integer(identifier), "version": JSONValue(version),
            "test_group": .string(group.rawValue),
        ]
    }
}

/// The table that an outcome is filled into.
private enum OutcomeTable {
    case logged(ModelType)
    case records

    var typeName: String? {
        if case .logged(let type) = self { type.name } else { nil }
    }
}

extension ModelRegistry {
    /// Logs one score.
    ///
    /// - Returns: what was logged.
    /// - Throws: `RolloutError` for a score outside 0...1 or a group that no version serves; `RegistryError` for an
    ///   unknown version.
    @discardableResult
    public func log(_ entry: OutcomeEntry, of type: ModelType) throws -> LoggedOutcome {
        try database.transaction {
            try insert(entry, try ServingState(self, type), createdAt: database.clock.now())
        }
    }

    /// Logs every entry of a bulk file, or none.
    ///
    /// - Returns: the number of rows.
    /// - Throws: `RolloutError.line` for the first entry that is refused.
    @discardableResult
    public func log(_ file: OutcomeFile, of type: ModelType) throws -> Int {
        try database.transaction {
            let state = try ServingState(self, type)
            let now = database.clock.now()
            for (line, entry) in file.entries {
                do {
                    try insert(entry, state, createdAt: now)
                } catch let error as RegistryError {
                    if case .unknownVersion = error {
                        throw RolloutError.line(path: file.path, line: line, error.description)
                    }
                    throw error
                } catch let error as RolloutError {
                    throw RolloutError.line(path: file.path, line: line, error.description)
                }
            }
            return file.entries.count
        }
    }

    /// Fills in how the newest logged score of a user and an opportunity turned out.
    ///
    /// The outcome that is there already may be given again without effect. Returns the identifier of the row.
    /// Throws `RolloutError` when nothing is logged for the two, or another outcome is known and not replaced.
    @discardableResult
    public func setOutcome(
        _ outcome: CallOutcome, subject: String, opportunity: String, of type: ModelType,
        replaces: Bool = false
    ) throws -> Int {
        try fill(.logged(type), outcome, subject, opportunity, replaces: replaces)
    }

    /// Fills in the outcome of the newest training record of a user and an opportunity, like
    /// ``setOutcome(_:subject:opportunity:of:replaces:)``.
    @discardableResult
    public func setRecordOutcome(
        _ outcome: CallOutcome, subject: String, opportunity: String, replaces: Bool = false
    ) throws -> Int {
        try fill(.records, outcome, subject, opportunity, replaces: replaces)
    }

    @discardableResult
    private func insert(
        _ entry: OutcomeEntry, _ state: ServingState, createdAt now: Moment
    ) throws -> LoggedOutcome {
        guard (0...1).contains(entry.callingScore) else {
            throw RolloutError.invalidScore(name: "the calling score", entry.callingScore)
        }
        let (group, version) = try source(of: entry, state)
        try database.insert(
            into: "ab_outcomes",
            [
                "model_type": state.type, "version": version, "subject_id": entry.subject,
                "opportunity_id": entry.opportunity, "test_group": group,
                "calling_score": entry.callingScore,
                "is_called": entry.isCalled ?? HybridScore.isCalled(entry.callingScore),
                "outcome_type": entry.outcome?.type, "outcome_score": entry.outcome?.score,
                "at": entry.at ?? now, "created_at": now,
            ])
        return LoggedOutcome(
            identifier: database.lastIdentifier, group: group, version: version)
    }

    /// The group and the version of an entry, from what it says and what serves at the moment.
    private func source(
        of entry: OutcomeEntry, _ state: ServingState
    ) throws -> (group: TestGroup, version: String?) {
        if let version = entry.version {
            _ = try self.version(version, of: state.type)
            return (try entry.group ?? state.group(of: version), version)
        }
        if let group = entry.group { return (group, try state.version(of: group)) }
        let served = try state.served(entry.subject)
        return (served.group, served.record.version)
    }

    private func fill(
        _ table: OutcomeTable, _ outcome: CallOutcome, _ subject: String, _ opportunity: String,
        replaces: Bool
    ) throws -> Int {
        try database.transaction {
            guard let row = try newestRow(table, subject, opportunity) else {
                throw RolloutError.noRowForOutcome(
                    type: table.typeName, subject: subject, opportunity: opportunity)
            }
            let identifier: Int = try row.value("id")
            let type: OutcomeType? = try row.value("outcome_type")
            let score: Double? = try row.value("outcome_score")
            if type == outcome.type, score == outcome.score { return identifier }
            if !replaces, type != nil || score != nil {
                throw RolloutError.outcomeKnown(
                    subject: subject, opportunity: opportunity,
                    present: [type?.rawValue, score.map { "\($0)" }].compactMap { $0 }
                        .joined(separator: " "))
            }
            try store(outcome, in: table, identifier)
            return identifier
        }
    }

    private func newestRow(
        _ table: OutcomeTable, _ subject: String, _ opportunity: String
    ) throws -> DatabaseRow? {
        let newest = "subject_id = ? AND opportunity_id = ? ORDER BY at DESC, id DESC LIMIT 1"
        return switch table {
        case .logged(let type):
            try database.firstRow(
                "SELECT id, outcome_type, outcome_score FROM ab_outcomes WHERE model_type = ? AND "
                    + newest, [type, subject, opportunity])
        case .records:
            try database.firstRow(
                "SELECT id, outcome_type, outcome_score FROM training_records WHERE " + newest,
                [subject, opportunity])
        }
    }

    private func store(
        _ outcome: CallOutcome, in table: OutcomeTable, _ identifier: Int
    ) throws {
        switch table {
        case .logged:
            try database.execute(
                "UPDATE ab_outcomes SET outcome_type = ?, outcome_score = ? WHERE id = ?",
                [outcome.type, outcome.score, identifier])
        case .records:
            let now = database.clock.now()
            try database.execute(
                "UPDATE training_records SET outcome_type = ?, outcome_score = ?, outcome_at = ?, "
                    + "updated_at = ? WHERE id = ?",
                [outcome.type, outcome.score, now, now, identifier])
        }
    }

    /// Logs how satisfied a user is, from 0 to 1; the watch of a switch goes by these scores.
    ///
    /// Returns the identifier of the row. Throws `RolloutError.invalidScore`.
    @discardableResult
    public func logSatisfaction(_ score: Double, at: Moment? = nil) throws -> Int {
        guard (0...1).contains(score) else {
            throw RolloutError.invalidScore(name: "the satisfaction score", score)
        }
        return try database.transaction {
            try database.insert(
                into: "satisfaction", ["score": score, "at": at ?? database.clock.now()])
            return database.lastIdentifier
        }
    }
}
