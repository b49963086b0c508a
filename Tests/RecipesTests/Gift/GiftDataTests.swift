import Foundation
import TandemDatasets
import Testing

@testable import TandemRecipes

@Suite struct GiftDataTests {
    private static let folder = DataLocation.resolve("gift")
    private static let isPresent = FileManager.default.fileExists(
        atPath: folder + "/scenarios_systematic_100.json")
    private let fixtures: GiftFixtures

    init() throws { fixtures = try GiftFixtures() }

    private func data(
        _ vocabulary: GiftVocabulary.Kind = .extended, seed: UInt64 = 1, budget: Double = 100
    ) throws -> GiftData {
        let vocabulary = GiftVocabulary(vocabulary)
        var scenarios = GiftFixtures.scenarios(10)
        scenarios[0].profile.budget = budget
        let gift = Gift(
            id: "g", name: "Gift", category: "books", price: 20, rating: 4, tags: [],
            ages: 16...70, occasions: ["any"])
        return try GiftData(
            scenarios: try GiftScenarioFile(scenarios, vocabulary: vocabulary),
            catalogue: try GiftCatalogue([gift], vocabulary: vocabulary),
            division: try GiftSplit(scenarios, seed: seed), vocabulary: vocabulary)
    }

    @Test func theIdentityChangesWithAllThatTrainingDependsOn() throws {
        let data = try data()
        #expect(data.identity.count == 64)
        #expect(try self.data().identity == data.identity)
        let others = [
            try self.data(.parity), try self.data(seed: 2), try self.data(budget: 101),
            try data.folds(2, seed: 1)[0],
        ]
        #expect(Set(others.map(\.identity) + [data.identity]).count == 5)
        #expect(others[1].hash == data.hash)
        #expect(others[2].splitHash == data.splitHash)
    }

    @Test func foldsHoldTheWholeData() throws {
        let folds = try data().folds(5, seed: 3)
        #expect(folds.flatMap(\.split.test).sorted() == Array(0..<10))
        for fold in folds {
            #expect(fold.split.training.count == 6)
            #expect(fold.split.validation.count == 2)
            #expect(fold.scenarios.count == 10)
        }
    }

    /// The figures of the data's own description.
    @Test(.enabled(if: isPresent, "no data set at \(folder)"))
    func theSharedDataHaveTheDescribedFigures() throws {
        func read(_ vocabulary: GiftVocabulary.Kind) throws -> GiftData {
            try GiftData(
                scenariosPath: Self.folder + "/scenarios_systematic_100.json",
                cataloguePath: Self.folder + "/catalog.json",
                splitPath: Self.folder + "/split_reference.json", seed: 0,
                vocabulary: GiftVocabulary(vocabulary))
        }
        let data = try read(.parity)
        #expect((data.scenarios.count, data.catalogue.gifts.count) == (100, 45))
        #expect((data.split.training.count, data.split.validation.count) == (80, 20))
        let report = data.report
        #expect((report[.hobby].mentions, report[.hobby].unknown) == (300, 75))
        #expect((report[.preference].mentions, report[.preference].unknown) == (250, 51))
        #expect(
            Set(report[.hobby].unknownWords.map(\.word)) == [
                "yoga", "meditation", "food", "entertainment", "learning",
            ])
        #expect(report[.occasion].unknown + report[.relationship].unknown == 0)
        #expect(report[.category].unknown + report[.tool].unknown == 0)
        #expect((report.scenarios, report.gifts, report.repeatedWords) == (100, 45, 0))
        #expect(report.equalProfiles == [])
        let extended = try read(.extended).report
        #expect(extended[.hobby].unknown + extended[.preference].unknown == 0)

        func counts(_ words: [String]) -> [String: Int] {
            words.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(
            counts(data.catalogue.gifts.map(\.category)) == [
                "technology": 3, "gardening": 4, "cooking": 4, "books": 5, "wellness": 5, "art": 4,
                "fitness": 3, "outdoor": 3, "home": 3, "food": 4, "experience": 3, "gaming": 2,
                "fashion": 2,
            ])
        #expect(
            counts(data.scenarios.flatMap(\.expectedCategories)) == [
                "books": 36, "technology": 34, "experience": 30, "wellness": 27, "fitness": 26,
                "home": 19, "food": 18, "art": 18, "cooking": 17, "gardening": 16, "outdoor": 14,
                "gaming": 12, "fashion": 5,
            ])
        #expect(
            counts(data.scenarios.flatMap(\.expectedTools)) == [
                "price_comparison": 61, "review_analysis": 59, "inventory_check": 37,
                "budget_optimizer": 27, "trend_analysis": 17,
            ])
        // The best precision of three categories, as not all scenarios expect three.
        for (part, best) in [(data.split.training, 0.908), (data.split.validation, 0.9)] {
            let labels = part.reduce(0) { $0 + data.scenarios[Int($1)].expectedCategories.count }
            #expect(abs(Double(labels) / Double(3 * part.count) - best) < 0.0005)
        }
        #expect(Set(data.catalogue.gifts.flatMap(\.tags)).count == 131)
        #expect(Set(data.catalogue.gifts.flatMap(\.occasions)).count == 41)
    }

    /// Data that another system scraped: free words, wrong types.
    @Test(.enabled(if: isPresent, "no data set at \(folder)"))
    func uglyFilesAreRefusedOrUsedInPart() throws {
        let vocabulary = GiftVocabulary(.extended)
        let scenarios = Self.folder + "/scenarios_scraped_320.json"
        let problems = try #require(
            giftProblems {
                _ = try GiftScenarioFile.read(scenarios, vocabulary: vocabulary)
            })
        #expect(problems.count > 239)
        #expect(problems.allSatisfy { $0.row != nil && $0.id != nil })
        let catalogue = Self.folder + "/catalog_scraped_110.json"
        let gifts = try #require(
            giftProblems {
                _ = try GiftCatalogue.read(
                    catalogue, vocabulary: vocabulary, unknownLabels: .drop)
            })
        #expect(Set(gifts.filter { $0.member == "age_range" }.compactMap(\.row)).count >= 41)

        let seed = Self.folder + "/scenarios_seed_10.json"
        #expect(
            giftProblems { _ = try GiftScenarioFile.read(seed, vocabulary: vocabulary) }?.count
                == 2)
        let kept = try GiftScenarioFile.read(seed, vocabulary: vocabulary, unknownLabels: .drop)
        #expect(kept.scenarios.count == 10)
        #expect(kept.report.droppedLabels == 2)
        #expect(kept.report[.occasion].unknown == 0)
        let first = try GiftCatalogue.read(
            Self.folder + "/catalog_first_29.json", vocabulary: vocabulary, unknownLabels: .drop)
        #expect(first.gifts.count == 25)
        #expect(first.report.leftOut.count == 4)
    }
}
