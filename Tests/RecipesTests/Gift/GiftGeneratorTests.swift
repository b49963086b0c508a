import Foundation
import TandemBasics
import TandemDatasets
import Testing

@testable import TandemRecipes

@Suite struct GiftGeneratorTests {
    private static let shared = DataLocation.resolve("gift/scenarios_systematic_100.json")
    private static let isPresent = FileManager.default.fileExists(atPath: shared)
    private let vocabulary = GiftVocabulary(.extended)
    private let fixtures: GiftFixtures

    init() throws { fixtures = try GiftFixtures() }

    /// The cells that scenarios were made for, as their file says.
    private func groups(_ path: String) throws -> [(hobby: String, preference: String)] {
        let file = try JSONValue.parse(try WholeFile.read(path))
        return try #require(file["scenarios"]?.elements).map { row in
            (
                try #require(row["group"]?["hobby"]?.stringValue),
                try #require(row["group"]?["preference"]?.stringValue)
            )
        }
    }

    private func counts<Value: Hashable>(_ values: [Value]) -> [Value: Int] {
        values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// The declared coverage of 100 scenarios.
    private func checkCoverage(_ path: String) throws {
        let file = try GiftScenarioFile.read(path, vocabulary: vocabulary)
        let profiles = file.scenarios.map(\.profile)
        #expect(profiles.count == 100)
        #expect(Set(profiles).count == 100)
        for ages in [16...25, 26...35, 36...45, 46...55, 56...75] {
            #expect(15...25 ~= profiles.count { ages ~= $0.age }, "\(ages)")
        }
        for budgets in [30.0..<50, 50..<150, 150..<250, 250..<300.5] {
            #expect(15...35 ~= profiles.count { budgets ~= $0.budget }, "\(budgets)")
        }
        #expect(profiles.allSatisfy { 16...75 ~= $0.age && 30...300 ~= $0.budget })
        let relationships = counts(profiles.map(\.relationship))
        #expect(relationships.keys.sorted() == GiftVocabulary.relationships.sorted())
        #expect(relationships.values.allSatisfy { $0 >= 6 })
        let occasions = counts(profiles.map(\.occasion))
        #expect(occasions.keys.sorted() == GiftVocabulary.occasions.sorted())
        #expect(occasions.values.allSatisfy { $0 >= 7 })
        #expect(profiles.allSatisfy { 2...4 ~= $0.hobbies.count })
        #expect(profiles.allSatisfy { 2...3 ~= $0.preferences.count })

        let hobbyGroups = [
            "tech": ["technology", "photography", "gaming"],
            "creative": ["music", "art", "reading"],
            "active": ["fitness", "sports", "outdoor"], "mind": ["yoga", "meditation", "wellness"],
            "home": ["home_decor", "gardening", "cooking"],
            "leisure": ["food", "travel", "entertainment"],
            "growth": ["learning", "business", "reading"],
        ]
        let preferenceTypes = [
            "modern": ["trendy", "modern", "tech-savvy"],
            "practical": ["practical", "affordable", "quality"],
            "luxury": ["luxury", "premium", "sophisticated"],
            "eco": ["eco-friendly", "sustainable", "natural"],
            "classic": ["traditional", "classic", "timeless"],
            "creative": ["creative", "unique", "artistic"],
            "active": ["active", "energetic", "motivational"],
        ]
        let groups = try groups(path)
        for (name, words) in hobbyGroups {
            let cells = groups.indices.filter { groups[$0].hobby.hasPrefix(name) }
            #expect(cells.count >= 10, "\(name)")
            #expect(cells.allSatisfy { !Set(profiles[$0].hobbies).isDisjoint(with: words) })
        }
        for (name, words) in preferenceTypes {
            let cells = groups.indices.filter { groups[$0].preference.hasPrefix(name) }
            #expect(cells.count >= 10, "\(name)")
            #expect(cells.allSatisfy { !Set(profiles[$0].preferences).isDisjoint(with: words) })
        }
        #expect(file.report[.hobby].unknown + file.report[.preference].unknown == 0)
        #expect(file.scenarios.allSatisfy { 2...3 ~= $0.expectedTools.count })
        let expected = counts(file.scenarios.flatMap(\.expectedCategories))
        #expect(expected.keys.sorted() == GiftVocabulary.categories.sorted())
        #expect(counts(file.scenarios.flatMap(\.expectedTools)).count == 5)
    }

    @Test(arguments: [UInt64(42), 0, 1, 2, 3, 4, 5, 6, 7, .max])
    func theGeneratedSetHasTheDeclaredCoverage(seed: UInt64) throws {
        try GiftGenerator.write(to: fixtures.folder, seed: seed)
        try checkCoverage(fixtures.folder + "/scenarios.json")
    }

    @Test(.enabled(if: isPresent, "no data set at \(shared)"))
    func theSharedSetHasTheDeclaredCoverage() throws {
        try checkCoverage(Self.shared)
    }

    @Test func profilesArePlausible() throws {
        for seed in UInt64(0)..<5 {
            let data = try GiftData.generated(
                count: 200, seed: seed, splitSeed: 0, vocabulary: vocabulary)
            for profile in data.scenarios.map(\.profile) {
                switch profile.occasion {
                case "graduation": #expect(profile.age <= 30)
                case "promotion":
                    #expect(23...62 ~= profile.age && profile.relationship != "grandparent")
                case "mothers_day":
                    #expect(
                        !["father", "brother", "uncle", "colleague"].contains(profile.relationship))
                case "fathers_day":
                    #expect(
                        !["mother", "sister", "aunt", "colleague"].contains(profile.relationship))
                case "anniversary": #expect(profile.relationship != "colleague")
                default: break
                }
                switch profile.relationship {
                case "mother", "father": #expect(profile.age >= 38)
                case "grandparent": #expect(profile.age >= 56)
                default: break
                }
                #expect(!profile.preferences.contains("luxury") || profile.budget >= 50)
                #expect(!profile.preferences.contains("affordable") || profile.budget < 250)
            }
        }
    }

    @Test(arguments: [5, 6, 7, 13, 40, 1_000])
    func makesAsManyAsWanted(count: Int) throws {
        let data = try GiftData.generated(
            count: count, seed: 1, splitSeed: 2, vocabulary: vocabulary)
        #expect(data.scenarios.count == count)
        #expect(data.report.warnings == [])
        #expect(Set(data.scenarios.map(\.profile)).count == count)
    }

    @Test func theSeedDecidesEveryByte() throws {
        func write(_ name: String, _ seed: UInt64) throws -> [[UInt8]] {
            let summary = try GiftGenerator.write(
                to: "\(fixtures.folder)/a/\(name)", seed: seed)
            return try summary.paths.map { try WholeFile.read($0) }
        }
        let first = try write("1", 7)
        #expect(try write("2", 7) == first)
        let other = try write("3", 8)
        #expect(other[0] != first[0])
        #expect(other[1] == first[1])
    }

    @Test func memoryHoldsWhatTheFilesHold() throws {
        let summary = try GiftGenerator.write(to: fixtures.folder, seed: 3)
        let memory = try GiftData.generated(seed: 3, splitSeed: 9, vocabulary: vocabulary)
        let files = try GiftData(
            scenariosPath: summary.paths[0], cataloguePath: summary.paths[1], seed: 9,
            vocabulary: vocabulary)
        #expect(files.scenarios == memory.scenarios)
        #expect(files.catalogue == memory.catalogue)
        #expect(files.identity == memory.identity)
        #expect(summary.scenarios == 100 && summary.gifts == 45)
        #expect(
            summary.categoryCounts.reduce(0, +)
                == memory.scenarios.reduce(0) { $0 + $1.expectedCategories.count })
    }

    @Test func theCatalogueIsWhole() throws {
        let gifts = try GiftData.generated(splitSeed: 0, vocabulary: vocabulary).catalogue.gifts
        #expect(gifts.count == 45)
        #expect(
            GiftVocabulary.categories.map { category in gifts.count { $0.category == category } }
                == [3, 4, 4, 5, 5, 4, 3, 3, 3, 4, 3, 2, 2])
        #expect(Set(gifts.map(\.name)).count == 45)
        #expect(gifts.allSatisfy { 14...300 ~= $0.price && 4...5 ~= $0.rating })
        #expect(gifts.allSatisfy { 3...4 ~= $0.tags.count && !$0.occasions.isEmpty })
        let occasions = Set(GiftVocabulary.occasions + ["any"])
        #expect(gifts.allSatisfy { occasions.isSuperset(of: $0.occasions) })
        #expect(gifts.allSatisfy { $0.ages.lowerBound >= 16 && $0.ages.upperBound <= 75 })
    }

    /// The rule stands in the file, and every label follows from it, computed here in another way..
    @Test func labelsFollowTheRuleOfTheFile() throws {
        let summary = try GiftGenerator.write(to: fixtures.folder, scenarios: 400)
        let file = try JSONValue.parse(try WholeFile.read(summary.paths[0]))
        let lines = try #require(file["metadata"]?["rule"]?.elements).compactMap(\.stringValue)
        let labels = GiftVocabulary.categories + GiftVocabulary.tools
        var weights: [String: [Int]] = [:]
        for line in lines {
            let colon = try #require(line.firstIndex(of: ":"))
            var row = [Int](repeating: 0, count: labels.count)
            for item in line[colon...].dropFirst(2).split(separator: ",") {
                let words = item.split(separator: " ")
                #expect(words.count == 2)
                row[try #require(labels.firstIndex(of: String(words[0])))] = try #require(
                    Int(words[1]))
            }
            #expect(weights.updateValue(row, forKey: String(line[..<colon])) == nil)
        }
        #expect(weights.count == 20 + 21 + 10 + 11 + 5 + 4)
        let scenarios = try GiftScenarioFile.read(summary.paths[0], vocabulary: vocabulary)
            .scenarios
        func tier(_ kind: String, _ value: Int) -> String {
            weights.keys.first { key in
                let words = key.split(separator: " ")
                let limits = words[1].split(separator: "-").compactMap { Int($0) }
                return words[0] == kind && limits.count == 2 && limits[0] <= value
                    && value <= limits[1]
            } ?? ""
        }
        for scenario in scenarios {
            let profile = scenario.profile
            let keys =
                profile.hobbies.map { "hobby \($0)" }
                + profile.preferences.map { "preference \($0)" } + [
                    "occasion \(profile.occasion)", "relationship \(profile.relationship)",
                    tier("age", profile.age), tier("budget", Int(profile.budget)),
                ]
            let rows = try keys.map { try #require(weights[$0], "\($0)") }
            let sums = labels.indices.map { label in rows.reduce(0) { $0 + $1[label] } }
            func best(_ range: Range<Int>) -> [Int] {
                range.sorted { sums[$0] > sums[$1] || (sums[$0] == sums[$1] && $0 < $1) }
            }
            let categories = best(0..<13)
            let top = sums[categories[0]]
            let chosen = categories.prefix(3).filter {
                $0 == categories[0] || (sums[$0] >= 5 && 2 * sums[$0] >= top)
            }
            #expect(scenario.expectedCategories == chosen.map { labels[$0] })
            let tools = best(13..<18)
            #expect(
                scenario.expectedTools
                    == tools.prefix(sums[tools[2]] >= 5 ? 3 : 2).map { labels[$0] })
        }
    }

    @Test func refusesToReplaceFilesAndImpossibleNumbers() throws {
        let catalogue = try fixtures.file("mine", "catalogue.json")
        #expect(throws: GiftError.exists(path: catalogue)) {
            try GiftGenerator.write(to: fixtures.folder)
        }
        #expect(!FileManager.default.fileExists(atPath: fixtures.folder + "/scenarios.json"))
        #expect(try WholeFile.read(catalogue) == Array("mine".utf8))
        try GiftGenerator.write(to: fixtures.folder, overwrites: true)
        #expect(try WholeFile.read(catalogue) != Array("mine".utf8))
        for count in [-1, 0, 4, 10_001] {
            #expect(throws: GiftError.self) {
                try GiftGenerator.write(to: fixtures.folder, scenarios: count, overwrites: true)
            }
        }
        #expect {
            try GiftGenerator.write(to: catalogue + "/inside")
        } throws: { error in
            guard case GiftError.file = error else { return false }
            return true
        }
    }
}
