import TandemBasics
import TandemDatasets
import TandemDevices
import Testing

@testable import TandemRecipes

@Suite struct CallingScoreErrorTests {
    private func read(
        _ text: String, _ options: CallingScoreOptions = CallingScoreOptions()
    ) throws(DatasetError) -> CallingScoreTable {
        try CallingScoreRecords.read(Array(text.utf8), name: "r.json", options: options)
    }

    private func expect(
        _ problem: TableProblem, _ text: String,
        _ options: CallingScoreOptions = CallingScoreOptions(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            throws: DatasetError.table(file: "r.json", problem), sourceLocation: sourceLocation
        ) { try read(text, options) }
    }

    /// A document whose third record is `record`.
    private func document(_ record: String) -> String {
        let records = ["{}", "{}", record] + [String](repeating: "{}", count: 97)
        return "{\"training_data\": [\(records.joined(separator: ","))]}"
    }

    private let outcome = CallingScoreOptions(kind: .outcome)
    private let predicting = CallingScoreOptions(requiresLabels: false)

    @Test func anAbsentFileIsNamed() throws {
        let error = #expect(throws: DatasetError.self) {
            try CallingScoreRecords.read("/nowhere/r.json", options: CallingScoreOptions())
        }
        #expect(error?.description.contains("/nowhere/r.json") == true)
    }

    @Test(arguments: ["", "{", "[]", "1", "{\"training_data\": [{]}", "{} {}"])
    func whatIsNotAJSONObjectSaysWhere(text: String) {
        let error = #expect(throws: DatasetError.self) { try read(text) }
        guard case .json(file: "r.json", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func recordsAreNeeded() {
        expect(.noRecords(name: "training_data"), "{}")
        expect(.noRecords(name: "training_data"), #"{"metadata": {}, "training_data": []}"#)
        expect(
            .wrongMember(
                name: "training_data", expected: "an array of records", found: "an object"),
            #"{"training_data": {}}"#)
        expect(
            .wrongMember(name: "training_data[2]", expected: "an object", found: "null"),
            document("null"))
        let records = [String](repeating: "{}", count: 99).joined(separator: ",")
        let few = "{\"training_data\": [\(records)]}"
        expect(.tooFewRecords(count: 99, minimum: 100), few)
        expect(.tooFewRecords(count: 99, minimum: 100), few, outcome)
        #expect(throws: Never.self) { try read(few, predicting) }
    }

    @Test(arguments: ["\"0.5\"", "true", "[1]", "NaN", "-Infinity", "1e999", "00.5", ".5"])
    func featuresAndLabelsAreFiniteNumbers(value: String) {
        let found = value == "[1]" ? "[1" : value
        expect(
            .notANumber(.record(2, name: "timing_features.user_patterns"), found: found),
            document("{\"timing_features\": {\"user_patterns\": \(value)}}"))
        expect(
            .notANumber(.record(2, name: "user_vibe_dimensions.overall_energy"), found: found),
            document("{\"user_vibe_dimensions\": {\"overall_energy\": \(value)}}"), predicting)
        for label in ["outcome_score", "formula_calling_score"] {
            let text = document("{\"\(label)\": \(value)}")
            expect(.notANumber(.record(2, name: label), found: found), text)
        }
        expect(
            .notANumber(.record(2, name: "history_features.activity_level"), found: found),
            document("{\"history_features\": {\"activity_level\": \(value)}}"), outcome)
    }

    @Test func valuesMustFitThirtyTwoBits() {
        expect(
            .tooLarge(.record(2, name: "context_features.energy_match"), found: "1e39"),
            document(#"{"context_features": {"energy_match": 1e39}}"#))
    }

    @Test(arguments: ["1.0001", "-0.1", "70"]) func labelsLieInTheUnitInterval(value: String) {
        for name in ["outcome_score", "formula_calling_score"] {
            let shown = value == "70" ? "70.0" : value
            expect(
                .labelOutsideUnitInterval(.record(2, name: name), found: shown),
                document("{\"\(name)\": \(value)}"))
        }
        #expect(throws: Never.self) {
            try read(document("{\"outcome_score\": \(value)}"), predicting)
        }
    }

    @Test func kindsAreChecked() {
        expect(
            .wrongKind(
                .record(2, name: "context_features"), expected: "an object", found: "an array"),
            document(#"{"context_features": []}"#))
        expect(
            .wrongKind(
                .record(2, name: "outcome_type"), expected: "positive, neutral or negative",
                found: "good"),
            document(#"{"outcome_type": "good"}"#), outcome)
        expect(
            .wrongKind(.record(2, name: "user_id"), expected: "a string", found: "an object"),
            document(#"{"user_id": {}}"#))
    }

    @Test func textsNameRecordAndKey() {
        let error = #expect(throws: DatasetError.self) {
            try read(document(#"{"outcome_score": "high"}"#))
        }
        #expect(
            error?.description
                == "r.json: record 2 (from 0), 'outcome_score': '\"high\"' is not a finite number")
    }

    @Test func aModelOfOtherWidthIsRefused() {
        let table = NumericTable(featureNames: ["a"], targetName: "", features: [1], targets: [])
        #expect(throws: TableProblem.wrongFeatureCount(expected: 39, found: 1)) {
            try CallingScoreRule.predict(table, kind: .score)
        }
        #expect(throws: TableProblem.wrongFeatureCount(expected: 45, found: 1)) {
            try CallingScoreRule.predict(table, kind: .outcome)
        }
    }

    /// Damaged text gives a table or a typed error, never a crash.
    @Test func damagedTextIsReadOrRefused() {
        let record = #"""
            {"user_vibe_dimensions":{"overall_energy":0.5,"crowd_tolerance":null},"user_id":"\u00e9",
            "context_features":{"energy_match":1e-3,"x":[1]},"outcome_score":0.25,"is_called":true}
            """#
        let text = Array(document(record).utf8)
        var random = Philox(RandomStream(seed: 9, identifier: 0))
        var refused = 0
        for _ in 0..<1_000 {
            var bytes = text
            for _ in 0...random.nextInteger(below: 3) {
                let place = Int(random.nextInteger(below: UInt32(min(bytes.count, 300))))
                bytes[place] = UInt8(truncatingIfNeeded: random.nextWord())
            }
            if random.nextInteger(below: 4) == 0 {
                bytes.removeLast(Int(random.nextInteger(below: UInt32(bytes.count))))
            }
            do throws(DatasetError) {
                let table = try CallingScoreRecords.read(
                    bytes, name: "r.json", options: CallingScoreOptions()
                ).table
                #expect(table.features.count == 39 * table.targets.count)
            } catch {
                refused += 1
                #expect(error.description.hasPrefix("r.json: "))
            }
        }
        #expect(refused > 100 && refused < 1_000)
    }
}
