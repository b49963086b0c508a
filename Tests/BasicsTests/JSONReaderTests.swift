import TandemTestSupport
import Testing

@testable import TandemBasics

@Suite struct JSONReaderTests {
    private func read<Result>(
        _ text: String, _ body: (inout JSONReader) throws(JSONProblem) -> Result
    ) throws(JSONProblem) -> Result {
        try JSONReader.read(Array(text.utf8), body)
    }

    @Test func leadsThroughObjectsAndArrays() throws {
        let text = #" {"a" : [ 1 , -2.5e1 , [] , {} ] , "b":{"c":true,"d":null} , "e" : "x\n" } "#
        var seen: [String] = []
        try read(text) { reader throws(JSONProblem) in
            try reader.enterObject()
            while try reader.nextName() {
                seen.append(reader.name)
                switch reader.name {
                case "a":
                    try reader.enterArray()
                    while try reader.nextElement() {
                        if try reader.kind() == .number {
                            seen.append("\(try reader.number())")
                        } else {
                            try reader.skipValue()
                        }
                    }
                case "e": seen.append(try reader.string())
                default: try reader.skipValue()
                }
            }
            try reader.finish()
        }
        #expect(seen == ["a", "1.0", "-25.0", "b", "e", "x\n"])
    }

    @Test func findsNamesByTheirBytes() throws {
        let names = JSONNames(["", "a", "exploration_eagerness", "é\"", "ab"])
        let text =
            #"{"a":0,"":0,"exploration_eagernes":0,"\u00e9\"":0,"exploration\u005feagerness":0,"b":0}"#
        var found: [Int?] = []
        try read(text) { reader throws(JSONProblem) in
            try reader.enterObject()
            while try reader.nextName() {
                found.append(reader.index(in: names))
                try reader.skipValue()
            }
        }
        #expect(found == [1, 0, nil, 3, 2, nil])
    }

    /// Objects with many names are checked in another way than small ones.
    @Test(arguments: [2, 31, 32, 33, 200]) func refusesANameTwice(count: Int) {
        let names = (0..<count).map { "\"name\($0)\":{\"inner\":\($0)}" }
        let text = "{" + names.joined(separator: ",") + ","
        for repeated in [0, count / 2, count - 1] {
            #expect(
                throws: JSONProblem.duplicateName("name\(repeated)", offset: text.utf8.count)
            ) {
                try read(text + "\"name\(repeated)\":1}") { reader throws(JSONProblem) in
                    try reader.skipValue()
                }
            }
        }
        #expect(throws: Never.self) {
            try read("[\(text)\"x\":1},\(text)\"x\":1}]") { reader throws(JSONProblem) in
                try reader.skipValue()
                try reader.finish()
            }
        }
    }

    @Test func namesTheKindThatIsNeeded() {
        #expect(
            throws: JSONProblem.unexpectedByte(
                offset: 1, found: UInt8(ascii: "\""), expected: "a number")
        ) {
            try read(" \"1\"") { reader throws(JSONProblem) in try reader.number() }
        }
        #expect(
            throws: JSONProblem.unexpectedByte(
                offset: 0, found: UInt8(ascii: "["), expected: "an object")
        ) {
            try read("[]") { reader throws(JSONProblem) in try reader.enterObject() }
        }
        #expect(throws: JSONProblem.trailingBytes(offset: 2)) {
            try read("1 2") { reader throws(JSONProblem) in
                try reader.skipValue()
                try reader.finish()
            }
        }
    }

    /// What is skipped is checked exactly as what is read; both give the same problem.
    @Test func skippingIsAsStrictAsReading() {
        let text = """
            {"a": [1, -2.5e3, "x\\u00e9\\n", {"b": null}], "c": true, "d": {"e": [[], {}]},
            "long name without escapes": "grüße", "f": 1e400}
            """
        var random = Philox(RandomStream(seed: 12, identifier: 0))
        var problems = 0
        for _ in 0..<3_000 {
            let bytes = Damage.applied(to: Array(text.utf8), random: &random)
            var found: [JSONProblem?] = [nil, nil]
            do throws(JSONProblem) { _ = try JSONValue.parse(bytes) } catch { found[0] = error }
            do throws(JSONProblem) {
                try JSONReader.read(bytes) { reader throws(JSONProblem) in
                    try reader.skipValue()
                    try reader.finish()
                }
            } catch { found[1] = error }
            #expect(found[0] == found[1])
            problems += found[0] == nil ? 0 : 1
        }
        #expect(problems > 1_000)
    }
}
