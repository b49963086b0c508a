import Foundation
import TandemDatasets

@testable import TandemRecipes

/// The published scenarios, catalogue and split, where they are present.
struct EvaluationData {
    let scenarios: [GiftScenario]
    let gifts: [Gift]
    let training: [GiftScenario]
    let validation: [GiftScenario]

    static let folder = DataLocation.resolve("gift")
    static let isPresent = FileManager.default.fileExists(
        atPath: folder + "/scenarios_systematic_100.json")

    init() throws {
        scenarios = try Self.read(Scenarios.self, "scenarios_systematic_100").scenarios
            .map(\.scenario)
        gifts = try Self.read(Gifts.self, "catalog").gifts.map(\.gift)
        let split = try Self.read(Split.self, "split_reference")
        let byID = Dictionary(uniqueKeysWithValues: scenarios.map { ($0.id, $0) })
        training = split.training.compactMap { byID[$0] }
        validation = split.validation.compactMap { byID[$0] }
    }

    private static func read<Content: Decodable>(_ type: Content.Type, _ name: String) throws
        -> Content
    {
        try JSONDecoder().decode(
            type, from: Data(contentsOf: URL(filePath: "\(folder)/\(name).json")))
    }

    private struct Scenarios: Decodable {
        let scenarios: [Scenario]

        struct Scenario: Decodable {
            let id: String
            let profile: GiftProfile
            let categories: [String]
            let tools: [String]

            enum CodingKeys: String, CodingKey {
                case id, profile
                case categories = "expected_categories"
                case tools = "expected_tools"
            }

            var scenario: GiftScenario {
                GiftScenario(
                    id: id, profile: profile, expectedCategories: categories, expectedTools: tools)
            }
        }
    }

    private struct Gifts: Decodable {
        let gifts: [Entry]

        struct Entry: Decodable {
            let id, name, category: String
            let price, rating: Double
            let tags, occasions: [String]
            let ages: [Int]

            enum CodingKeys: String, CodingKey {
                case id, name, category, price, rating, tags, occasions
                case ages = "age_range"
            }

            var gift: Gift {
                Gift(
                    id: id, name: name, category: category, price: price, rating: rating,
                    tags: tags, ages: ages[0]...ages[1], occasions: occasions)
            }
        }
    }

    private struct Split: Decodable {
        let training: [String]
        let validation: [String]

        enum CodingKeys: String, CodingKey {
            case training = "train_ids"
            case validation = "val_ids"
        }
    }
}

/// Small scenarios and gifts for figures that can be worked out by hand.
enum EvaluationCase {
    static func scenario(
        _ categories: [String] = ["technology"], _ tools: [String] = ["price_comparison"],
        id: String = "a", age: Int = 30, hobbies: [String] = ["art"], budget: Double = 100,
        occasion: String = "birthday", relationship: String = "friend",
        preferences: [String] = []
    ) -> GiftScenario {
        GiftScenario(
            id: id,
            profile: GiftProfile(
                age: age, hobbies: hobbies, relationship: relationship, budget: budget,
                occasion: occasion, preferences: preferences),
            expectedCategories: categories, expectedTools: tools)
    }

    static func gift(
        _ category: String = "technology", id: String = "g", price: Double = 50,
        rating: Double = 4, tags: [String] = [], ages: ClosedRange<Int> = 20...40,
        occasions: [String] = ["birthday"]
    ) -> Gift {
        Gift(
            id: id, name: id.uppercased(), category: category, price: price, rating: rating,
            tags: tags, ages: ages, occasions: occasions)
    }

    /// Scores that put the named entries first, in their order, above 0.5 and all others below.
    static func scores(_ names: [String], of all: [String]) -> [Float] {
        all.map { name in
            names.firstIndex(of: name).map { 0.95 - 0.1 * Float($0) } ?? 0.1
        }
    }

    static func categories(_ names: String...) -> [Float] {
        scores(names, of: GiftVocabulary.categories)
    }

    static func tools(_ names: String...) -> [Float] {
        scores(names, of: GiftVocabulary.tools)
    }

    static func isClose(_ found: Double?, _ expected: Double, within tolerance: Double = 1e-12)
        -> Bool
    {
        found.map { ($0 - expected).magnitude <= tolerance } ?? false
    }
}
