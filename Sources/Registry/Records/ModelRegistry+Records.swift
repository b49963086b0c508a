public import TandemBasics

/// How well the formula alone foretells outcomes, from the training records whose outcome is known.
///
/// The formula is right about a record when it calls and the outcome is positive, or does neither. Without records to
/// divide by, a figure is 0.
public struct FormulaQuality: Equatable, Sendable {
    /// All records, with and without outcome.
    public var records = 0
    /// Called, outcome positive.
    public var truePositives = 0
    /// Called, outcome not positive.
    public var falsePositives = 0
    /// Not called, outcome positive.
    public var falseNegatives = 0
    /// Not called, outcome not positive.
    public var trueNegatives = 0
    /// Records with an outcome score.
    public var scored = 0
    /// Sum of |formula score - outcome score| over those.
    public var errorSum = 0.0

    /// The quality shown by no records.
    public init() {}

    /// What a model should reach beyond the formula: on accuracy, precision, recall and F1.
    public static let targetRise = 0.15
    /// What a model should reach beyond the formula on outcome accuracy.
    public static let targetOutcomeRise = 0.20
    /// A comparison asks for this many records.
    public static let targetRecords = 10_000
    /// A comparison asks for an outcome of at least this share of them.
    public static let targetOutcomeShare = 0.5

    /// Records with an outcome.
    public var outcomes: Int { truePositives + falsePositives + falseNegatives + trueNegatives }
    /// Share of the records about which the formula is right.
    public var accuracy: Double { Self.ratio(truePositives + trueNegatives, outcomes) }
    /// Share of positive outcomes among the called.
    public var precision: Double { Self.ratio(truePositives, truePositives + falsePositives) }
    /// Share of called among those with a positive outcome.
    public var recall: Double { Self.ratio(truePositives, truePositives + falseNegatives) }
    /// Harmonic mean of precision and recall.
    public var f1: Double {
        Self.ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives)
    }
    /// Mean |formula score - outcome score|.
    public var meanError: Double { scored > 0 ? errorSum / Double(scored) : 0 }
    /// One less the mean error.
    public var outcomeAccuracy: Double { scored > 0 ? 1 - meanError : 0 }
    /// Whether there are enough records, and outcomes among them, for a comparison.
    public var isEnough: Bool {
        records >= Self.targetRecords
            && Double(outcomes) >= Self.targetOutcomeShare * Double(records)
    }

    private static func ratio(_ part: Int, _ whole: Int) -> Double {
        whole > 0 ? Double(part) / Double(whole) : 0
    }

    /// The figures with their names, each with what a model should reach, at most 1; nil where there is no target.
    public var figures: [(name: String, value: Double, target: Double?)] {
        [
            ("accuracy", accuracy, accuracy + Self.targetRise),
            ("precision", precision, precision + Self.targetRise),
            ("recall", recall, recall + Self.targetRise),
            ("f1", f1, f1 + Self.targetRise),
            ("mean_error", meanError, nil),
            ("outcome_accuracy", outcomeAccuracy, outcomeAccuracy + Self.targetOutcomeRise),
        ].map { ($0, $1, $2.map { min($0, 1) }) }
    }

    /// The quality as a JSON object.
    public var json: JSONValue {
        [
            "records": .integer(records), "outcomes": .integer(outcomes),
            "is_enough": .bool(isEnough), "true_positives": .integer(truePositives),
            "false_positives": .integer(falsePositives),
            "false_negatives": .integer(falseNegatives), "true_negatives": .integer(trueNegatives),
            "formula": .object(figures.map { JSONMember($0.name, .number($0.value)) }),
            "targets": .object(
                figures.compactMap { figure in
                    figure.target.map { JSONMember(figure.name, .number($0)) }
                }),
        ]
    }
}

extension ModelRegistry {
    /// Keeps records for training, all or none.
    ///
    /// - Returns: their number.
    /// - Throws: `RolloutError.invalidScore` for scores outside 0...1, `RegistryError.database` for what cannot be kept.
    @discardableResult
    public func addRecords(_ records: [TrainingRecord]) throws -> Int {
        try database.transaction {
            let now = database.clock.now()
            for record in records { try insert(record, at: now) }
            return records.count
        }
    }

    private func insert(_ record: TrainingRecord, at now: Moment) throws {
        let scores = [
            ("the formula's score", record.formulaScore),
            ("the outcome score", record.outcomeScore ?? 0),
        ]
        for (name, score) in scores where !(0...1).contains(score) {
            throw RolloutError.invalidScore(name: name, score)
        }
        try database.insert(
            into: "training_records",
            [
                "subject_id": record.subject, "opportunity_id": record.opportunity,
                "user_vibe_dimensions": record.userDimensions,
                "spot_vibe_dimensions": record.spotDimensions,
                "context_features": record.context, "timing_features": record.timing,
                "formula_calling_score": record.formulaScore,
                "formula_is_called": record.formulaIsCalled,
                "formula_breakdown": record.formulaBreakdown, "outcome_type": record.outcomeType,
                "outcome_score": record.outcomeScore, "outcome_at": record.outcomeAt,
                "at": record.at ?? now, "created_at": now, "updated_at": now,
                "metadata": record.metadata,
            ])
    }

    /// How well the formula alone has foretold the outcomes of the training records.
    public func formulaQuality() throws -> FormulaQuality {
        var quality = FormulaQuality()
        try database.forEachRow(
            """
            SELECT count(*) AS records,
              count(*) FILTER (WHERE formula_is_called AND outcome_type = 'positive') AS tp,
              count(*) FILTER (WHERE formula_is_called AND outcome_type <> 'positive') AS fp,
              count(*) FILTER (WHERE NOT formula_is_called AND outcome_type = 'positive') AS fn,
              count(*) FILTER (WHERE NOT formula_is_called AND outcome_type <> 'positive') AS tn,
              count(outcome_score) AS scored,
              total(abs(formula_calling_score - outcome_score)) AS error_sum
            FROM training_records
            """
        ) { row in
            quality.records = try row.value("records")
            quality.truePositives = try row.value("tp")
            quality.falsePositives = try row.value("fp")
            quality.falseNegatives = try row.value("fn")
            quality.trueNegatives = try row.value("tn")
            quality.scored = try row.value("scored")
            quality.errorSum = try row.value("error_sum")
        }
        return quality
    }

    /// Writes all records with an outcome score as a training file, in the order in which they were kept.
    ///
    /// Returns their number; a file that is there is replaced. Throws `FileError`, `RegistryError.database`.
    @discardableResult
    public func writeTrainingFile(to path: String) throws -> Int {
        var bytes = Array("{\"training_data\": [".utf8)
        var count = 0
        try database.forEachRow(
            "SELECT * FROM training_records WHERE outcome_score IS NOT NULL ORDER BY id"
        ) { row in
            bytes += Array((count == 0 ? "\n" : ",\n").utf8)
            bytes += Array(try TrainingRecord(row).json.text().utf8)
            count += 1
        }
        bytes += Array("\n]}\n".utf8)
        try AtomicFile.write(bytes, to: path)
        return count
    }
}
