import TandemBasics
import TandemDatasets

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
        let values: [any DatabaseConvertible] = [
            record.subject, record.opportunity, record.userDimensions, record.spotDimensions,
            record.context, record.timing, record.formulaScore, record.formulaIsCalled,
            record.formulaBreakdown, record.outcomeType, record.outcomeScore, record.outcomeAt,
            record.at ?? now, now, now, record.metadata,
        ]
        try database.execute(
            """
            INSERT INTO training_records(subject_id, opportunity_id, user_vibe_dimensions,
              spot_vibe_dimensions, context_features, timing_features, formula_calling_score,
              formula_is_called, formula_breakdown, outcome_type, outcome_score, outcome_at, at,
              created_at, updated_at, metadata)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, values)
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
    /// - Parameter path: the file; one that is there is replaced.
    /// - Returns: their number.
    /// - Throws: `FileError`, `RegistryError.database`.
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
