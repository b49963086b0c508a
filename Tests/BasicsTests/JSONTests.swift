import Testing

@testable import TandemBasics

@Suite struct JSONTests {
    func parse(_ text: String, depthLimit: Int = 64) throws(JSONProblem) -> JSONValue {
        try JSONValue.parse(Array(text.utf8), depthLimit: depthLimit)
    }

    @Test func readsEveryKindOfValue() throws {
        let value = try parse(
            #" {"a": [1, -2, 0.5, 1e3, true, false, null], "b": {"c": "x\n\u00e9\ud83d\ude00/"}} "#)
        #expect(
            value["a"]
                == .array([
                    .integer(1), .integer(-2), .number(0.5), .number(1000), .bool(true),
                    .bool(false), .null,
                ]))
        #expect(value["b"]?["c"] == .string("x\n\u{e9}\u{1F600}/"))
        #expect(value["z"] == nil)
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("9223372036854775808") == .unsigned(9_223_372_036_854_775_808))
        #expect(try parse("18446744073709551615") == .unsigned(.max))
        #expect(try parse("18446744073709551616") == .number(0x1p64))
        #expect(try parse("[]") == .array([]))
        #expect(try parse("{}") == .object([]))
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "'a'",
        "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
        "\"\\udc00\"", "\"a\nb\"", "01", "-", "1.", ".5", "1e", "1e+", "+1", "1e999", "--1", "NaN",
        "Infinity", "tru", "nul", "truee", "1 2", "{} {}", "[1 2]", "{\"a\" 1}", "\u{FEFF}1",
        "0x10", "1_000",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect(throws: JSONProblem.self) { try parse(text) }
    }

    @Test func refusesANameTwice() {
        #expect(throws: JSONProblem.duplicateName("a", offset: 8)) {
            try parse(#"{"a": 1,"\u0061": 2}"#)
        }
    }

    @Test func refusesDeepNestingInsteadOfOverflowingTheStack() {
        let deep = String(repeating: "[", count: 1_000_000)
        #expect(throws: JSONProblem.tooDeep(offset: 64, limit: 64)) { try parse(deep) }
        let objects = String(repeating: "{\"a\":", count: 1_000_000)
        #expect(throws: JSONProblem.tooDeep(offset: 10, limit: 2)) {
            try parse(objects, depthLimit: 2)
        }
        #expect(throws: Never.self) { try parse("[[1], [[2]], {\"a\": [3]}]", depthLimit: 3) }
    }

    @Test func refusesInvalidUTF8() {
        #expect(throws: JSONProblem.invalidUTF8(offset: 0)) {
            try JSONValue.parse([0x22, 0xC3, 0x28, 0x22])
        }
    }

    @Test(arguments: [false, true]) func writesWhatItReads(isIndented: Bool) throws {
        let value = JSONValue.object([
            JSONMember("text \"\\\n\t\r\u{1}\u{e9}", .string("\u{1F600}")),
            JSONMember("list", .array([.integer(.min), .number(0.1), .number(1e300), .null])),
            JSONMember("empty", .array([])),
            JSONMember("none", .object([])),
            JSONMember("yes", .bool(true)),
        ])
        #expect(try parse(try value.text(isIndented: isIndented)) == value)
    }

    @Test func indentsForPeople() throws {
        let value = JSONValue.object([JSONMember("a", .array([.integer(1), .integer(2)]))])
        #expect(try value.text() == "{\"a\":[1,2]}")
        #expect(try value.text(isIndented: true) == "{\n  \"a\": [\n    1,\n    2\n  ]\n}")
    }

    @Test func cannotWriteNaN() {
        #expect(throws: JSONProblem.nonFiniteNumber("nan")) { try JSONValue.number(.nan).text() }
    }
}
