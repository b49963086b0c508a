import TandemTestSupport
import Testing

@testable import TandemDatasets

@Suite struct CSVTableTests {
    private func read(
        _ text: String, target: String? = nil, requiresTarget: Bool = true,
        features: [String]? = nil, groups: String? = nil
    ) throws(DatasetError) -> NumericTable {
        try CSVTable.read(
            Array(text.utf8), name: "t.csv", target: target, requiresTarget: requiresTarget,
            features: features, groups: groups)
    }

    private func expect(
        _ problem: TableProblem, _ text: String, target: String? = nil,
        requiresTarget: Bool = true, features: [String]? = nil, groups: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            throws: DatasetError.table(file: "t.csv", problem), sourceLocation: sourceLocation
        ) {
            try read(
                text, target: target, requiresTarget: requiresTarget, features: features,
                groups: groups)
        }
    }

    private let expected = NumericTable(
        featureNames: ["a", "b"], targetName: "y", features: [1, 2, -0.5, 400], targets: [3, 0.25])

    @Test(arguments: [
        "a,b,y\n1,2,3\n-0.5,4e2,.25\n",
        "a,b,y\n1,2,3\n-0.5,4e2,.25",
        "a,b,y\r\n1,2,3\r\n-0.5,+400.,0.25\r\n\r\n",
        "\u{FEFF}\"a\",\"b\",\"y\"\n\"1\",2,\"3\"\n-0.5,400,0.25\n\n\n",
        " a ,b,\ty\n 1,2 , 3\n-0.5,400,\"0.25\" \n",
    ])
    func readsEveryNotation(text: String) throws {
        #expect(try read(text) == expected)
    }

    @Test func namesMayHoldCommasQuotesAndLineEnds() throws {
        let table = try read("\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",y\n1,2,3,4\n")
        #expect(table.featureNames == ["a,b", "say \"x\"", "two\nlines"])
        #expect(table.features == [1, 2, 3])
    }

    @Test func takesTheTargetByName() throws {
        let table = try read("y,a,b\n3,1,2\n0.25,-0.5,400\n", target: "y")
        #expect(table == expected)
    }

    @Test func aTargetMayBeAbsentWhenPredicting() throws {
        let without = try read("b,a\n2,1\n", target: "y", requiresTarget: false)
        #expect(without.featureNames == ["b", "a"])
        #expect(without.targets == [] && without.targetName == "" && without.count == 1)
        let with = try read("b,y,a\n2,3,1\n", target: "y", requiresTarget: false)
        #expect(with.features == [2, 1] && with.targets == [3])
        let unnamed = try read("b,a\n2,1\n", requiresTarget: false)
        #expect(unnamed.featureNames == ["b", "a"])
    }

    @Test func selectsAndOrdersColumns() throws {
        let text = "note,b,y,a,user\nhello,2,3,1,u1\n\"x,y\",5,6,4,\"u 2\"\n"
        let table = try read(text, target: "y", features: ["a", "b"], groups: "user")
        #expect(table.features == [1, 2, 4, 5])
        #expect(table.targets == [3, 6])
        #expect(table.groups == ["u1", "u 2"])
        expect(
            .missingColumns(["c", "d"], available: ["note", "b", "y", "a", "user"]), text,
            features: ["a", "c", "d"])
        expect(.isAlsoFeature("y"), text, target: "y", features: ["a", "y"])
        expect(.duplicateColumn("a"), text, target: "y", features: ["a", "a"])
    }

    @Test func saysWhatIsWrongWithTheHeader() {
        expect(.noRows, "")
        expect(.noRows, "\n\n")
        expect(.noRows, "a,y\n")
        expect(.unnamedColumn(2), "a,,y\n1,2,3\n")
        expect(.duplicateColumn("a"), "a,b,a,y\n1,2,3,4\n")
        expect(.noFeatures(columns: ["y"]), "y\n1\n")
        expect(.missingColumns(["z"], available: ["a", "y"]), "a,y\n1,2\n", target: "z")
        expect(.missingColumns(["u"], available: ["a", "y"]), "a,y\n1,2\n", groups: "u")
    }

    @Test func namesLineAndColumnOfABadRow() {
        expect(.raggedRow(line: 3, expected: 2, found: 3), "a,y\n1,2\n1,2,3\n")
        expect(.raggedRow(line: 2, expected: 2, found: 1), "a,y\n1\n")
        expect(.raggedRow(line: 3, expected: 2, found: 1), "a,y\n1,2\n\n3,4\n")
        expect(.openQuote(line: 3), "a,y\n1,2\n3,\"4\n5,6\n")
        expect(.textAfterQuote(line: 2, found: "x"), "a,y\n\"1\"x,2\n")
        // Line numbers count the lines inside quotes.
        expect(.notANumber(.line(4, column: "a\nb"), found: "z"), "\"a\nb\",y\n1,2\nz,3\n")
    }

    @Test(arguments: [
        "", "x", "nan", "NaN", "inf", "-Infinity", "1e999", "0x10", "1,5", "1 2", "1_000", "--1",
        "1e", ".", "1.2.3", "-",
    ])
    func refusesWhatIsNoNumber(value: String) {
        let text = "a,b,y\n1,1,1\n2,\"\(value)\",2\n"
        expect(.notANumber(.line(3, column: "b"), found: value), text)
        expect(.notANumber(.line(3, column: "b"), found: value), text, target: "b")
    }

    @Test func refusesNumbersTooLargeForThirtyTwoBits() {
        expect(.tooLarge(.line(2, column: "a"), found: "1e39"), "a,y\n1e39,2\n")
    }

    @Test func textsNameTheFileTheLineAndTheColumn() {
        let error = DatasetError.table(
            file: "t.csv", .notANumber(.line(3, column: "b"), found: "x"))
        #expect(error.description == "t.csv: line 3, column 'b': 'x' is not a finite number")
    }

    @Test func writesWhatItReads() throws {
        let folder = try TemporaryFolder()
        let table = NumericTable(
            featureNames: ["plain", "a,b", "say \"x\"", " space"], targetName: "y",
            features: [0.1, 1e-30, -3.4e38, 1, .pi, 0, 16_777_216, -0.5], targets: [1 / 3, 2])
        try CSVTable.write(table, to: folder.file("t.csv"))
        #expect(try CSVTable.read(folder.file("t.csv"), target: "y", requiresTarget: true) == table)
        let scores = NumericTable(
            featureNames: ["score"], targetName: "", features: [0.5, 1], targets: [])
        try CSVTable.write(scores, to: folder.file("s.csv"))
        #expect(try contents(of: folder.file("s.csv")) == Array("score\n0.5\n1.0\n".utf8))
    }

    @Test func aMissingFileIsNamed() {
        #expect(throws: DatasetError.self) {
            try CSVTable.read("/nowhere/t.csv", target: nil, requiresTarget: true)
        }
    }
}
