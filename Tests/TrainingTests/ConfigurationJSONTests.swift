import Testing

@testable import Training

@Suite struct JSONParserTests {
    private func failure(_ text: String) -> JSONSyntaxError? {
        do throws(JSONSyntaxError) {
            _ = try JSONValue(parsing: text)
            return nil
        } catch {
            return error
        }
    }

    @Test func readsEveryKindOfValue() throws {
        let text = """
            {"a": [1, -0.5e+3, true, false, null], "b": {"c": "x\\n\\u00e9\\ud83d\\ude00\\/"}, "d": {}}
            """
        let value = try JSONValue(parsing: text)
        #expect(
            value["a"]
                == .array([
                    .number("1"), .number("-0.5e+3"), .boolean(true), .boolean(false), .null,
                ]))
        #expect(value["b"]?["c"] == .string("x\né😀/"))
        #expect(value["d"] == .object([:]))
    }

    @Test func keepsBigNumbersAsWritten() throws {
        let literal = "123456789012345678901234567890.000"
        #expect(try JSONValue(parsing: literal).compact == literal)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "[1 2]", "01", "1.", ".5",
        "+1", "1e", "-", "tru", "nul", "NaN", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
        "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\t\"", "1 2", "{\"a\":1}}", "'a'", "// c\n1",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect(failure(text) != nil)
    }

    @Test func namesThePlaceOfTheFault() {
        #expect(
            failure("{\n  \"a\": 1,\n  \"b\": x\n}")?.description.hasPrefix("line 3, column 8")
                == true)
        let duplicate = failure("{\"a\": 1,\n \"a\": 2}")
        #expect(duplicate?.description == "line 2, column 2: duplicate key \"a\"")
    }

    @Test func refusesDeepNestingAndInvalidUTF8() {
        #expect(failure(String(repeating: "[", count: 100_000)) != nil)
        #expect(
            failure(String(repeating: "[", count: 256) + String(repeating: "]", count: 256)) == nil)
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test func ignoresAByteOrderMark() throws {
        #expect(try JSONValue(parsing: "\u{FEFF}1") == .number("1"))
    }

    @Test func writesSortedKeysAndEscapes() throws {
        let value = try JSONValue(
            parsing: #"{"b": [1, {"x": []}], "a": [1, 2.50], "c": "q\"\\\u0001", "d": {}}"#)
        #expect(
            value.prettyPrinted == #"""
                {
                  "a": [1, 2.50],
                  "b": [
                    1,
                    {
                      "x": []
                    }
                  ],
                  "c": "q\"\\\u0001",
                  "d": {}
                }
                """#)
        #expect(
            value.compact
                == #"{"a": [1, 2.50], "b": [1, {"x": []}], "c": "q\"\\\u0001", "d": {}}"#)
        #expect(try JSONValue(parsing: value.prettyPrinted) == value)
    }
}

@Suite struct NearestNameTests {
    @Test func findsTheNearestName() {
        let names = ["train", "evaluate", "predict", "bench", "devices"]
        #expect(NearestName.suggestion(for: "trian", among: names) == "train")
        #expect(NearestName.suggestion(for: "Devics", among: names) == "devices")
        #expect(NearestName.suggestion(for: "xyz", among: names) == nil)
        #expect(NearestName.suggestion(for: "a", among: ["b"]) == nil)
        #expect(NearestName.suggestion(for: "a", among: []) == nil)
    }

    @Test func editDistanceCountsSingleChanges() {
        func distance(_ first: String, _ second: String) -> Int {
            NearestName.editDistance(Array(first), Array(second))
        }
        #expect(distance("", "") == 0)
        #expect(distance("", "abc") == 3)
        #expect(distance("kitten", "sitting") == 3)
        #expect(distance("hiddenSize", "hidenSize") == 1)
    }
}
