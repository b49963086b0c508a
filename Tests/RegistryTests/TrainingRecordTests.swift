import TandemBasics
import TandemDatasets
import TandemRegistry
import Testing

/// Records for training: import, export, outcomes, and the quality of the formula.
@Suite("Training records")
struct TrainingRecordTests {
    private func add(_ test: TestRegistry, _ records: String...) throws {
        let text = "{\"training_data\": [\(records.joined(separator: ","))]}"
        let path = try test.folder.put(text.utf8, "data.json")
        try test.registry.addRecords(try TrainingRecordFile(path).records)
    }

    /// A record with as little as possible in it.
    private func record(
        _ formula: Double, called: Bool, _ type: String? = nil, _ score: Double? = nil
    ) -> String {
        "{\"formula_calling_score\": \(formula), \"is_called\": \(called), \"outcome_type\": "
            + (type.map { "\"\($0)\"" } ?? "null") + ", \"outcome_score\": "
            + (score.map { "\($0)" } ?? "null") + "}"
    }

    private let full = """
        {"user_id": "user_7", "opportunity_id": "spot_9",
         "user_vibe_dimensions": {"overall_energy": 0.25, "novelty_seeking": null},
         "spot_vibe_dimensions": {"overall_energy": 1}, "context_features": {"x": 0.125},
         "timing_features": {}, "formula_calling_score": 0.75, "is_called": false,
         "formula_breakdown": {"vibe": 0.5}, "outcome_type": "neutral", "outcome_score": 0.5,
         "outcome_timestamp": "2026-02-03T00:00:00Z", "timestamp": "2026-02-01T10:00:00+01:00",
         "history_features": {"activity_level": 0.5}, "note": "kept"}
        """

    @Test("Everything in a record is kept and comes out again")
    func roundTrip() throws {
        let test = try TestRegistry()
        try add(test, full)
        let path = test.folder.file("out.json")
        #expect(try test.registry.writeTrainingFile(to: path) == 1)
        let written = try JSONValue.parse(try WholeFile.read(path))
        guard case .array(let values)? = written["training_data"], values.count == 1,
            case .object(let found) = values[0],
            case .object(let expected) = try JSONValue.parse(Array(full.utf8))
        else {
            Issue.record("not a training file")
            return
        }
        func texts(_ members: [JSONMember]) throws -> [String] {
            try members.filter { !$0.name.hasSuffix("timestamp") }.map { member in
                // 1 and 1.0 are one number.
                "\(member.name) \(try member.value.text())".replacing("1.0", with: "1")
            }.sorted()
        }
        #expect(try texts(found) == texts(expected))
        #expect(values[0]["timestamp"] == .string("2026-02-01T09:00:00.000Z"))
        let again = try TrainingRecordFile(path).records
        #expect(again.count == 1)
        #expect(again[0].outcomeAt == Moment("2026-02-03"))
    }

    @Test("What is missing has a default; the call follows from the score")
    func defaults() throws {
        let test = try TestRegistry()
        try add(test, #"{"formula_calling_score": 0.7}"#, #"{"formula_calling_score": 0.69}"#)
        #expect(
            try test.rows(
                "SELECT subject_id, user_vibe_dimensions, timing_features, formula_is_called, "
                    + "outcome_type, outcome_score, metadata FROM training_records")
                == [" {} {} 1 - - -", " {} {} 0 - - -"])
    }

    @Test(
        "A wrong record is named by its index, and nothing is kept",
        arguments: [
            ("7", "not a JSON object"), ("{}", "'formula_calling_score' is missing"),
            (#"{"formula_calling_score": 1.5}"#, "1.5"),
            (#"{"formula_calling_score": 0.5, "outcome_score": -1}"#, "'outcome_score'"),
            (#"{"formula_calling_score": 0.5, "outcome_type": "good"}"#, "positive, negative"),
            (#"{"formula_calling_score": 0.5, "context_features": [1]}"#, "an object"),
            (
                #"{"formula_calling_score": 0.5, "timing_features": {"a": "b"}}"#,
                "'timing_features.a'"
            ),
            (#"{"formula_calling_score": 0.5, "timestamp": 17}"#, "a time"),
        ])
    func wrong(_ wrong: String, mentioned: String) throws {
        let test = try TestRegistry()
        let good = record(0.5, called: false)
        let error = rolloutError { try add(test, good, good, wrong, good) }
        guard case .record(_, 2, let problem) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problem.contains(mentioned), "\(problem)")
        #expect(try test.registry.formulaQuality().records == 0)
    }

    @Test(
        "A file that is no training file is refused",
        arguments: ["", "[]", "{}", #"{"training_data": []}"#, #"{"training_data": 1}"#, "{\"t"])
    func noTrainingFile(text: String) throws {
        let test = try TestRegistry()
        let path = try test.folder.put(text.utf8, "data.json")
        guard case .file = rolloutError({ _ = try TrainingRecordFile(path) }) else {
            Issue.record("'\(text)' was taken")
            return
        }
        #expect(throws: FileError.self) {
            try TrainingRecordFile(test.folder.file("missing.json"))
        }
    }

    @Test("The quality of the formula, by hand")
    func quality() throws {
        let test = try TestRegistry()
        #expect(try test.registry.formulaQuality() == FormulaQuality())
        #expect(FormulaQuality().accuracy == 0 && FormulaQuality().f1 == 0)
        try add(
            test,
            record(0.8, called: true, "positive", 0.9), record(0.7, called: true, "positive", 0.7),
            record(0.75, called: true, "neutral", 0.5),
            record(0.5, called: false, "positive", 0.8), record(0.5, called: false, "positive", 1),
            record(0.6, called: false, "negative", 0), record(0.25, called: false, "neutral"),
            record(0.9, called: true))
        let found = try test.registry.formulaQuality()
        #expect(found.records == 8 && found.outcomes == 7 && found.scored == 6)
        #expect(
            [
                found.truePositives, found.falsePositives, found.falseNegatives,
                found.trueNegatives,
            ] == [2, 1, 2, 2])
        #expect(found.accuracy == 4.0 / 7)
        #expect(found.precision == 2.0 / 3)
        #expect(found.recall == 0.5)
        #expect(found.f1 == 4.0 / 7)  // 2 * 2 / (2 * 2 + 1 + 2)
        // (0.1 + 0 + 0.25 + 0.3 + 0.5 + 0.6) / 6
        #expect(abs(found.meanError - 1.75 / 6) < 1e-12)
        #expect(abs(found.outcomeAccuracy - (1 - 1.75 / 6)) < 1e-12)
        #expect(!found.isEnough)
        let targets = found.figures.map { $0.target }
        #expect(abs((targets[0] ?? 0) - (4.0 / 7 + 0.15)) < 1e-12)
        #expect(targets[4] == nil)
        #expect(abs((targets[5] ?? 0) - (1 - 1.75 / 6 + 0.20)) < 1e-12)
    }

    @Test("Ten thousand records, half of them with outcome, are enough")
    func enough() {
        var quality = FormulaQuality()
        quality.records = 10_000
        quality.trueNegatives = 5000
        #expect(quality.isEnough)
        quality.trueNegatives = 4999
        #expect(!quality.isEnough)
        quality.records = 9999
        quality.trueNegatives = 9999
        #expect(!quality.isEnough)
    }

    @Test("An outcome that comes later goes to the newest record, with its time")
    func laterOutcome() throws {
        let test = try TestRegistry()
        let call = #"{"user_id": "a", "opportunity_id": "x", "formula_calling_score": 0.5, "#
        try add(
            test, call + #""timestamp": "2026-02-02"}"#, call + #""timestamp": "2026-02-01"}"#)
        let outcome = try CallOutcome(.positive, score: 0.75)
        try test.registry.setRecordOutcome(outcome, subject: "a", opportunity: "x")
        #expect(
            try test.rows(
                "SELECT id, outcome_type, outcome_score, outcome_at > created_at FROM "
                    + "training_records WHERE outcome_at IS NOT NULL") == ["1 positive 0.75 1"])
        #expect(
            rolloutError {
                try test.registry.setRecordOutcome(outcome, subject: "a", opportunity: "y")
            } == .noRowForOutcome(type: nil, subject: "a", opportunity: "y"))
    }
}
