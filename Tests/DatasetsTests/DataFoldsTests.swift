import Testing

@testable import TandemDatasets

@Suite struct DataFoldsTests {
    private func expectWhole(_ folds: [[Int32]], count: Int) {
        #expect(folds.flatMap { $0 }.sorted() == [Int32](0..<Int32(count)))
        for fold in folds { #expect(fold == fold.sorted()) }
    }

    @Test(arguments: [(2, 2), (10, 3), (10, 10), (1_000, 7), (10_001, 5)])
    func sizesDifferByOneAtMost(count: Int, folds: Int) throws {
        let divided = try DataFolds(folds, of: SplitExamples(count: count), seed: 42)
        #expect(divided.count == folds)
        expectWhole(divided.folds, count: count)
        let sizes = divided.folds.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }

    @Test func theSeedDecides() throws {
        let examples = try SplitExamples(count: 1_000)
        let folds = try DataFolds(5, of: examples, seed: 1)
        #expect(try DataFolds(5, of: examples, seed: 1) == folds)
        #expect(try DataFolds(5, of: examples, seed: 2).folds != folds.folds)
        // A shuffle, not a cut: the mean row number is near the middle (deviation 20).
        let mean = Double(folds.folds[0].reduce(0) { $0 + Int($1) }) / 200
        #expect(abs(mean - 499.5) < 100)
        #expect(rowDigest(folds.folds.flatMap { $0 }) == 13_736_073_190_574_257_377)
    }

    @Test func everyExampleIsTestedOnce() throws {
        let folds = try DataFolds(4, of: SplitExamples(count: 103), seed: 3)
        var tested: [Int32] = []
        for fold in 0..<4 {
            let split = try folds.split(testingOn: fold)
            #expect(split.validation.isEmpty)
            #expect((split.training + split.test).sorted() == [Int32](0..<103))
            tested += split.test
        }
        #expect(tested.sorted() == [Int32](0..<103))
    }

    @Test(arguments: 0..<10) func aGroupNeverLiesInTwoFolds(seed: UInt64) throws {
        // 479 examples in groups of 1 to 23.
        let sizes = (1...40).map { $0 * 7919 % 23 + 1 }
        let groups = sizes.enumerated().flatMap { [String](repeating: "\($0)", count: $1) }
        let count = groups.count
        let folds = try DataFolds(
            5, of: SplitExamples(count: count, groups: groups), seed: seed)
        expectWhole(folds.folds, count: count)
        let owners = folds.folds.map { fold in Set(fold.map { groups[Int($0)] }) }
        #expect(owners.map(\.count).reduce(0, +) == 40)
        for fold in folds.folds { #expect(abs(fold.count - count / 5) <= 2) }
        for fold in 0..<5 {
            let split = try folds.split(testingOn: fold, validation: 0.2)
            let parts = [split.training, split.validation, split.test]
            expectWhole(parts, count: count)
            let owners = parts.map { part in Set(part.map { groups[Int($0)] }) }
            #expect(owners.map(\.count).reduce(0, +) == 40)
            #expect(abs(split.validation.count - (count - split.test.count) / 5) <= 2)
        }
    }

    @Test func oneGroupPerFoldIsEnough() throws {
        let groups = ["a", "b", "b", "b", "b", "c"]
        let folds = try DataFolds(3, of: SplitExamples(count: 6, groups: groups), seed: 9)
        #expect(Set(folds.folds) == [[0], [1, 2, 3, 4], [5]])
    }

    @Test(arguments: [2, 3, 5]) func foldsKeepTheSharesOfLabels(count: Int) throws {
        let labels = (0..<997).map { $0 % 10 == 0 ? "rare" : $0 % 3 == 0 ? "some" : "common" }
        let folds = try DataFolds(
            count, of: SplitExamples(count: 997, labels: labels), seed: 5)
        expectWhole(folds.folds, count: 997)
        for label in ["rare", "some", "common"] {
            let counts = folds.folds.map { fold in fold.count { labels[Int($0)] == label } }
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        }
        for fold in 0..<count {
            let split = try folds.split(testingOn: fold, validation: 0.1)
            let share = Double(labels.count { $0 == "rare" }) / 997
            let found = split.validation.count { labels[Int($0)] == "rare" }
            #expect(abs(Double(found) - share * Double(split.validation.count)) <= 1.5)
        }
    }

    /// One group in ten has the rare label throughout, so that groups without regard to labels would often miss it.
    @Test(arguments: 0..<10) func groupsWithLabelsAreSpread(seed: UInt64) throws {
        let groups = (0..<1_000).map { "user_\($0 / 10)" }
        let labels = (0..<1_000).map { $0 / 10 % 10 == 0 ? "rare" : "common" }
        let examples = try SplitExamples(count: 1_000, groups: groups, labels: labels)
        let folds = try DataFolds(5, of: examples, seed: seed)
        expectWhole(folds.folds, count: 1_000)
        for fold in folds.folds {
            #expect(fold.count == 200)
            #expect(fold.count { labels[Int($0)] == "rare" } == 20)
            #expect(Set(fold.map { groups[Int($0)] }).count == 20)
        }
    }

    private func expect(
        _ problem: SplitProblem, says text: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> Void
    ) {
        #expect(throws: problem, sourceLocation: sourceLocation) { try body() }
        #expect(problem.description.contains(text), sourceLocation: sourceLocation)
    }

    @Test func impossibleFoldsAreRefused() throws {
        for count in [-1, 0, 1] {
            expect(.tooFewFolds(count), says: "\(count) folds are impossible") {
                _ = try DataFolds(count, of: SplitExamples(count: 10), seed: 0)
            }
        }
        expect(.examplesForFolds(examples: 4, folds: 5), says: "4 examples cannot") {
            _ = try DataFolds(5, of: SplitExamples(count: 4), seed: 0)
        }
        expect(.examplesForFolds(examples: .max, folds: 5), says: "at most 2147483647") {
            _ = try DataFolds(5, of: SplitExamples(count: .max), seed: 0)
        }
        expect(.groupsForFolds(groups: 2, folds: 3), says: "2 groups cannot") {
            let groups = ["a", "a", "b", "b", "b"]
            _ = try DataFolds(3, of: SplitExamples(count: 5, groups: groups), seed: 0)
        }
        let labels = (0..<100).map { $0 < 3 ? "1" : "0" }
        expect(
            .labelMissingInFold(3, of: 5, label: "1", examples: 3, groups: nil),
            says: "3 examples have the label 1, so that fold 3 of 0 to 4 would have none"
        ) {
            _ = try DataFolds(5, of: SplitExamples(count: 100, labels: labels), seed: 0)
        }
        let folds = try DataFolds(5, of: SplitExamples(count: 10), seed: 0)
        for fold in [-1, 5] {
            expect(.noSuchFold(fold, count: 5), says: "count from 0 to 4") {
                _ = try folds.split(testingOn: fold)
            }
        }
        expect(.badShares(validation: 1, test: 0), says: "less than 1") {
            _ = try folds.split(testingOn: 0, validation: 1)
        }
    }

    @Test func aValidationPartNeedsGroupsOfItsOwn() throws {
        let groups = ["a", "a", "b", "b"]
        let folds = try DataFolds(2, of: SplitExamples(count: 4, groups: groups), seed: 0)
        expect(
            .tooFewGroups(count: 1, parts: ["training", "validation"]),
            says: "1 groups cannot be split into training and validation part; at least 2"
        ) {
            _ = try folds.split(testingOn: 0, validation: 0.5)
        }
    }
}
