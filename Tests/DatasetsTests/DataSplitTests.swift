import Testing

@testable import TandemDatasets

@Suite struct DataSplitTests {
    private static func grouped(
        by groups: [String], seed: UInt64
    ) throws(SplitProblem) -> DataSplit {
        try DataSplit(SplitExamples(count: groups.count, groups: groups), seed: seed)
    }

    private static func stratified(
        labels: [Bool], seed: UInt64
    ) throws(SplitProblem) -> DataSplit {
        let labels = labels.map { $0 ? "1" : "0" }
        return try DataSplit(SplitExamples(count: labels.count, labels: labels), seed: seed)
    }

    private func expectWhole(_ split: DataSplit, count: Int) {
        let rows = (split.training + split.validation + split.test).sorted()
        #expect(rows == [Int32](0..<Int32(count)))
    }

    @Test(arguments: [
        (10_000, 7_000, 1_500, 1_500), (100, 70, 15, 15), (7, 4, 1, 2), (4, 2, 1, 1),
        (5, 3, 1, 1), (101, 70, 15, 16), (9_999, 6_999, 1_500, 1_500), (33, 23, 5, 5),
    ])
    func countsFollowTheRule(count: Int, training: Int, validation: Int, test: Int) throws {
        let split = try DataSplit(SplitExamples(count: count), seed: 42)
        #expect(split.training.count == training)
        #expect(split.validation.count == validation)
        #expect(split.test.count == test)
        expectWhole(split, count: count)
    }

    @Test func theSeedDecides() throws {
        let split = try DataSplit(SplitExamples(count: 1_000), seed: 1)
        #expect(try DataSplit(SplitExamples(count: 1_000), seed: 1) == split)
        #expect(try DataSplit(SplitExamples(count: 1_000), seed: 2) != split)
        // A shuffle, not a cut: the mean row number of each part is near the middle (deviation 24).
        let mean = Double(split.test.reduce(0) { $0 + Int($1) }) / 150
        #expect(abs(mean - 499.5) < 100)
    }

    @Test(arguments: [-1, 0, 3]) func tooFewRowsAreRefused(count: Int) {
        #expect(throws: SplitProblem.badCount(count)) {
            try DataSplit(SplitExamples(count: count), seed: 0)
        }
    }

    @Test func groupsStayTogether() throws {
        let groups = (0..<10_000).map { "user_\($0 / 100)" }
        let split = try Self.grouped(by: groups, seed: 42)
        expectWhole(split, count: 10_000)
        #expect(split.training.count == 7_000)
        #expect(split.validation.count == 1_500 && split.test.count == 1_500)
        let users = [split.training, split.validation, split.test].map { part in
            Set(part.map { groups[Int($0)] })
        }
        #expect(users.map(\.count) == [70, 15, 15])
        #expect(try Self.grouped(by: groups, seed: 42) == split)
        #expect(try Self.grouped(by: groups, seed: 43) != split)
    }

    @Test(arguments: 0..<20) func unequalGroupsLeaveNoPartEmpty(seed: UInt64) throws {
        let sizes = [50, 1, 30, 2, 9, 3, 5]
        let groups = sizes.enumerated().flatMap { [String](repeating: "\($0)", count: $1) }
        let split = try Self.grouped(by: groups, seed: seed)
        expectWhole(split, count: 100)
        for (left, right) in [(split.training, split.test), (split.test, split.validation)] {
            #expect(!left.isEmpty && !right.isEmpty)
            #expect(
                Set(left.map { groups[Int($0)] }).isDisjoint(with: right.map { groups[Int($0)] }))
        }
        let three = try Self.grouped(by: ["a", "b", "b", "b", "c"], seed: seed)
        #expect(!three.training.isEmpty && !three.validation.isEmpty && !three.test.isEmpty)
        #expect(
            throws: SplitProblem.tooFewGroups(
                count: 2, parts: ["training", "validation", "test"])
        ) {
            try Self.grouped(by: ["a", "b", "b", "b", "a"], seed: seed)
        }
    }

    @Test func everyPartHasItsShareOfEachLabel() throws {
        let labels = (0..<10_000).map { $0 < 1_259 }
        let split = try Self.stratified(labels: labels, seed: 42)
        expectWhole(split, count: 10_000)
        let parts = [split.training, split.validation, split.test]
        #expect(parts.map(\.count) == [7_000, 1_500, 1_500])
        #expect(parts.map { part in part.count { labels[Int($0)] } } == [881, 189, 189])
        // Not the positives first.
        #expect(split.training.prefix(881).contains { !labels[Int($0)] })
        #expect(try Self.stratified(labels: labels, seed: 42) == split)
    }

    @Test(arguments: [(99, 5), (50, 30), (20, 17), (1_000, 999), (41, 20)])
    func strataOfOddSizes(count: Int, positives: Int) throws {
        let labels = (0..<count).map { $0 < positives }
        do throws(SplitProblem) {
            let split = try Self.stratified(labels: labels, seed: 3)
            expectWhole(split, count: count)
            for part in [split.training, split.validation, split.test] {
                let share = Double(positives) * Double(part.count) / Double(count)
                let found = part.count { labels[Int($0)] }
                #expect(abs(Double(found) - share) <= 1)
            }
        } catch {
            guard case .labelMissing = error else { throw error }
            #expect(min(positives, count - positives) < 4)
        }
    }

    @Test func smallStrataAreSplitOrRefused() {
        for count in 4...40 {
            for positives in 0...count {
                let labels = (0..<count).map { $0 < positives }
                do throws(SplitProblem) {
                    let split = try Self.stratified(labels: labels, seed: 1)
                    expectWhole(split, count: count)
                } catch {
                    guard case .labelMissing = error else {
                        Issue.record("\(error)")
                        return
                    }
                }
            }
        }
    }

    @Test func aPartWithoutALabelIsRefused() {
        #expect(
            throws: SplitProblem.labelMissing(part: "validation", label: "1", count: 2)
        ) {
            try Self.stratified(labels: (0..<100).map { $0 < 2 }, seed: 0)
        }
    }

    /// The rows that earlier versions chose for the same seeds: kept runs must find their test rows again.
    @Test func rowsStayWhatTheyWere() throws {
        func digest(_ split: DataSplit) -> UInt64 {
            rowDigest(split.training + split.validation + split.test)
        }
        let split = try DataSplit(SplitExamples(count: 10), seed: 3)
        #expect(
            split
                == DataSplit(training: [1, 7, 5, 8, 6, 3, 4], validation: [0], test: [2, 9]))
        #expect(
            digest(try DataSplit(SplitExamples(count: 1_000), seed: 42)) == 0x6789_5bec_460b_8285)
        #expect(digest(try DataSplit(SplitExamples(count: 37), seed: 7)) == 0xab1e_2652_bf69_08df)
        let groups = (0..<1_000).map { "user_\($0 * $0 % 83)" }
        #expect(digest(try Self.grouped(by: groups, seed: 42)) == 0x17cc_64fc_107e_6353)
        #expect(digest(try Self.grouped(by: groups, seed: 7)) == 0x78ad_6059_3c11_fccd)
        let labels = (0..<1_000).map { $0 * $0 % 83 < 17 }
        #expect(digest(try Self.stratified(labels: labels, seed: 42)) == 0x82fa_002b_2f49_5a53)
        #expect(
            digest(try Self.stratified(labels: labels.reversed(), seed: 7))
                == 0x9d7b_24f0_5da8_881b)
    }

    @Test func sharesDecideTheSizes() throws {
        let examples = try SplitExamples(count: 1_000)
        let split = try DataSplit(examples, validation: 0.1, test: 0.2, seed: 1)
        expectWhole(split, count: 1_000)
        #expect(split.training.count == 700)
        #expect(split.validation.count == 100 && split.test.count == 200)
        let two = try DataSplit(examples, validation: 0, test: 0.25, seed: 1)
        expectWhole(two, count: 1_000)
        #expect(two.validation.isEmpty && two.test.count == 250)
        let whole = try DataSplit(SplitExamples(count: 2), validation: 0, test: 0, seed: 1)
        #expect(whole.training.count == 2)
    }

    @Test func sharesThatLeaveNothingAreRefused() {
        for (validation, test) in [(-0.1, 0.5), (0.5, 0.5), (0.2, .nan), (.infinity, 0)] {
            #expect(throws: SplitProblem.self) {
                try DataSplit(
                    SplitExamples(count: 10), validation: validation, test: test, seed: 0)
            }
        }
        #expect(throws: SplitProblem.noExamplesFor(part: "validation", count: 10)) {
            try DataSplit(SplitExamples(count: 10), validation: 0.01, test: 0.1, seed: 0)
        }
        #expect(throws: SplitProblem.noExamplesFor(part: "training", count: 1)) {
            try DataSplit(SplitExamples(count: 1), validation: 0, test: 0.5, seed: 0)
        }
        #expect(throws: SplitProblem.badCount(Int.max)) {
            try DataSplit(SplitExamples(count: .max), seed: 0)
        }
        #expect(throws: SplitProblem.wrongCount(of: "groups", count: 1, examples: 2)) {
            try SplitExamples(count: 2, groups: ["a"])
        }
        #expect(throws: SplitProblem.wrongCount(of: "labels", count: 3, examples: 2)) {
            try SplitExamples(count: 2, labels: ["a", "b", "c"])
        }
    }

    /// Three classes of 60, 30 and 10 percent in groups of five.
    @Test(arguments: 0..<5) func groupsOfSeveralClassesKeepBoth(seed: UInt64) throws {
        let groups = (0..<1_000).map { "user_\($0 / 5)" }
        let labels = (0..<1_000).map {
            ["a", "a", "b", "a", "b", "a", "a", "c", "a", "b"][$0 % 10]
        }
        let examples = try SplitExamples(count: 1_000, groups: groups, labels: labels)
        let split = try DataSplit(examples, seed: seed)
        expectWhole(split, count: 1_000)
        let parts = [split.training, split.validation, split.test]
        let owners = parts.map { part in Set(part.map { groups[Int($0)] }) }
        #expect(owners.map(\.count).reduce(0, +) == 200)
        for part in parts {
            for (label, share) in [("a", 0.6), ("b", 0.3), ("c", 0.1)] {
                let found = Double(part.count { labels[Int($0)] == label }) / Double(part.count)
                #expect(abs(found - share) < 0.02)
            }
        }
    }

    private func read(_ text: String, count: Int = 10) throws(DatasetError) -> DataSplit {
        try DataSplit.read(Array(text.utf8), name: "s.json", count: count)
    }

    private func expect(
        _ problem: SplitProblem, _ text: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            throws: DatasetError.table(file: "s.json", .split(problem)),
            sourceLocation: sourceLocation
        ) { try read(text) }
    }

    @Test func readsASplitFileInItsOrder() throws {
        let split = try read(#"{"seed": 1, "test": [9, 0], "train": [3, 2, 1], "val": [5]}"#)
        #expect(split == DataSplit(training: [3, 2, 1], validation: [5], test: [9, 0]))
    }

    @Test func checksTheRowsOfASplitFile() {
        expect(.emptyPart("val"), #"{"train": [1], "val": [], "test": [2]}"#)
        expect(
            .rowOutside(part: "test", row: "10", count: 10),
            #"{"train": [1], "val": [0], "test": [2, 10]}"#)
        for row in ["-1", "1.5", "\"1\"", "null", "9223372036854775807"] {
            expect(
                .rowOutside(part: "val", row: row, count: 10),
                "{\"train\": [1], \"val\": [\(row)], \"test\": [2]}")
        }
        expect(
            .rowTwice(row: 3, first: "train", second: "train"),
            #"{"train": [3, 4, 3], "val": [0], "test": [2]}"#)
        expect(
            .rowTwice(row: 3, first: "train", second: "test"),
            #"{"test": [2, 3], "train": [3, 4], "val": [0]}"#)
        #expect(
            throws: DatasetError.table(
                file: "s.json",
                .wrongMember(name: "val", expected: "an array of row numbers", found: nil))
        ) { try read(#"{"train": [1], "validation": [0], "test": [2]}"#) }
        #expect(
            throws: DatasetError.table(
                file: "s.json",
                .wrongMember(name: "val", expected: "an array of row numbers", found: "a number"))
        ) { try read(#"{"train": [1], "val": 0, "test": [2]}"#) }
    }
}
