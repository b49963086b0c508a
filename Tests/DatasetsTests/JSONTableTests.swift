import Testing

@testable import TandemDatasets

@Suite struct JSONTableTests {
    private func read(
        _ text: String, requiresTarget: Bool = true, features: [String]? = nil
    ) throws(DatasetError) -> NumericTable {
        try JSONTable.read(
            Array(text.utf8), name: "t.json", requiresTarget: requiresTarget, features: features)
    }

    private func expect(
        _ problem: TableProblem, _ text: String, requiresTarget: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            throws: DatasetError.table(file: "t.json", problem), sourceLocation: sourceLocation
        ) { try read(text, requiresTarget: requiresTarget) }
    }

    private func document(_ records: String) -> String {
        #"{"feature_names": ["a", "b"], "target_name": "y", "training_data": [\#(records)]}"#
    }

    private let expected = NumericTable(
        featureNames: ["a", "b"], targetName: "y", features: [1, 2, 3, 4], targets: [5, -6.5])

    @Test func readsRecordsInAnyOrderOfMembers() throws {
        let records = #"{"features": [1, 2], "target": 5}, {"target": -65e-1, "features": [3, 4]}"#
        #expect(try read(document(records)) == expected)
        let turned = """
            {"more": [{}], "training_data": [\(records)], "target_name": "y",
             "feature_names": ["a", "b"]}
            """
        #expect(try read(turned) == expected)
        let swapped = try read(document(records), features: ["b"])
        #expect(swapped.features == [2, 4] && swapped.targets == [5, -6.5])
    }

    @Test func targetsMayBeAbsentWhenPredicting() throws {
        let some = document(#"{"features": [1, 2], "target": 5}, {"features": [3, 4]}"#)
        expect(.missingValue(.record(1, name: "target")), some)
        #expect(try read(some, requiresTarget: false).targets == [])
        let null = document(#"{"features": [1, 2], "target": null}"#)
        expect(.notANumber(.record(0, name: "target"), found: "null"), null)
        #expect(try read(null, requiresTarget: false).targets == [])
        let all = document(#"{"features": [1, 2], "target": 5}"#)
        #expect(try read(all, requiresTarget: false).targets == [5])
    }

    @Test func namesRecordAndValue() {
        func bad(_ value: String) -> String {
            document("{\"features\": [1, 2], \"target\": 3}, {\"features\": [1, \(value)]}")
        }
        let place = TablePlace.record(1, name: "features[1]")
        for value in ["null", "true", "\"1\"", "NaN", "Infinity", "-Infinity", "1e999", "01"] {
            expect(.notANumber(place, found: value), bad(value))
        }
        expect(.tooLarge(place, found: "-1e39"), bad("-1e39"))
        expect(
            .wrongKind(
                .record(0, name: "features"), expected: "an array of numbers", found: "a number"),
            document(#"{"features": 1}"#))
        expect(
            .wrongWidth(record: 1, expected: 2, found: 1),
            document(#"{"features": [1, 2], "target": 1}, {"features": [1], "target": 1}"#))
        expect(
            .wrongWidth(record: 0, expected: 2, found: 3),
            document(#"{"features": [1, 2, 3], "target": 1}"#))
        expect(
            .wrongMember(name: "training_data[0]", expected: "an object", found: "a number"),
            document("1"))
    }

    @Test func saysWhatIsMissing() {
        expect(.noRecords(name: "training_data"), document(""))
        expect(.noRecords(name: "training_data"), #"{"feature_names": ["a"]}"#)
        expect(
            .wrongMember(name: "feature_names", expected: "an array of strings", found: nil),
            #"{"training_data": [{"features": [1], "target": 1}]}"#)
        expect(
            .wrongMember(name: "feature_names[1]", expected: "a string", found: "a number"),
            #"{"feature_names": ["a", 1]}"#)
        expect(
            .wrongMember(name: "training_data", expected: "an array", found: "an object"),
            #"{"training_data": {}}"#)
        expect(
            .duplicateColumn("a"),
            #"{"feature_names": ["a", "a"], "training_data": [{"features": [1, 2], "target": 1}]}"#)
    }

    @Test func whatIsNotJSONSaysWhere() {
        #expect(throws: DatasetError.json(file: "t.json", .unexpectedEnd(offset: 1))) {
            try read("{")
        }
        #expect(throws: DatasetError.json(file: "t.json", .unexpectedEnd(offset: 0))) {
            try read("")
        }
    }
}
