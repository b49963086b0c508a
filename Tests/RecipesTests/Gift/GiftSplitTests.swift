import TandemDatasets
import Testing

@testable import TandemRecipes

@Suite struct GiftSplitTests {
    private let scenarios = GiftFixtures.scenarios(100)
    private let fixtures: GiftFixtures

    init() throws { fixtures = try GiftFixtures() }

    private func isPartition(_ parts: [[String]]) -> Bool {
        parts.flatMap { $0 }.sorted() == scenarios.map(\.id).sorted()
    }

    @Test func theSeedDecidesTheParts() throws {
        let split = try GiftSplit(scenarios, seed: 42)
        #expect(split.seed == 42)
        #expect((split.trainingIds.count, split.validationIds.count) == (80, 20))
        #expect(isPartition([split.trainingIds, split.validationIds]))
        #expect(try GiftSplit(scenarios, seed: 42) == split)
        #expect(try GiftSplit(scenarios, seed: 43) != split)
        // The validation part is also reported on.
        let numbers = try split.numbers(in: scenarios)
        #expect(numbers.test.isEmpty)
        #expect(numbers.training.map { scenarios[Int($0)].id } == split.trainingIds)
    }

    @Test func foldsTestEveryScenarioOnce() throws {
        let folds = try GiftSplit.folds(5, of: scenarios, seed: 7)
        #expect(isPartition(folds.map { $0.testIds ?? [] }))
        for fold in folds {
            #expect(fold.testIds?.count == 20)
            #expect((fold.trainingIds.count, fold.validationIds.count) == (64, 16))
            #expect(isPartition([fold.trainingIds, fold.validationIds, fold.testIds ?? []]))
        }
        #expect(try GiftSplit.folds(5, of: scenarios, seed: 7) == folds)
        #expect(try GiftSplit.folds(5, of: scenarios, seed: 8) != folds)
    }

    @Test func refusesImpossibleDivisions() {
        #expect(throws: GiftError.division(.tooFewFolds(1))) {
            try GiftSplit.folds(1, of: scenarios, seed: 0)
        }
        #expect(throws: GiftError.division(.examplesForFolds(examples: 3, folds: 5))) {
            try GiftSplit.folds(5, of: Array(scenarios.prefix(3)), seed: 0)
        }
        for share in [0, 1, -0.2, .nan] {
            #expect(throws: GiftError.self) {
                try GiftSplit(scenarios, validation: share, seed: 0)
            }
        }
        for share in [1, -0.2, .nan] {
            #expect(throws: GiftError.self) {
                try GiftSplit.folds(5, of: scenarios, validation: share, seed: 0)
            }
        }
    }

    @Test func foldsWithoutValidationTrainOnAllOthers() throws {
        for fold in try GiftSplit.folds(5, of: scenarios, validation: 0, seed: 0) {
            let test = try #require(fold.testIds)
            #expect(fold.validationIds == [])
            #expect(Set(fold.trainingIds + test) == Set(scenarios.map(\.id)))
            #expect(fold.trainingIds.count + test.count == scenarios.count)
        }
    }

    @Test func readsSplitFiles() throws {
        let few = Array(scenarios.prefix(5))
        let path = try fixtures.file(
            "{\"file\": \"x\", \"train_ids\": [\"s4\", \"s0\", \"s1\"], \"val_ids\": [\"s2\", \"s3\"]}"
        )
        let split = try GiftSplit.read(path, of: few)
        #expect(split.seed == nil)
        #expect(split.trainingIds == ["s4", "s0", "s1"])
        #expect(
            try split.numbers(in: few)
                == DataSplit(training: [4, 0, 1], validation: [2, 3], test: []))
        let three = try fixtures.file(
            "{\"train_ids\": [\"s4\", \"s0\"], \"val_ids\": [\"s2\", \"s3\"], \"test_ids\": [\"s1\"]}"
        )
        #expect(try GiftSplit.read(three, of: few).numbers(in: few).test == [1])
        #expect(giftProblems { _ = try split.numbers(in: Array(few.dropLast())) }?.count == 1)
    }

    static let wrongFiles = [
        ("{\"val_ids\": []}", "train_ids: missing; give a list of train_ids"),
        ("{\"train_ids\": [1], \"val_ids\": []}", "row 0, train_ids: is 1; give the identifier"),
        ("{\"train_ids\": 1, \"val_ids\": []}", "train_ids: is 1"),
        ("[]", "is the list []"),
        (
            "{\"train_ids\": [\"s0\", \"s1\", \"s2\", \"s3\", \"s4\"], \"val_ids\": []}",
            "val_ids: is empty; give at least one scenario"
        ),
        (
            "{\"train_ids\": [\"s0\", \"s1\", \"s9\"], \"val_ids\": [\"s2\", \"s3\", \"s4\"]}",
            "row 2, train_ids: unknown word 's9'"
        ),
        (
            "{\"train_ids\": [\"s0\", \"s1\", \"s3\"], \"val_ids\": [\"s2\", \"s3\", \"s4\"]}",
            "row 1 's3', val_ids: occurs again, first in train_ids"
        ),
        (
            "{\"train_ids\": [\"s0\", \"s1\"], \"val_ids\": [\"s2\", \"s4\"]}",
            "'s3': is in no part of the split"
        ),
    ]

    @Test(arguments: wrongFiles)
    func refusesWrongSplitFiles(text: String, expected: String) throws {
        let path = try fixtures.file(text)
        let problems = try #require(
            giftProblems { _ = try GiftSplit.read(path, of: Array(scenarios.prefix(5))) })
        #expect(problems.count == 1)
        #expect(problems[0].description.contains(expected), "\(problems)")
    }
}
