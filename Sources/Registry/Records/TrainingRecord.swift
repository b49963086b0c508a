public import TandemBasics

/// One call as it is kept for training: what was known, what the formula said and how it turned out.
public struct TrainingRecord: Equatable, Sendable {
    /// The anonymised identifier of the user; empty if it is not known.
    public var subject: String
    /// What the user was, or was not, called to; empty if it is not known.
    public var opportunity: String
    /// Objects of named numbers; a null is a number that is not known.
    public var userDimensions, spotDimensions, context, timing: JSONValue
    /// The formula's score, from 0 to 1.
    public var formulaScore: Double
    /// Whether the formula called.
    public var formulaIsCalled: Bool
    /// The parts of the formula's score: a JSON object.
    public var formulaBreakdown: JSONValue?
    /// How the call turned out, if that is known.
    public var outcomeType: OutcomeType?
    /// How well it turned out, from 0 to 1, if that is known: what a model is trained to foretell.
    public var outcomeScore: Double?
    /// When the outcome became known.
    public var outcomeAt: Moment?
    /// When the formula was asked; nil for the moment at which the record is kept.
    public var at: Moment?
    /// Whatever else belongs to the record: a JSON object.
    public var metadata: JSONValue?

    /// Reads a record of a training file; members that have no column are kept in `metadata`.
    init(_ value: JSONValue) throws(FieldProblem) {
        var fields = try RecordFields(value)
        let empty = JSONValue.object([])
        subject = try fields.text("user_id") ?? ""
        opportunity = try fields.text("opportunity_id") ?? ""
        userDimensions = try fields.object("user_vibe_dimensions", isNumeric: true) ?? empty
        spotDimensions = try fields.object("spot_vibe_dimensions", isNumeric: true) ?? empty
        context = try fields.object("context_features", isNumeric: true) ?? empty
        timing = try fields.object("timing_features", isNumeric: true) ?? empty
        formulaScore = try fields.required(
            "formula_calling_score", try fields.share("formula_calling_score"))
        formulaIsCalled =
            try fields.flag("is_called") ?? HybridScore.isCalled(formulaScore)
        formulaBreakdown = try fields.object("formula_breakdown")
        outcomeType = try fields.choice("outcome_type")
        outcomeScore = try fields.share("outcome_score")
        outcomeAt = try fields.moment("outcome_timestamp")
        at = try fields.moment("timestamp")
        metadata = fields.rest.isEmpty ? nil : .object(fields.rest)
    }

    /// Reads a row of the table `training_records`.
    init(_ row: DatabaseRow) throws(RegistryError) {
        subject = try row.value("subject_id")
        opportunity = try row.value("opportunity_id")
        userDimensions = try row.value("user_vibe_dimensions")
        spotDimensions = try row.value("spot_vibe_dimensions")
        context = try row.value("context_features")
        timing = try row.value("timing_features")
        formulaScore = try row.value("formula_calling_score")
        formulaIsCalled = try row.value("formula_is_called")
        formulaBreakdown = try row.value("formula_breakdown")
        outcomeType = try row.value("outcome_type")
        outcomeScore = try row.value("outcome_score")
        outcomeAt = try row.value("outcome_at")
        at = try row.value("at")
        metadata = try row.value("metadata")
    }

    /// The record as it stands in a training file; what is not known is left out.
    public var json: JSONValue {
        let texts = [("user_id", subject), ("opportunity_id", opportunity)].filter { $1 != "" }
        var members = texts.map { JSONMember($0, .string($1)) }
        members += [
            JSONMember("user_vibe_dimensions", userDimensions),
            JSONMember("spot_vibe_dimensions", spotDimensions),
            JSONMember("context_features", context),
            JSONMember("timing_features", timing),
            JSONMember("formula_calling_score", .number(formulaScore)),
            JSONMember("is_called", .bool(formulaIsCalled)),
        ]
        let optional: [(String, JSONValue?)] = [
            ("formula_breakdown", formulaBreakdown),
            ("outcome_type", outcomeType.map { .string($0.rawValue) }),
            ("outcome_score", outcomeScore.map { .number($0) }),
            ("outcome_timestamp", outcomeAt.map { .string($0.description) }),
            ("timestamp", at.map { .string($0.description) }),
        ]
        members += optional.compactMap { name, value in value.map { JSONMember(name, $0) } }
        if case .object(let others) = metadata { members += others }
        return .object(members)
    }
}

/// The records of a training file: a JSON object with the member `training_data`, an array of records.
public struct TrainingRecordFile: Sendable {
    /// The path of the file.
    public let path: String
    /// The records in order.
    public let records: [TrainingRecord]

    /// Reads the whole file.
    ///
    /// - Throws: `FileError`; `RolloutError.record` for the first wrong record, counted from 0 like the elements of
    ///   `training_data`; `RolloutError.file` if the file is not JSON or holds no records.
    public init(_ path: String) throws {
        self.path = path
        let document: JSONValue
        do {
            document = try JSONValue.parse(try WholeFile.read(path))
        } catch let problem as JSONProblem {
            throw RolloutError.file(path: path, problem.description)
        }
        guard case .array(let values) = document["training_data"], !values.isEmpty else {
            throw RolloutError.file(
                path: path, "no records: the file needs the member 'training_data', an array")
        }
        var records: [TrainingRecord] = []
        records.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            do throws(FieldProblem) {
                records.append(try TrainingRecord(value))
            } catch {
                throw RolloutError.record(path: path, record: index, error.description)
            }
        }
        self.records = records
    }
}
