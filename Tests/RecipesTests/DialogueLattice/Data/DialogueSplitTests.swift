import TandemDatasets
import TandemTestSupport
import Testing

@testable import TandemRecipes

@Suite struct DialogueSplitTests {
    private func split(
        _ pairs: [DialoguePair], validation: Double = 0.1, test: Double = 0.1, seed: UInt64 = 42
    ) throws -> DataSplit {
        try DialogueSplit.divide(
            pairs, validation: validation, test: test, seed: seed, path: "x")
    }

    private func groups(_ rows: [Int32], _ pairs: [DialoguePair]) -> Set<String> {
        Set(rows.map { pairs[Int($0)].group })
    }

    private func expectApart(_ split: DataSplit, _ pairs: [DialoguePair]) {
        let parts = [split.training, split.validation, split.test]
        #expect(parts.flatMap { $0 }.sorted() == (0..<Int32(pairs.count)).map { $0 })
        #expect(parts.allSatisfy { $0 == $0.sorted() })
        let sets = parts.map { groups($0, pairs) }
        #expect(sets[0].isDisjoint(with: sets[1]))
        #expect(sets[0].isDisjoint(with: sets[2]))
        #expect(sets[1].isDisjoint(with: sets[2]))
    }

    @Test func everyCategoryHasItsShares() throws {
        let pairs = DialogueFixtures.pairs(200, category: { $0 < 50 ? "small" : "large" })
        let split = try split(pairs)
        expectApart(split, pairs)
        func count(_ rows: [Int32], _ category: String) -> Int {
            rows.count { pairs[Int($0)].category == category }
        }
        #expect(count(split.test, "small") == 5 && count(split.validation, "small") == 5)
        #expect(count(split.test, "large") == 15 && count(split.validation, "large") == 15)
        #expect(split.training.count == 160)
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func groupsStayTogetherEvenOverCategories(seed: UInt64) throws {
        let pairs = DialogueFixtures.pairs(
            300, group: { "g\(($0 * 7) % 40)" }, category: { "c\($0 % 3)" })
        let split = try split(pairs, validation: 0.2, test: 0.15, seed: seed)
        expectApart(split, pairs)
        #expect((30...65).contains(split.test.count), "\(split.test.count)")
        #expect((45...80).contains(split.validation.count), "\(split.validation.count)")
    }

    @Test func theSeedDecides() throws {
        let pairs = DialogueFixtures.pairs(100)
        #expect(try split(pairs, seed: 1) == split(pairs, seed: 1))
        #expect(try split(pairs, seed: 1) != split(pairs, seed: 2))
    }

    @Test func sharesMayBeZero() throws {
        let pairs = DialogueFixtures.pairs(50)
        let without = try split(pairs, validation: 0)
        #expect(without.validation.isEmpty && without.test.count == 5)
        #expect(try split(pairs, validation: 0, test: 0).training.count == 50)
    }

    @Test func somethingIsAlwaysLeftToTrainOn() throws {
        #expect(try split(DialogueFixtures.pairs(5, group: { _ in "g" })).training.count == 5)
        // A category of one group is trained on; of two groups one is.
        let lone = DialogueFixtures.pairs(
            7, group: { $0 < 4 ? "a" : $0 < 6 ? "b" : "c" }, category: { $0 < 4 ? "x" : "y" })
        let split = try split(lone)
        expectApart(split, lone)
        #expect(groups(split.training, lone).contains("a"))
        #expect(split.test.count + split.validation.count < 3 && !split.test.isEmpty)
    }

    /// A conversation of a hundred pairs is not what a tenth of 110 pairs is made of.
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func hugeGroupsAreTrainedOn(seed: UInt64)
        throws
    {
        let pairs = DialogueFixtures.pairs(120, group: { $0 < 90 ? "huge" : "g\($0)" })
        let split = try split(pairs, seed: seed)
        expectApart(split, pairs)
        #expect(split.test.count == 12 && split.validation.count == 12)
    }

    @Test func namedPartsHold() throws {
        let parts: [DialoguePair.Part] = [.test, .training, .validation, .training]
        let pairs = DialogueFixtures.pairs(4, part: { parts[$0] })
        #expect(
            try split(pairs) == DataSplit(training: [1, 3], validation: [2], test: [0]))
    }

    @Test func partsOfSomePairsAreRefused() {
        let pairs = DialogueFixtures.pairs(4, part: { $0 == 2 ? .test : nil })
        #expect(
            dialogueError { _ = try split(pairs) }
                == .partsOfSome(path: "x", with: "p2", without: "p0"))
    }

    @Test func dividedGroupsAreRefusedByName() {
        let pairs = DialogueFixtures.pairs(
            4, group: { $0 < 2 ? "talk" : "g\($0)" }, part: { $0 == 1 ? .test : .training })
        let error = dialogueError { _ = try split(pairs) }
        #expect(
            error
                == .groupDivided(path: "x", group: "talk", first: "training", second: "test"))
        #expect(error?.description.contains("'talk'") == true)
    }

    @Test func equalQuestionsMustNotBeApart() throws {
        var pairs = DialogueFixtures.pairs(20)
        pairs[7].question = pairs[3].question.uppercased()
        #expect(
            dialogueError { _ = try split(pairs) }
                == .sameQuestion(path: "x", first: "p3", second: "p7"))
        pairs[7].group = pairs[3].group
        #expect(throws: Never.self) { try split(pairs) }
        pairs[7].group = "other"
        for row in pairs.indices { pairs[row].part = row == 7 ? .test : .training }
        #expect(
            dialogueError { _ = try split(pairs) }
                == .sameQuestion(path: "x", first: "p3", second: "p7"))
        pairs[3].part = .test
        #expect(throws: Never.self) { try split(pairs) }
    }

    @Test func impossibleSharesAreRefused() {
        for (validation, test) in [(-0.1, 0.1), (0.5, 0.5), (0.1, .nan)] {
            guard
                case .setting = dialogueError({
                    _ = try split(
                        DialogueFixtures.pairs(9), validation: validation, test: test)
                })
            else {
                Issue.record("\(validation), \(test) was accepted")
                continue
            }
        }
    }
}
